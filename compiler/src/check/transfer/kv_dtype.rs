//! # The KV cache has another type on each side
//!
//! The generation server takes over the context server's KV cache as it is. TensorRT-LLM refuses the transfer when the
//! types differ (CacheFormatter::inquireSupport in batch_manager/cacheFormatter.cpp); every request fails, after
//! all servers have loaded the model.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { kv_cache_config { dtype "fp8" } }
//! }
//! gen tp=8 {
//!     config { kv_cache_config { dtype "bfloat16" } }
//! //                                   ^^^^^^^^^^
//! }
//! ```
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

pub const RULE: Rule = Rule::error("transfer/kv-dtype", include_str!("kv_dtype.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "the cache is handed over as it is: write the same {name} on both sides";
    differs(&RULE, subject, Meaning::KvDtype, "types of the KV cache", help, false, diagnostics);
}
