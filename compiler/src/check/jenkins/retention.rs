//! # A retention that says nothing
//!
//! `retention` is how many builds Jenkins keeps, for how many days, or both. Without either it keeps all of them.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; retention }
//! //                             ^^^^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; retention builds=30 days=14 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/retention", include_str!("retention.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let retention = subject.topology.jenkins.as_ref().and_then(|jenkins| jenkins.retention.as_ref());
    if let Some(retention) = retention.filter(|r| r.builds.is_none() && r.days.is_none() && r.blank) {
        diagnostics.push(
            RULE.finding("nothing says how long builds are kept")
                .label(retention.head, "neither `builds` nor `days`")
                .help("write `retention builds=30`, `days=14`, or both; or take it out"),
        );
    }
}
