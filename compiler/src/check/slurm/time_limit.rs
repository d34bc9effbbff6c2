//! # More time than the partition gives
//!
//! The site's `cluster` says how long a job of the partition may run. A longer one is refused, or waits for ever
//! (`PartitionTimeLimit`).
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     partition "batch" max-time="04:00:00"
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     slurm partition="batch" time="08:00:00"
//! //                               ^^^^^^^^^^
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     partition "batch" max-time="04:00:00"
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     slurm partition="batch" time="04:00:00"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::partition::described;
use super::{seconds, value, values};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("slurm/time-limit", include_str!("time_limit.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(time) = value(subject, "time") else { return };
    for (_, partition, _) in values(subject, "partition") {
        let partition = described(subject, &partition.value);
        let Some(limit) = partition.and_then(|partition| partition.max_time.as_ref()) else { continue };
        let (Some(asked), Some(Some(most))) = (seconds(&time.value), seconds(&limit.value)) else { continue };
        if asked.is_none_or(|asked| asked > most) {
            diagnostics.push(
                RULE.finding("the job asks for more time than its partition gives")
                    .label(time.span, "too long")
                    .label(limit.span, "the partition's limit")
                    .help(format!("write at most `time=\"{}\"`, or take another partition", limit.value)),
            );
        }
    }
}
