//! # A secret in the file
//!
//! The topology is committed, and its bundle is readable for whoever reads the job's folder; `plan.json` and the step
//! scripts hold the value as it is.
//!
//! ```kdl
//! env { HF_TOKEN "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ012345" }
//! //    ^^^^^^^^
//! ```
//!
//! Export it in the shell from which you call `sbatch`: the job and its steps inherit that environment.
//!
//! ```kdl
//! env { HF_HOME "/lustre/hf" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("env/secret", include_str!("secret.rs"), check);

/// Last words of names that hold secrets.
const SECRETS: [&str; 7] =
    ["_TOKEN", "_PASSWORD", "_PASSWD", "_SECRET", "_API_KEY", "_ACCESS_KEY", "_SECRET_KEY"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables() {
        let name = variable.name();
        // A short value is a switch, a path is where the secret is kept.
        let plain = variable.entry.value.as_deref().is_some_and(|v| v.len() >= 8 && !v.starts_with('/'));
        if plain && SECRETS.iter().any(|end| name.to_ascii_uppercase().ends_with(end)) {
            diagnostics.push(
                RULE.finding(format!("`{name}` looks like a secret"))
                    .label(variable.entry.name.span, "its value is written into the bundle")
                    .help("take it out and export it in the shell that calls `sbatch`: the job inherits it"),
            );
        }
    }
}
