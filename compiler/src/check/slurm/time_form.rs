//! # A time that Slurm does not read
//!
//! Slurm takes minutes, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes` and
//! `days-hours:minutes:seconds`, and `UNLIMITED`. sbatch refuses anything else.
//!
//! ```kdl
//! slurm time="4h"
//! //         ^^^^
//! ```
//!
//! ```kdl
//! slurm time="04:00:00"
//! ```

use super::{seconds, written};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("slurm/time-form", include_str!("time_form.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let written =
        written(subject).filter(|option| ["time", "time-min"].contains(&option.name.value.as_str()));
    let limits = subject.cluster.map(|cluster| cluster.partitions.as_slice()).unwrap_or_default();
    let limits = limits.iter().filter_map(|partition| partition.max_time.as_ref());
    for time in written.filter_map(|option| option.value.as_ref()).chain(limits) {
        if seconds(&time.value).is_none() && !time.value.is_empty() {
            diagnostics.push(
                RULE.finding(format!("`{}` is no time that Slurm reads", time.value.escape_debug()))
                    .label(time.span, "not in one of its forms")
                    .help("write minutes (`90`), `HH:MM:SS` (`01:30:00`) or `D-HH:MM:SS`"),
            );
        }
    }
}
