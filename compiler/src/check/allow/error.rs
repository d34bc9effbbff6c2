//! # An `allow` of an error
//!
//! An error is what can't work: allowing it would not make it work. Only warnings can be meant.
//!
//! ```kdl
//! allow "names/pool" reason="I like capitals"
//! //    ^^^^^^^^^^^^
//! ```
//!
//! Correct what the error points at. If the error itself is wrong, please report it.
//!
//! ```kdl
//! ctx "long" tp=4
//! ```

use crate::check::rule::Rule;
use crate::check::{Subject, table};
use crate::diagnostic::{Diagnostics, Severity};

pub const RULE: Rule = Rule::error("allow/error", include_str!("error.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for allow in subject.topology.allows() {
        let code = &allow.code;
        if table::find(&code.value).is_some_and(|rule| rule.severity == Severity::Error) {
            diagnostics.push(
                RULE.finding(format!("\"{}\" is an error", code.value))
                    .label(code.span, "can't be allowed")
                    .help("allowing it would not make the job work: correct what it points at"),
            );
        }
    }
}
