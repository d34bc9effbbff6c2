//! # A timeout of the pipeline that can't be read
//!
//! Both timeouts are written as Slurm writes times, with their unit in sight: `HH:MM:SS`, or `D-HH:MM:SS`.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; queue-timeout "12h" }
//! //                                           ^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; queue-timeout "12:00:00" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::slurm_time::seconds;

pub const RULE: Rule = Rule::error("jenkins/time-form", include_str!("time_form.rs"), check);

/// Seconds that a pipeline waits. A number alone would be minutes to Slurm and seconds to many others.
pub(super) fn waits(text: &str) -> Option<u64> {
    seconds(text).flatten().filter(|seconds| *seconds > 0 && text.contains([':', '-']))
}

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let times =
        subject.topology.jenkins.iter().flat_map(|jenkins| [&jenkins.timeout, &jenkins.queue_timeout]);
    for time in times.flatten() {
        if waits(&time.value).is_none() {
            diagnostics.push(
                RULE.finding(format!("`{}` is no time to wait for", time.value.escape_debug()))
                    .label(time.span, "not in a form with hours")
                    .help("write `HH:MM:SS` (`01:30:00`) or `D-HH:MM:SS`; leave it out to wait without end"),
            );
        }
    }
}
