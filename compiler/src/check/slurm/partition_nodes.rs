//! # More nodes than the partition gives
//!
//! The site's `cluster` says how many nodes a job of the partition may take. A larger one is refused, or waits for ever
//! (`PartitionNodeLimit`).
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
//!     slurm partition="debug"
//! //                  ^^^^^^^
//!     agg tp=16
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
//!     agg tp=16
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::partition::described;
use super::values;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::plan::Plan;

pub const RULE: Rule = Rule::planned("slurm/partition-nodes", include_str!("partition_nodes.rs"), check);

fn check(subject: &Subject, plan: &Plan, diagnostics: &mut Diagnostics) {
    for (_, asked, kind) in values(subject, "partition") {
        let kind = kind.map(|kind| kind.name.value.as_str());
        let Some(component) = plan.components.iter().find(|c| c.kind.as_deref() == kind) else { continue };
        let most = described(subject, &asked.value).and_then(|partition| partition.max_nodes.as_ref());
        if let Some(most) = most.filter(|most| component.nodes > most.value) {
            diagnostics.push(
                RULE.finding(format!(
                    "the job takes {} nodes, but this partition gives {}",
                    component.nodes, most.value
                ))
                .label(asked.span, "too small for the job")
                .label(most.span, "the partition's limit")
                .help(
                    "take another partition, or fewer or smaller servers; `disaggc plan` shows who sits where",
                ),
            );
        }
    }
}
