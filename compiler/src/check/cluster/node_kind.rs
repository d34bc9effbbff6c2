//! # A kind of nodes that the cluster does not have
//!
//! `node-kind` names nodes that the cluster has beside its usual ones. Without the property servers take the usual ones.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 8
//!     ports from=8000 to=8299
//!     node-kind "grace" { gpus-per-node 4; slurm partition="grace" }
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     agg tp=4 node-kind="grase"
//! //                     ^^^^^^^
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 8
//!     ports from=8000 to=8299
//!     node-kind "grace" { gpus-per-node 4; slurm partition="grace" }
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     agg tp=4 node-kind="grace"
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::fields::suggestion;

pub const RULE: Rule = Rule::error("cluster/node-kind", include_str!("node_kind.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(cluster) = subject.cluster.filter(|_| subject.complete) else { return };
    let known: Vec<&str> = cluster.kinds.iter().map(|kind| kind.name.value.as_str()).collect();
    for asked in subject.topology.workers.iter().filter_map(|worker| worker.node_kind.as_ref()) {
        if known.contains(&asked.value.as_str()) || cluster.unread.has("node-kind") {
            continue;
        }
        let help = match known.is_empty() {
            true => {
                "the cluster has one kind of nodes: leave the property out, or describe the others in the site's `cluster` \
                 with `node-kind \"NAME\" { … }`"
                    .to_owned()
            }
            false => suggestion(&asked.value, &known, "kind of nodes", "kinds of nodes"),
        };
        let message = format!("the cluster has no nodes of kind \"{}\"", asked.value);
        diagnostics.push(RULE.finding(message).label(asked.span, "unknown").help(help));
    }
}
