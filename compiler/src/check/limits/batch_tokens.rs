//! # A full batch does not fit into one step
//!
//! In one step each request of the batch takes one token, and one more for each that speculation proposes. With
//! batch · (1 + draft) above the tokens of a step the server never works on a full batch: the batch size that the
//! file promises is not the one that is measured (TensorRT-LLM issue 18416: 32 requests, 3 draft tokens and
//! max_num_tokens 32 have room for 8).
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 256; max_num_tokens 512; speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! //                                              ^^^
//! }
//! ctx tp=4 {
//!     config { speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 256; max_num_tokens 1024; speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! }
//! ctx tp=4 {
//!     config { speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("limits/batch-tokens", include_str!("batch_tokens.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let number = |meaning| subject.number(worker, meaning);
        let (Some((batch, of_batch)), Some((tokens, of_tokens))) =
            (number(Meaning::MaxBatchSize), number(Meaning::MaxNumTokens))
        else {
            continue;
        };
        let draft = number(Meaning::DraftTokens);
        let each = 1 + draft.as_ref().map_or(0, |(draft, _)| *draft);
        let needed = batch.saturating_mul(each);
        // Two defaults are the engine's own affair.
        if needed <= tokens || (of_batch.written.is_none() && of_tokens.written.is_none()) {
            continue;
        }
        let place = of_tokens.written.or(of_batch.written).unwrap_or(worker.head);
        let message = format!("a batch of {batch} takes {needed} tokens a step, but a step has {tokens}");
        let mut warning = RULE.finding(message).label(
            place,
            match of_tokens.written {
                Some(_) => format!("room for {} requests", tokens / each),
                None => format!("{} is {}", of_tokens.called(), of_tokens.with_origin()),
            },
        );
        if let Some(written) = of_batch.written.filter(|written| *written != place) {
            warning = warning.label(written, "never reached");
        }
        if let Some(written) = draft.as_ref().and_then(|(_, setting)| setting.written) {
            warning = warning.label(written, format!("{each} tokens each"));
        }
        diagnostics.push(warning.help(format!(
            "{batch} requests × {each} = {needed}: write {}, or a smaller {}",
            of_tokens.line(needed),
            of_batch.called()
        )));
    }
}
