//! # An archive of nothing, or of something else
//!
//! Patterns name files in the job's run folder: `log/**`, `results/*/result.json`. What is empty, absolute, or leads out
//! of it with `..` is not there; and Jenkins takes a comma or a blank for the end of a pattern. `result.json`, the logs
//! and the plan's picture are archived without being named.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; archive "../other/**" }
//! //                                     ^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; archive "results/**" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/archive", include_str!("archive.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for pattern in subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.archive) {
        let text = pattern.value.as_str();
        let why = if text.is_empty() {
            "empty"
        } else if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',') {
            "Jenkins would take it for several"
        } else if text.starts_with(['/', '~']) {
            "not in the run folder"
        } else if text.split(['/', '\\']).any(|part| part == "..") {
            "leads out of the run folder"
        } else {
            continue;
        };
        diagnostics.push(
            RULE.finding("this pattern fits no file of the run folder").label(pattern.span, why).help(
                "write a path in the run folder, one a string; `**` stands for any folders: `results/**`",
            ),
        );
    }
}
