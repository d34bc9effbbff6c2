//! # Quotes inside a value
//!
//! Everything is quoted for the shell already. Quotes that are part of the text reach the program, which then looks for
//! a file or a switch with quotes in its name.
//!
//! ```kdl
//! env { UCX_TLS "'rc,cuda_copy'" }
//! //    ^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! env { UCX_TLS "rc,cuda_copy" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("env/quoted", include_str!("quoted.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables() {
        let Some(value) = variable.entry.value.as_deref() else { continue };
        let around = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
        // JSON is written in double quotes.
        if around('\'') || (around('"') && !value[1..value.len() - 1].contains('"')) {
            diagnostics.push(
                RULE.finding(format!("the quotes are part of `{}`", variable.name()))
                    .label(variable.entry.span, "reaches the program with them")
                    .help("leave the inner quotes out: values are quoted for the shell by themselves"),
            );
        }
    }
}
