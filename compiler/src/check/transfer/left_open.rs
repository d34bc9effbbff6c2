//! # Only one side leaves it to the engine
//!
//! `auto` and `DEFAULT` are decided by each server for itself, from the model's files and the engine's version. If what it
//! decides is not what the other side has written, the transfer is refused as in `transfer/kv-dtype` and
//! `transfer/backend`.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { kv_cache_config { dtype "fp8" } }
//! //                                   ^^^^^
//! }
//! gen tp=8
//! ```
//!
//! Write it on both sides:
//!
//! ```kdl
//! ctx tp=4 {
//!     config { kv_cache_config { dtype "fp8" } }
//! }
//! gen tp=8 {
//!     config { kv_cache_config { dtype "fp8" } }
//! }
//! ```

use super::differs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("transfer/left-open", include_str!("left_open.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "what the engine decides may be something else: write the same {name} on both sides";
    for (meaning, what) in [
        (Meaning::KvDtype, "types of the KV cache"),
        (Meaning::TransferBackend, "ways to hand over the KV cache"),
    ] {
        let what = format!("{what}, perhaps");
        differs(&RULE, subject, meaning, &what, help, true, diagnostics);
    }
}
