//! # A preparation without a command
//!
//! It would start a step on every node, and wait for it, to do nothing. More likely the commands were forgotten.
//!
//! ```kdl
//!     prepare { timeout 900 }
//! //  ^^^^^^^
//! ```
//!
//! ```kdl
//! prepare { timeout 900; run "nvidia-smi" "-L" }
//! ```

use super::blocks;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("prepare/empty", include_str!("empty.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    // What the topology writes may set no more than the timeout of the site's commands.
    if let Some(prepare) = blocks(subject).last()
        && blocks(subject).all(|prepare| prepare.blank)
        && subject.complete
    {
        diagnostics.push(
            RULE.finding("`prepare` has nothing to do").label(prepare.head, "no command inside").help(
                "write what each node needs, such as `run \"nvidia-smi\" \"-L\"`; or take the block out",
            ),
        );
    }
}
