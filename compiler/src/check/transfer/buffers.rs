//! # Transfer buffers of different sizes
//!
//! A cache that is larger than the buffer is sent in pieces of the buffer's size, which works only if both ends have
//! the same (TensorRT-LLM pull request 9782; "Message truncated" in ai-dynamo/dynamo pull request 1572).
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 16384 } }
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 8192 } }
//! //                                                                          ^^^^
//! }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 8192 } }
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 8192 } }
//! }
//! ```

use super::differs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("transfer/buffers", include_str!("buffers.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "a cache that doesn't fit is sent in pieces of that size: write the same {name} on both sides";
    differs(&RULE, subject, Meaning::TransferBuffer, "transfer buffers", help, false, diagnostics);
}
