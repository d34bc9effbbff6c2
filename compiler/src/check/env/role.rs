//! # A role's `env` names a role
//!
//! Inside a role `env` is that role's. Naming another one there would say two things at once.
//!
//! ```kdl
//! ctx tp=4 {
//!     env "gen" { TLLM_LOG_LEVEL "INFO" }
//! //      ^^^^^
//! }
//! ```
//!
//! ```kdl
//! env "gen" { TLLM_LOG_LEVEL "INFO" }
//! ctx tp=4
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("env/role", include_str!("role.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for role in subject.own_blocks().into_iter().flat_map(|(_, blocks)| blocks).flat_map(|b| &b.roles) {
        diagnostics.push(
            RULE.finding("this `env` already stands inside a role")
                .label(role.span, "names a role")
                .help("leave the role's name out here, or move the block up into the topology"),
        );
    }
}
