//! # A pipeline without an agent
//!
//! Only some machines can call `sbatch`. On any other one the pipeline would fail at its first job.
//!
//! ```kdl
//!     jenkins { parallel 2 }
//! //  ^^^^^^^
//! ```
//!
//! Name the label of those agents:
//!
//! ```kdl
//! jenkins { agent "slurm-login"; parallel 2 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/missing", include_str!("missing.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(jenkins) = &subject.topology.jenkins else { return };
    let blank = jenkins.agent.as_ref().is_none_or(|agent| agent.value.trim().is_empty());
    if blank && !jenkins.unread.has("agent") {
        diagnostics.push(
            RULE.finding("the pipeline has no `agent`")
                .label(jenkins.agent.as_ref().map_or(jenkins.head, |agent| agent.span), "no agent")
                .help("name the label of the agents that can call `sbatch`: `agent \"slurm-login\"`"),
        );
    }
}
