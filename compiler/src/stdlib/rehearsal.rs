//! `rehearsal { … }`: what runs in a rehearsal, where there are no GPUs and no models. Engines and
//! clients describe it alike.

use super::{Stdlib, client};
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::fields::Fields;
use crate::topology::rehearsal::SETTINGS;

#[derive(Debug, Clone, Default)]
pub struct Rehearsal {
    pub stand_in: Option<StandIn>,
    /// Debian packages that it needs.
    pub packages: Vec<Spanned<String>>,
    /// A requirements file, beside the description: the software itself, from PyPI.
    pub python: Option<Spanned<String>>,
    /// It reads the model's folder, so there has to be one.
    pub model: bool,
    /// Of a client: how many requests keep it busy for some seconds, so that something can break meanwhile.
    pub load: Option<Spanned<u32>>,
    /// Why there can be no rehearsal, and what to do instead.
    pub none: Option<Spanned<String>>,
}

/// Programs that take the software's place.
#[derive(Debug, Clone)]
pub struct StandIn {
    /// Beside the description. Its `bin/` comes first on PATH, itself on PYTHONPATH.
    pub folder: Spanned<String>,
    /// The variable that tells it for which version it stands.
    pub version_variable: Option<Spanned<String>>,
    /// Those that tell it what a topology's `rehearsal` block says, by the setting's name.
    pub setting_variables: Vec<(&'static str, Spanned<String>)>,
}

/// One of the things that a job runs, with what its description says about rehearsals.
#[derive(Debug, Clone)]
pub struct Part {
    /// As messages call it: `the engine NAME`.
    pub name: String,
    /// Where in the stdlib the description's other files are.
    pub folder: String,
    pub rehearsal: Option<Rehearsal>,
}

/// Everything that topologies can have in a rehearsal: engines with the backend that they have by default, their
/// services, and clients.
pub fn all(stdlib: &Stdlib) -> Vec<Part> {
    // What a description has wrong is shown to whoever uses it.
    let mut diagnostics = Diagnostics::default();
    let mut parts = Vec::new();
    let modules = stdlib.modules().into_iter().filter_map(|name| stdlib.module(name));
    for described in modules.flat_map(|module| &module.nodes) {
        let mut part = |what: &str, name: &str, rehearsal: &Option<Rehearsal>| {
            let name = format!("the {what} {name}");
            parts.push(Part { name, folder: described.folder.clone(), rehearsal: rehearsal.clone() });
        };
        match described.node.name.value.as_str() {
            "engine" => {
                let Some(engine) = described.engine(None, None, &mut diagnostics) else { continue };
                part("engine", &engine.name.value, &engine.rehearsal);
                for (name, service) in &engine.services {
                    part("service", name, &service.rehearsal);
                }
            }
            "client" => {
                let client = client::read(&described.node, &described.folder, &mut diagnostics);
                let Some(client) = client else { continue };
                part("client", &client.name.value, &client.rehearsal);
            }
            _ => {}
        }
    }
    parts
}

/// Reads the block; what it has no use for is reported.
pub fn read(node: &Node, diagnostics: &mut Diagnostics) -> Rehearsal {
    let mut fields = Fields::new(node, diagnostics);
    let stand_in = fields.block("stand-in").and_then(|n| stand_in(n, fields.diagnostics));
    let packages = fields.block("packages").map(|n| {
        let mut list = Fields::new(n, fields.diagnostics);
        let packages = list.rest_of_strings();
        list.finish();
        packages
    });
    let read = Rehearsal {
        stand_in,
        packages: packages.unwrap_or_default(),
        python: fields.string("python"),
        model: fields.boolean("model").is_some_and(|model| model.value),
        load: fields.integer("load", 1..=1_000_000),
        none: fields.string("none"),
    };
    fields.finish();
    read
}

fn stand_in(node: &Node, diagnostics: &mut Diagnostics) -> Option<StandIn> {
    let mut fields = Fields::new(node, diagnostics);
    let folder = fields.required_string("the folder of the stand-ins");
    let version_variable = fields.string("version-variable");
    let mut setting_variables = Vec::new();
    for (name, property) in SETTINGS {
        setting_variables.extend(fields.string(property).map(|variable| (name, variable)));
    }
    fields.finish();
    Some(StandIn { folder: folder?, version_variable, setting_variables })
}

impl StandIn {
    pub fn setting_variable(&self, name: &str) -> Option<&str> {
        let (_, variable) = self.setting_variables.iter().find(|(setting, _)| *setting == name)?;
        Some(&variable.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax;

    fn read_text(text: &str) -> (Rehearsal, Vec<String>) {
        let mut diagnostics = Diagnostics::default();
        let parsed = syntax::parse(text, FileId(0));
        let read = read(&parsed.nodes[0], &mut diagnostics);
        (read, diagnostics.iter().map(|d| d.message.clone()).collect())
    }

    #[test]
    fn a_block_is_read_whole() {
        let (read, faults) = read_text(
            r#"rehearsal {
                stand-in "standin" version-variable="VERSION" startup-variable="STARTUP"
                packages "python3" "openssl"
                python "requirements.txt"
                model #true
                load 600
                none "use another"
            }"#,
        );
        assert_eq!(faults, [""; 0]);
        let stand_in = read.stand_in.expect("a stand-in");
        assert_eq!(stand_in.folder.value, "standin");
        assert_eq!(stand_in.version_variable.as_ref().expect("a variable").value, "VERSION");
        assert_eq!(stand_in.setting_variable("startup"), Some("STARTUP"));
        assert_eq!(stand_in.setting_variable("weights"), None);
        assert_eq!(
            read.packages.iter().map(|p| p.value.as_str()).collect::<Vec<_>>(),
            ["python3", "openssl"]
        );
        assert_eq!(read.python.expect("a file").value, "requirements.txt");
        assert!(read.model);
        assert_eq!(read.load.expect("a number").value, 600);
        assert_eq!(read.none.expect("a reason").value, "use another");
    }

    #[test]
    fn everything_that_is_built_in_says_what_a_rehearsal_of_it_needs() {
        let parts = all(&Stdlib::embedded());
        let count = |what: &str| parts.iter().filter(|part| part.name.starts_with(what)).count();
        assert!(count("the engine ") >= 2 && count("the service ") >= 2 && count("the client ") >= 1);
        for Part { name, folder, rehearsal } in &parts {
            assert!(rehearsal.is_some(), "{name} in {folder}");
        }
    }

    #[test]
    fn what_it_has_no_use_for_is_reported() {
        let (read, faults) = read_text("rehearsal { stand-in; pakages \"x\"; model 1 }");
        assert!(read.stand_in.is_none() && !read.model);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults.contains(&"`rehearsal` has no `pakages`".to_owned()), "{faults:?}");
    }
}
