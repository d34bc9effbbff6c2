//! # A partition that the cluster does not have
//!
//! Where the site's `cluster` lists its partitions, sbatch would refuse any other name.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     partition "batch" max-nodes=18
//!     partition "debug" max-nodes=2
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     slurm partition="bacth"
//! //                  ^^^^^^^
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     partition "batch" max-nodes=18
//!     partition "debug" max-nodes=2
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     slurm partition="batch"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::values;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::cluster::Partition;
use crate::topology::fields::suggestion;

pub const RULE: Rule = Rule::error("slurm/partition", include_str!("partition.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(cluster) = subject.cluster.filter(|cluster| !cluster.partitions.is_empty()) else { return };
    let known: Vec<&str> = cluster.partitions.iter().map(|p| p.name.value.as_str()).collect();
    for (_, asked, _) in values(subject, "partition") {
        // Several may be given, of which Slurm takes the first that is free.
        if let Some(name) = asked.value.split(',').find(|name| !known.contains(name)) {
            diagnostics.push(
                RULE.finding(format!("the cluster has no partition \"{name}\""))
                    .label(asked.span, "unknown")
                    .help(suggestion(name, &known, "partition", "partitions")),
            );
        }
    }
}

/// What the cluster says about a partition, if anything.
pub(super) fn described<'a>(subject: &Subject<'a>, name: &str) -> Option<&'a Partition> {
    subject.cluster?.partitions.iter().find(|partition| partition.name.value == name)
}
