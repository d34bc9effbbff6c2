//! # No name for a variable
//!
//! A shell's variables have names of letters, digits and `_`, and begin with no digit. `export` refuses any other, and
//! the step would end before its program starts.
//!
//! ```kdl
//! env { UCX-TLS "rc" }
//! //    ^^^^^^^
//! ```
//!
//! ```kdl
//! env { UCX_TLS "rc" }
//! ```

use super::is_shell_name;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("env/name", include_str!("name.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables() {
        let text = variable.name();
        if is_shell_name(text) {
            continue;
        }
        let better: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let help = "a name has letters, digits and `_`, and begins with no digit";
        let error = RULE
            .finding(format!("a shell can't hold a variable named `{}`", text.escape_debug()))
            .label(variable.entry.name.span, "not a name");
        diagnostics.push(match is_shell_name(&better) {
            true => error.help(format!("{help}: `{better}`")),
            false => error.help(help),
        });
    }
}
