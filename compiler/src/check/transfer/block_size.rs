//! # Blocks of the KV cache have another size on each side
//!
//! The cache is handed over block by block. TensorRT-LLM refuses sizes that differ (CacheFormatter::inquireSupport in
//! batch_manager/cacheFormatter.cpp).
//!
//! ```kdl
//! ctx tp=4 {
//!     config { kv_cache_config { tokens_per_block 64 } }
//! }
//! gen tp=8 {
//!     config { kv_cache_config { tokens_per_block 32 } }
//! //                                              ^^
//! }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { kv_cache_config { tokens_per_block 64 } }
//! }
//! gen tp=8 {
//!     config { kv_cache_config { tokens_per_block 64 } }
//! }
//! ```

use super::differs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("transfer/block-size", include_str!("block_size.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "the cache is handed over in blocks: write the same {name} on both sides";
    differs(&RULE, subject, Meaning::BlockSize, "blocks of the KV cache", help, false, diagnostics);
}
