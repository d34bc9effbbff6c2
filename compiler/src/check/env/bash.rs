//! # A variable of bash's own
//!
//! bash refuses to set some of its variables, and others change how it reads the script that sets them.
//!
//! ```kdl
//! env { UID 1000 }
//! //    ^^^
//! ```
//!
//! ```kdl
//! env { JOB_UID 1000 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("env/bash", include_str!("bash.rs"), check);

const OWN: [&str; 17] = [
    "_",
    "BASHOPTS",
    "BASHPID",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_ENV",
    "BASH_VERSINFO",
    "DIRSTACK",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "IFS",
    "LINENO",
    "POSIXLY_CORRECT",
    "PPID",
    "SHELLOPTS",
    "UID",
];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables() {
        if OWN.contains(&variable.name()) {
            diagnostics.push(
                RULE.finding(format!("`{}` belongs to bash", variable.name()))
                    .label(variable.entry.name.span, "can't be set")
                    .help("a script that sets it would fail or read differently; leave it out"),
            );
        }
    }
}
