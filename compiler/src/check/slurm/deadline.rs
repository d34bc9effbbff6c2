//! # A deadline that the job does not live to see
//!
//! With a deadline beyond the job's time Slurm ends the job first: the verdict is "time limit" instead of a server's
//! name, and the allocation was held to the end.
//!
//! ```kdl
//! slurm time="00:30:00"
//! ready-timeout 3600
//! //            ^^^^
//! ```
//!
//! ```kdl
//! slurm time="01:30:00"
//! ready-timeout 3600
//! ```

use super::{seconds, value};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("slurm/deadline", include_str!("deadline.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let Some(time) = value(subject, "time") else { return };
    let Some(Some(total)) = seconds(&time.value) else { return };
    let deadlines = [
        ("ready-timeout", topology.ready_timeout.as_ref(), "servers may take that long to get ready"),
        ("health-timeout", topology.health_timeout.as_ref(), "a server may be silent that long"),
        (
            "timeout",
            topology.benchmark.as_ref().and_then(|b| b.timeout.as_ref()),
            "one concurrency may take that long",
        ),
    ];
    for (name, deadline, what) in deadlines {
        if let Some(deadline) = deadline.filter(|deadline| u64::from(deadline.value) >= total) {
            diagnostics.push(
                RULE.finding(format!("`{name}` is longer than the job"))
                    .label(deadline.span, what)
                    .label(time.span, format!("{total} seconds in all"))
                    .help(format!("give the job more `time`, or write a `{name}` well below {total}")),
            );
        }
    }
}
