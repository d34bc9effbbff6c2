//! # Variables for a role that is not there
//!
//! The topology has no such role, so nobody gets them.
//!
//! ```kdl
//! env "agg" { TLLM_LOG_LEVEL "INFO" }
//! //  ^^^^^
//! ```
//!
//! ```kdl
//! env "ctx" "gen" { TLLM_LOG_LEVEL "INFO" }
//! ```

use crate::check::rule::Rule;
use crate::check::{Subject, roles};
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("env/no-role", include_str!("no_role.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    // One that is missed was reported.
    if !subject.complete || diagnostics.iter().any(|d| d.code == roles::missing::RULE.code) {
        return;
    }
    let roles = subject.roles();
    // A site's blocks are for every topology.
    for role in subject.topology.env.iter().flat_map(|block| &block.roles) {
        if !roles.contains(&role.value.as_str()) && !subject.topology.unread.has(&role.value) {
            diagnostics.push(
                RULE.finding(format!("the topology has no `{}`", role.value))
                    .label(role.span, "nobody gets these variables")
                    .help(format!("roles here: {}", roles.join(", "))),
            );
        }
    }
}
