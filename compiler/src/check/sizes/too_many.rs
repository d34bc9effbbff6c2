//! # More GPUs than any cluster has
//!
//! A number with a digit too many would plan servers until memory ends.
//!
//! ```kdl
//!     gen tp=8 replicas=60000
//! //  ^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! gen tp=8 replicas=6
//! ```

use super::{size, world};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("sizes/too-many", include_str!("too_many.rs"), check);

/// Far above any cluster; keeps what is derived within reach of memory.
const MAX_RANKS: u64 = 200_000;

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mut total: u64 = 0;
    for worker in &subject.topology.workers {
        total = total.saturating_add(world(worker).saturating_mul(size(&worker.replicas)));
        if total > MAX_RANKS {
            diagnostics.push(
                RULE.finding(format!("the topology needs {total} GPUs"))
                    .label(worker.head, "more than any cluster has")
                    .help(format!("the limit is {MAX_RANKS}; check `replicas`, `tp`, `pp` and `cp`")),
            );
            return;
        }
    }
}
