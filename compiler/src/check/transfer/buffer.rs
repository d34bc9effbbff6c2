//! # The transfer buffer holds less than a prompt
//!
//! A prompt's KV cache that does not fit into the buffer goes through memory that is taken on the spot: with NIXL the
//! transfer fails, with UCX memory grows until none is left (ai-dynamo/dynamo pull request 5523, TensorRT-LLM issue
//! 13506). The engine's documentation asks for at least the longest prompt.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 4096 } }
//! //                                                                          ^^^^
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 4096 } }
//! //                                                                          ^^^^
//! }
//! benchmark { isl 8192; osl 1024; concurrency 16 }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 8192 } }
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 8192 } }
//! }
//! benchmark { isl 8192; osl 1024; concurrency 16 }
//! ```

use super::pairs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("transfer/buffer", include_str!("buffer.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(isl) = subject.topology.benchmark.as_ref().and_then(|benchmark| benchmark.isl.as_ref()) else {
        return;
    };
    // `Diagnostics` keeps what is found for one pool in several pairs once.
    for worker in pairs(subject).into_iter().flat_map(|(context, generation)| [context, generation]) {
        let Some((buffer, setting)) = subject.number(worker, Meaning::TransferBuffer) else { continue };
        if buffer < u64::from(isl.value) {
            diagnostics.push(
                RULE.finding(format!("prompts of {} tokens, but a buffer for {buffer}", isl.value))
                    .label(setting.place(worker), "holds less than a prompt")
                    .label(isl.span, "the prompts")
                    .help(format!(
                        "write at least {}, in whole blocks; memory for it comes out of what the KV cache leaves",
                        setting.line(isl.value)
                    )),
            );
        }
    }
}
