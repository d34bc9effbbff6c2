//! # An empty range of ports
//!
//! Workers take their ports out of it, the smaller number first.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8299 to=8000
//! //             ^^^^
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("cluster/ports", include_str!("ports.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some((from, to)) = subject.cluster.and_then(|cluster| cluster.ports.as_ref()) else { return };
    if from.value > to.value {
        diagnostics.push(
            RULE.finding("the range of ports is empty")
                .label(from.span, format!("begins at {}", from.value))
                .label(to.span, format!("ends at {}", to.value))
                .help("write the smaller number first"),
        );
    }
}
