//! # The engine's file says another shape than the role's line
//!
//! Ranks, GPUs and nodes are planned from the line (`tp`, `pp`, `ep` …). A file that says otherwise gives a server that
//! waits for ranks which nobody started.
//!
//! ```kdl
//! gen tp=8 {
//!     config { tensor_parallel_size 4 }
//! //           ^^^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { tensor_parallel_size 8 }
//! }
//! ```

use super::{Conflict, conflicts};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("owned/contradiction", include_str!("contradiction.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    conflicts(subject, |key, span, conflict| {
        let Conflict::Contradicts { field, derived, written } = conflict else { return };
        let mut error = RULE.finding(format!("`{key}` contradicts `{field}`")).label(span, "says otherwise");
        if let Some(written) = written {
            error = error.label(written, format!("{field} is {derived} here"));
        }
        diagnostics.push(error.help(format!(
            "ranks and GPUs are planned from `{field}` ({derived}); write the number there and leave `{key}` out"
        )));
    });
}
