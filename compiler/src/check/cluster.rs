//! What a cluster must say about itself.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(cluster) = subject.cluster else { return };
    let missing = [
        (cluster.gpus_per_node.is_none(), "gpus-per-node", "gpus-per-node 4"),
        (cluster.ports.is_none(), "ports", "ports from=8000 to=8299"),
    ];
    for (_, name, example) in missing.iter().filter(|(missing, _, _)| *missing && subject.complete) {
        diagnostics.push(
            Diagnostic::error("cluster/incomplete", format!("the cluster doesn't say its `{name}`"))
                .label(cluster.head, format!("`{name}` is missing"))
                .help(format!(
                    "add `{example}`, or extend a cluster of the stdlib: `cluster \"{}\" extends=\"NAME\"`",
                    cluster.name.value
                )),
        );
    }
    if let Some((from, to)) = cluster.ports.as_ref().filter(|(from, to)| from.value > to.value) {
        diagnostics.push(
            Diagnostic::error("cluster/ports", "the range of ports is empty")
                .label(from.span, format!("begins at {}", from.value))
                .label(to.span, format!("ends at {}", to.value))
                .help("write the smaller number first"),
        );
    }
    if let Some(folder) = cluster.run_folder.as_ref().filter(|f| !f.value.starts_with('/')) {
        diagnostics.push(
            Diagnostic::error("paths/relative", "the run folder must be an absolute path")
                .label(folder.span, "not absolute")
                .help("it must be the same folder on all nodes; write it from `/`"),
        );
    }
}
