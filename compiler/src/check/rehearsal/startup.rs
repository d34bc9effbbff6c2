//! # A rehearsal in which no server gets ready
//!
//! `rehearsal { startup N }` is how many seconds a stand-in takes to get ready. A server that is not ready within
//! `ready-timeout` ends the job.
//!
//! ```kdl
//! ready-timeout 60
//! rehearsal { startup 90 }
//! //                  ^^
//! ```
//!
//! ```kdl
//! ready-timeout 600
//! rehearsal { startup 90 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::rehearsal::STARTUP;

pub const RULE: Rule = Rule::warning("rehearsal/startup", include_str!("startup.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let Some(startup) = topology.rehearsal.as_ref().and_then(|rehearsal| rehearsal.setting(STARTUP)) else {
        return;
    };
    if let Some(deadline) = topology.ready_timeout.as_ref().filter(|deadline| deadline.value <= startup.value)
    {
        diagnostics.push(
            RULE.finding("no server gets ready in a rehearsal")
                .label(startup.span, "takes so many seconds")
                .label(deadline.span, "the deadline")
                .help(format!("write less than {}, or allow more", deadline.value)),
        );
    }
}
