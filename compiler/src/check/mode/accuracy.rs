//! # Accuracy in a mode of one phase
//!
//! Such a mode leaves a phase out, makes up what it would have computed, or ends answers after a token: no answer is
//! the model's, and a task would only count how often chance is right.
//!
//! ```kdl
//!     benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 16 }
//!     accuracy { task "gsm8k" }
//! //  ^^^^^^^^
//! ```
//!
//! ```kdl
//! benchmark { isl 1024; osl 1024; concurrency 16 }
//! accuracy { task "gsm8k" }
//! ```

use super::measured;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("mode/accuracy", include_str!("accuracy.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(measured) = measured(subject).filter(|measured| !measured.mode.is_plain()) else { return };
    if let Some(accuracy) = &subject.topology.accuracy {
        diagnostics.push(
            RULE.finding(format!("in the mode \"{}\" no answer is a real one", measured.mode.name))
                .label(accuracy.head, "would measure nothing")
                .label(measured.place, "one phase alone")
                .help("measure the accuracy in a run without `mode`, or take `accuracy` out"),
        );
    }
}
