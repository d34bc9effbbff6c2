//! # Each side hands the KV cache over in another way
//!
//! What carries the cache (UCX, NIXL, MPI, Mooncake) has to be the same at both ends: otherwise no connection is made,
//! and requests wait until they time out.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX" } }
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "NIXL" } }
//! //                                              ^^^^^^
//! }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "NIXL" } }
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "NIXL" } }
//! }
//! ```

use super::differs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("transfer/backend", include_str!("backend.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "both ends must speak the same way: write the same {name} on both sides";
    differs(
        &RULE,
        subject,
        Meaning::TransferBackend,
        "ways to hand over the KV cache",
        help,
        false,
        diagnostics,
    );
}
