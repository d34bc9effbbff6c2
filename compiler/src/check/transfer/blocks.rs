//! # The transfer buffer is no whole number of blocks
//!
//! The buffer holds blocks of the KV cache. TensorRT-LLM asserts that its tokens are a multiple of the block's
//! (batch_manager/cacheTransBuffer.cpp); otherwise every worker ends at its start (ai-dynamo/aiconfigurator pull
//! requests 375 and 459: 6500 tokens for blocks of 32).
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 6500 } }
//! //                                                                          ^^^^
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 6500 } }
//! //                                                                          ^^^^
//! }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 6528 } }
//! }
//! gen tp=8 {
//!     config { cache_transceiver_config { backend "UCX"; max_tokens_in_buffer 6528 } }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("transfer/blocks", include_str!("blocks.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let buffer = subject.number(worker, Meaning::TransferBuffer);
        let block = subject.number(worker, Meaning::BlockSize);
        let (Some((buffer, of_buffer)), Some((block, of_block))) = (buffer, block) else { continue };
        if block == 0 || buffer % block == 0 {
            continue;
        }
        let mut error = RULE
            .finding(format!("a buffer of {buffer} tokens is no whole number of blocks of {block}"))
            .label(of_buffer.place(worker), format!("{} blocks and a rest", buffer / block));
        if let Some(written) = of_block.written {
            error = error.label(written, "the size of a block");
        }
        diagnostics.push(error.help(format!(
            "write {}; {} is {}",
            of_buffer.line(buffer.next_multiple_of(block)),
            of_block.called(),
            of_block.with_origin()
        )));
    }
}
