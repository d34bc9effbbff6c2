//! # A stage that ends before its job
//!
//! `timeout` holds for the whole stage, the time in the queue included. One that is shorter than the job's time limit
//! cancels jobs that Slurm would let go on; one that is not longer than `queue-timeout` leaves nothing for the job.
//!
//! ```kdl
//! slurm time="04:00:00"
//! jenkins { agent "slurm-login"; timeout "02:00:00" }
//! //                                     ^^^^^^^^^^
//! ```
//!
//! ```kdl
//! slurm time="04:00:00"
//! jenkins { agent "slurm-login"; timeout "16:30:00"; queue-timeout "12:00:00" }
//! ```

use super::time_form::waits;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::check::slurm::value;
use crate::diagnostic::Diagnostics;
use crate::slurm_time::{seconds, text};
use crate::source::Spanned;

pub const RULE: Rule = Rule::error("jenkins/timeout", include_str!("timeout.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(jenkins) = &subject.topology.jenkins else { return };
    // What is no time was said already.
    let wait = |time: &Option<Spanned<String>>| waits(&time.as_ref()?.value);
    let (Some(written), Some(timeout)) = (&jenkins.timeout, wait(&jenkins.timeout)) else { return };
    let limit = value(subject, "time");
    let job = limit.and_then(|limit| seconds(&limit.value).flatten());
    let queue = wait(&jenkins.queue_timeout);
    let needed = job.unwrap_or(0).saturating_add(queue.unwrap_or(0));
    if timeout > needed || (timeout == needed && queue.is_none()) {
        return;
    }
    let mut finding = RULE.finding("the stage ends before its job").label(written.span, "for all of it");
    if let Some(limit) = limit.filter(|_| job.is_some()) {
        finding = finding.label(limit.span, "how long the job may run");
    }
    if let Some(queue) = &jenkins.queue_timeout {
        finding = finding.label(queue.span, "how long it may wait before");
    }
    diagnostics
        .push(finding.help(format!("write at least `timeout \"{}\"`", text(needed.saturating_add(900)))));
}
