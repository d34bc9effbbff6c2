//! # A variable that the bundle sets
//!
//! What follows from the plan (GPUs, the step's part, where ranks sit) is set in each step. A value by hand would hide
//! GPUs from a server or move its ranks.
//!
//! ```kdl
//! env { CUDA_VISIBLE_DEVICES "0,1" }
//! //    ^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! Leave it out: a server's GPUs are those that `disaggc plan` shows.
//!
//! ```kdl
//! env { CUDA_DEVICE_MAX_CONNECTIONS 1 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("env/planned", include_str!("planned.rs"), check);

/// What the bundle sets by itself, and why nobody else may.
const PLANNED: [(&str, &str); 3] = [
    ("CUDA_VISIBLE_DEVICES", "which GPUs a server sees follows from the placement"),
    ("DISAGG_SERVING_TYPE", "it names the step's part: GEN_0, CTX_1, …"),
    ("SLURM_HOSTFILE", "ranks are placed by the plan"),
];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables() {
        let name = variable.name();
        let error = if let Some((_, why)) = PLANNED.iter().find(|(planned, _)| *planned == name) {
            RULE.finding(format!("`{name}` is set by the bundle"))
                .label(variable.entry.name.span, "set by hand")
                .help(format!("{why}; leave it out"))
        } else if name.starts_with("DISAGGC_") {
            RULE.finding("names that begin with DISAGGC_ are the bundle's own")
                .label(variable.entry.name.span, "set by hand")
                .help("choose another name")
        } else {
            continue;
        };
        diagnostics.push(error);
    }
}
