//! # A value that the engine has to convert
//!
//! The engine reads `"8"` as 8, "yes" as true and true as 1. It works, but what is compared with it here or in
//! another tool may not see the number in the text.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size "64"; print_iter_log "yes" }
//! //                          ^^^^
//! //                                               ^^^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 64; print_iter_log #true }
//! }
//! ```

use super::{shown, values};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::schema::{Fit, Kind, Part};
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::warning("schema/converted", include_str!("converted.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    values(subject, &mut |written, name, _, part| {
        if part.fit == Fit::Converted {
            let path = written.path_of(name);
            let message = format!("`{path}` is {}, which the engine makes of this", part.kind.shown());
            diagnostics.push(
                RULE.finding(message)
                    .label(part.value.span, format!("this is {}", shown(&part.value.value)))
                    .help(format!("write `{}`", plain(part))),
            );
        }
    });
}

/// What the engine reads.
fn plain(part: &Part) -> String {
    match (part.kind, &part.value.value) {
        (Kind::Bool, ConfigValue::String(text)) => {
            let yes = ["1", "t", "true", "on", "y", "yes"].contains(&text.to_ascii_lowercase().as_str());
            format!("#{yes}")
        }
        (Kind::Bool, ConfigValue::Integer(number)) => format!("#{}", *number == 1),
        (Kind::Bool, ConfigValue::Float(number)) => format!("#{}", *number == 1.0),
        (_, ConfigValue::Bool(truth)) => u8::from(*truth).to_string(),
        (_, ConfigValue::String(text)) => text.trim().to_owned(),
        (_, other) => shown(other),
    }
}
