//! # A value that an #SBATCH line can't hold
//!
//! `#SBATCH` lines are no shell: there is no way to quote that every Slurm reads alike, and a line break would begin a
//! line of its own.
//!
//! ```kdl
//! slurm partition="two words"
//! //              ^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! slurm partition="batch"
//! ```

use super::planned::why;
use super::written;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::SlurmOption;

pub const RULE: Rule = Rule::error("slurm/value", include_str!("value.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    // One that is the plan's goes away as a whole.
    written(subject).filter(|option| why(&option.name.value).is_none()).for_each(|o| line(o, diagnostics));
}

fn line(option: &SlurmOption, diagnostics: &mut Diagnostics) {
    let Some(value) = &option.value else { return };
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '#' | '`' | '$' | ';');
    let name = &option.name.value;
    if value.value.is_empty() {
        diagnostics.push(
            RULE.finding(format!("`{name}` is empty"))
                .label(value.span, "no value")
                .help("leave the option out, or write a value"),
        );
    } else if let Some(bad) = value.value.chars().find(|c| !fits(*c)) {
        diagnostics.push(
            RULE.finding(format!("`{name}` has a character that an #SBATCH line can't hold"))
                .label(value.span, format!("contains {}", describe(bad)))
                .help("use letters, digits and signs without quotes, blanks, `#`, `$`, `;` and backslashes"),
        );
    }
}

fn describe(c: char) -> String {
    match c {
        ' ' => "a blank".to_owned(),
        '\n' => "a line break".to_owned(),
        c if c.is_control() => format!("U+{:04X}", u32::from(c)),
        c => format!("`{c}`"),
    }
}
