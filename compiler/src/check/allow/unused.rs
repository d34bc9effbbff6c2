//! # An `allow` that hits nothing
//!
//! What it allowed has gone away, or never stood in this node. Left in, it would hide the warning when it comes.
//!
//! ```kdl
//! ctx tp=4 {
//!     allow "limits/graph-batch" reason="measured"
//! //  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!     config { max_batch_size 16; cuda_graph_config { max_batch_size 16 } }
//! }
//! ```
//!
//! Take it out, or write it in the node whose warning is meant:
//!
//! ```kdl
//! ctx tp=4 {
//!     allow "limits/graph-batch" reason="measured"
//!     config { max_batch_size 16; cuda_graph_config { max_batch_size 32 } }
//! }
//! ```

use crate::check::rule::Rule;
use crate::diagnostic::Diagnostic;
use crate::topology::allow::Allow;

pub const RULE: Rule = Rule::afterwards("allow/unused", include_str!("unused.rs"));

pub(super) fn finding(allow: &Allow) -> Diagnostic {
    RULE.finding(format!("there is no `{}` to allow", allow.code.value))
        .label(allow.head, "allows nothing")
        .help("take it out: it would hide the warning when it comes")
}
