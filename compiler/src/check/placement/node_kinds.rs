//! # Servers of different kinds of nodes that are to share nodes
//!
//! A node is of one kind, so servers that ask for nodes of different kinds never share one.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 8
//!     ports from=8000 to=8299
//!     node-kind "grace" { gpus-per-node 4; slurm partition="grace" }
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     placement { together "ctx" "gen" }
//! //              ^^^^^^^^^^^^^^^^^^^^
//!     ctx tp=2
//!     gen tp=2 node-kind="grace"
//!     server
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
//!     placement { together "ctx" "gen" }
//!     ctx tp=2 node-kind="grace"
//!     gen tp=2 node-kind="grace"
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::Worker;

pub const RULE: Rule = Rule::error("placement/node-kinds", include_str!("node_kinds.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let kind = |worker: &Worker| worker.node_kind.as_ref().map(|kind| kind.value.clone());
    for wish in &subject.topology.placement.together {
        let named = |worker: &&Worker| wish.names.iter().any(|name| worker.is_called(&name.value));
        let mut workers = subject.topology.workers.iter().filter(named);
        let Some(first) = workers.next() else { continue };
        if let Some(other) = workers.find(|worker| kind(worker) != kind(first)) {
            diagnostics.push(
                RULE.finding("servers on different kinds of nodes share none")
                    .label(wish.head, "these are to share all their nodes")
                    .label(first.head, "one of them")
                    .label(other.head, "on other nodes")
                    .help("give them the same `node-kind`, or take `together` out"),
            );
        }
    }
}
