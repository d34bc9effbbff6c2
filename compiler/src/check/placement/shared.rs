//! # Sharing nodes with other jobs where nothing keeps them apart
//!
//! With `exclusive #false` other jobs may use the rest of the nodes. Slurm gives each job its own GPUs, if the cluster has them
//! as a resource (GRES); without one, several jobs take the same. And which GPUs a job gets is Slurm's choice then, so that
//! none can be excluded by position.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     placement { exclusive #false }
//! //                        ^^^^^^
//!     agg tp=2
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     gres "gpu"
//!     ports from=8000 to=8299
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     placement { exclusive #false }
//!     agg tp=2
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::cluster::{Cluster, Gres};

pub const RULE: Rule = Rule::error("placement/shared", include_str!("shared.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let placement = &subject.topology.placement;
    let Some(exclusive) = placement.exclusive.as_ref().filter(|exclusive| !exclusive.value) else { return };
    if let Some(first) = placement.exclude_gpus.first() {
        diagnostics.push(
            RULE.finding("which GPUs a job gets on a shared node is Slurm's choice")
                .label(first.span, "excludes a position")
                .label(exclusive.span, "other jobs use the nodes, too")
                .help("take one of the two out"),
        );
    }
    let nameless = |cluster: &&Cluster| {
        !cluster.unread.has("gres")
            && !matches!(cluster.gres.as_ref().map(|g| &g.value), Some(Gres::Named(_)))
    };
    let usual = subject.cluster.filter(|_| subject.complete && subject.uses_usual_nodes());
    let mut clusters = usual.into_iter().chain(subject.node_kinds().map(|kind| &kind.cluster));
    if let Some(cluster) = clusters.find(nameless) {
        let at = cluster.gres.as_ref().map_or(cluster.head, |gres| gres.span);
        diagnostics.push(
            RULE.finding("nothing keeps other jobs off this job's GPUs")
                .label(exclusive.span, "other jobs may use the nodes")
                .label(at, "has no GPU resource")
                .help("take `exclusive #false` out, or name the cluster's resource, as in `gres \"gpu\"`"),
        );
    }
}
