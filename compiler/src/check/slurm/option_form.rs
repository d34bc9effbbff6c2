//! # No name of an option
//!
//! ```kdl
//! slurm { option "--Constraint=large" }
//! //             ^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! Options are written with their long names, in lower case:
//!
//! ```kdl
//! slurm { option "--constraint=large" }
//! ```

use super::written;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("slurm/option-form", include_str!("option_form.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for option in written(subject) {
        if !is_name(&option.name.value) {
            diagnostics.push(
                RULE.finding("this is no name of an sbatch option")
                    .label(option.name.span, "not a name")
                    .help("an option is written `--name=value` with lower-case letters and `-` in its name"),
            );
        }
    }
}

pub(super) fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
