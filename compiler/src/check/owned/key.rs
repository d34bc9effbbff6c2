//! # A key of the engine's file that follows from the placement
//!
//! Hosts, ports and addresses are known when the plan is made, or in the job. A value by hand would override them
//! (NVIDIA/srt-slurm issue 155: a pinned port beat the planned one, and two servers took it).
//!
//! ```kdl
//! server {
//!     config { hostname "node7" }
//! //           ^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! server port=8333
//! ```

use super::{Conflict, conflicts};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("owned/key", include_str!("key.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    conflicts(subject, |key, span, conflict| {
        if matches!(conflict, Conflict::Owned) {
            diagnostics.push(
                RULE.finding(format!("`{key}` is written by the planner"))
                    .label(span, "set by hand")
                    .help("hosts and ports follow from the placement; leave the key out"),
            );
        }
    });
}
