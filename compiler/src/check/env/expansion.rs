//! # `$NAME` or `~` in a value
//!
//! Values are handed to programs as they are written: nothing is expanded. `$HOME/cache` becomes a folder named
//! `$HOME` in the job's run folder.
//!
//! ```kdl
//! env { HF_HOME "$HOME/hf" }
//! //    ^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! env { HF_HOME "/lustre/me/hf" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("env/expansion", include_str!("expansion.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables() {
        let Some(value) = variable.entry.value.as_deref() else { continue };
        if value.starts_with("~/") || refers(value) {
            diagnostics.push(
                RULE.finding(format!("`{}` is taken as it is written", variable.name()))
                    .label(variable.entry.span, "nothing is expanded here")
                    .help("write the value out; what only the node knows is set by a `prepare` command or the image"),
            );
        }
    }
}

/// `$NAME` or `${NAME}`.
fn refers(value: &str) -> bool {
    value.match_indices('$').any(|(at, _)| {
        let rest = value[at + 1..].trim_start_matches('{');
        rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
    })
}
