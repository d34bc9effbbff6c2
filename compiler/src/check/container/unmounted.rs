//! # A path that the container does not see
//!
//! Inside a container only the image's own files and what is mounted exist. A model or data set elsewhere is not found,
//! after the image was loaded on all nodes.
//!
//! ```kdl
//! model "m" path="/lustre/models/m"
//! //             ^^^^^^^^^^^^^^^^^^
//! container "registry.example/team/serving/image:1.2.0" { mount "/lustre/models" to="/models" }
//! ```
//!
//! Write the path as the container sees it, or mount it:
//!
//! ```kdl
//! model "m" path="/models/m"
//! container "registry.example/team/serving/image:1.2.0" { mount "/lustre/models" to="/models" }
//! ```

use super::target::{inside, mounts};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::Mount;

pub const RULE: Rule = Rule::warning("container/unmounted", include_str!("unmounted.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let pyxis = subject.cluster.is_some_and(|c| c.pyxis.as_ref().is_some_and(|p| p.value));
    if !subject.complete
        || !pyxis
        || topology.container.as_ref().is_none_or(|c| c.image.is_none() || c.unread.has("mount"))
    {
        return;
    }
    let model = topology.model.iter().flat_map(|model| &model.path);
    let benchmark = topology.benchmark.iter().flat_map(|b| b.dataset.iter().chain(&b.tokenizer));
    let mounts = mounts(subject);
    for path in model.chain(benchmark).filter(|path| path.value.starts_with('/')) {
        if mounts.iter().any(|mount| below(&path.value, &inside(mount).value)) {
            continue;
        }
        let outside: Option<&&Mount> = mounts.iter().find(|mount| below(&path.value, &mount.from.value));
        let warning = RULE.finding("the container may not have this path").label(path.span, "not mounted");
        diagnostics.push(match outside {
            Some(mount) => {
                let seen = path.value.replacen(
                    mount.from.value.trim_end_matches('/'),
                    inside(mount).value.trim_end_matches('/'),
                    1,
                );
                warning
                    .label(mount.from.span, "mounted elsewhere")
                    .help(format!("inside the container it is `{seen}`"))
            }
            None => warning.help(format!(
                "add `mount \"{}\"` to `container`, unless the image itself has it",
                path.value.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() {
                    "/"
                } else {
                    folder
                })
            )),
        });
    }
}

fn below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
