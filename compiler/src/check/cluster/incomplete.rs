//! # A cluster that does not say enough
//!
//! A plan needs the GPUs of a node and the ports that workers may take.
//!
//! ```kdl
//!     cluster "mine" {
//! //  ^^^^^^^^^^^^^^
//!         gpus-per-node 4
//!     }
//! ```
//!
//! Say it, or extend a cluster of the stdlib:
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("cluster/incomplete", include_str!("incomplete.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(cluster) = subject.cluster.filter(|_| subject.complete) else { return };
    let fields = [
        (cluster.gpus_per_node.is_none(), "gpus-per-node", "gpus-per-node 4"),
        (cluster.ports.is_none(), "ports", "ports from=8000 to=8299"),
    ];
    for kind in subject.node_kinds().filter(|kind| kind.cluster.gpus_per_node.is_none()) {
        if !cluster.unread.has("gpus-per-node") && !kind.cluster.unread.has("gpus-per-node") {
            diagnostics.push(
                RULE.finding("these nodes don't say their `gpus-per-node`")
                    .label(kind.head, "`gpus-per-node` is missing")
                    .help("add `gpus-per-node 4`, or extend a cluster of the stdlib"),
            );
        }
    }
    for (_, name, example) in fields.iter().filter(|(missing, name, _)| *missing && !cluster.unread.has(name))
    {
        diagnostics.push(
            RULE.finding(format!("the cluster doesn't say its `{name}`"))
                .label(cluster.head, format!("`{name}` is missing"))
                .help(format!(
                    "add `{example}`, or extend a cluster of the stdlib: `cluster \"{}\" extends=\"NAME\"`",
                    cluster.name.value
                )),
        );
    }
}
