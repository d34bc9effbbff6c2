//! Whether bundles can be written here.

use disaggc::emit::emit;
use disaggc::{Compilation, Request};

use super::{Ability, Check, Purpose, Subject};
use crate::cli::files::sentence;
use crate::cli::new;

pub fn examine(subject: &Subject) -> Ability {
    Ability { purpose: Purpose::Build, checks: vec![compiler(subject), folder(subject)], install: None }
}

/// Compiles the topology that is named, or the one that `disaggc new` writes.
fn compiler(subject: &Subject) -> Check {
    let modules = subject.stdlib.modules();
    let of = |kind: &str| -> String {
        let names = modules.iter().filter_map(|name| name.strip_prefix(kind));
        names.filter(|name| !name.contains('/')).collect::<Vec<_>>().join(", ")
    };
    let version = env!("CARGO_PKG_VERSION");
    let known = format!("disaggc {version} with the engines {}; clusters {}", of("engine/"), of("cluster/"));
    let compiled;
    let (compilation, plan) = match &subject.topology {
        Some(topology) => (&topology.compilation, Some(&topology.plan)),
        // The template uses what the built-in one has.
        None if !subject.embedded => return Check::ok("compiler", known),
        None => {
            compiled = template(subject);
            (&compiled, compiled.plan.as_ref())
        }
    };
    match plan.map(|plan| emit(plan, &compilation.sources, &subject.stdlib)) {
        Some(Ok(files)) => Check::ok("compiler", format!("{known}; a bundle has {} files", files.len())),
        Some(Err(fault)) => Check::missing("compiler", fault.message, fault.help.unwrap_or_default()),
        None => Check::missing(
            "compiler",
            "a topology that `disaggc new` writes does not compile",
            "this is a fault of disaggc: report it",
        ),
    }
}

fn template(subject: &Subject) -> Compilation {
    let request = Request { main: "topo.kdl".to_owned(), ..Request::default() };
    disaggc::compile(&request, &new::Template, &subject.stdlib)
}

/// `build` writes a folder here, unless another is named.
fn folder(subject: &Subject) -> Check {
    match tempfile::tempdir_in(".") {
        Ok(_) => Check::ok("folder", "this one can be written"),
        Err(error) => subject.lacks(
            "folder",
            format!("this one can't be written: {}", sentence(&error)),
            "name another: disaggc build topo.kdl -o DIR",
        ),
    }
}
