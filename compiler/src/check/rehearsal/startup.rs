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

pub const RULE: Rule = Rule::warning("rehearsal/startup", include_str!("startup.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let Some(startup) = topology.rehearsal.as_ref().and_then(|rehearsal| rehearsal.startup.as_ref()) else {
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
    let stand_in = subject.engine.and_then(|engine| engine.rehearsal.as_ref()).map(|r| r.stand_in.as_ref());
    if let Some(stand_in) = stand_in
        && stand_in.is_none_or(|stand_in| stand_in.startup_variable.is_none())
    {
        diagnostics.push(
            RULE.finding("nothing in a rehearsal of this engine starts later when told to")
                .label(startup.span, "has no effect")
                .help("take it out: the engine runs with software of its own, which has settings of its own"),
        );
    }
}
