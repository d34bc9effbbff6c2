//! # Credentials in a variable that is taken
//!
//! A variable has one value: two credentials can't share it, `env` would take it back, and names like `PATH` or
//! `SLURM_JOB_ID` belong to the machine, to Slurm, to Jenkins, or to the bundle.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; credentials "path" as="PATH" }
//! //                                                   ^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; credentials "hf-token" as="HF_TOKEN" }
//! ```

use crate::check::Subject;
use crate::check::env::is_shell_name;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;

pub const RULE: Rule = Rule::error("jenkins/variable", include_str!("variable.rs"), check);

/// What an agent's shell, Jenkins or Slurm needs for itself.
const TAKEN: [&str; 17] = [
    "BASH_ENV",
    "BUILD_ID",
    "BUILD_NUMBER",
    "BUILD_URL",
    "BRANCH_NAME",
    "ENV",
    "HOME",
    "IFS",
    "JOB_NAME",
    "LD_PRELOAD",
    "LOGNAME",
    "PATH",
    "PWD",
    "SHELL",
    "TMPDIR",
    "USER",
    "WORKSPACE",
];
const PREFIXES: [&str; 7] =
    ["DISAGGC_", "DISAGG_", "JENKINS_", "SBATCH_", "SLURM_", "LD_LIBRARY_", "CUDA_VISIBLE_"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let credentials = subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.credentials);
    let mut seen: Vec<&Spanned<String>> = Vec::new();
    for variable in credentials.filter_map(|credential| credential.variable.as_ref()) {
        let name = variable.value.as_str();
        let finding = |message: String, label: &str| RULE.finding(message).label(variable.span, label);
        if !is_shell_name(name) {
            diagnostics.push(
                finding(
                    format!("a shell can't hold a variable named `{}`", name.escape_debug()),
                    "not a name",
                )
                .help("a name has letters, digits and `_`, and begins with no digit"),
            );
        } else if TAKEN.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            diagnostics.push(
                finding(format!("`{name}` is in use already"), "set by others").help("choose another name"),
            );
        } else if let Some(first) = seen.iter().find(|first| first.value == name) {
            diagnostics.push(
                finding(format!("two credentials for `{name}`"), "second time")
                    .label(first.span, "first time")
                    .help("give each of them a variable of its own"),
            );
        } else if let Some(set) = subject.variables().into_iter().find(|set| set.name() == name) {
            diagnostics.push(
                finding(format!("`env` has another value for `{name}`"), "never reaches the job's programs")
                    .label(set.entry.name.span, "set here")
                    .help(
                        "take one of them out: what Jenkins hands over is in the job's environment already",
                    ),
            );
        }
        seen.push(variable);
    }
}
