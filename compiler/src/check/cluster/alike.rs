//! # Nodes of a kind that Slurm can't tell from others
//!
//! A job with several kinds of nodes is a heterogeneous job: each part of it asks for its own nodes. If nothing in a part's
//! options names its nodes, Slurm gives it any that are free, and the job's other part waits for the ones that it took.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 8
//!     ports from=8000 to=8299
//!     node-kind "grace" { gpus-per-node 4 }
//! //  ^^^^^^^^^^^^^^^^^
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     agg tp=4 node-kind="grace"
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! Say in which partition they are, or what constraint they meet:
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
//!
//! Source: Slurm's documentation of heterogeneous jobs, by which components are scheduled one by one.

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("cluster/alike", include_str!("alike.rs"), check);

/// Options of sbatch that choose nodes.
const CHOOSE: [&str; 5] = ["partition", "constraint", "reservation", "nodelist", "qos"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let chooses = |kind: &&crate::stdlib::cluster::NodeKind| {
        kind.cluster.slurm.iter().any(|option| CHOOSE.contains(&option.name.value.as_str()))
    };
    for kind in subject.node_kinds().filter(|kind| !chooses(kind)) {
        diagnostics.push(
            RULE.finding(format!("nothing tells Slurm which nodes are of kind \"{}\"", kind.name.value))
                .label(kind.head, "no partition, no constraint")
                .help("add `slurm partition=\"…\"`, or an option such as `--constraint`, to the kind"),
        );
    }
}
