//! # Not even one request fits into a step
//!
//! A generation step takes, for each request, one token and those that speculation proposes. With fewer tokens than
//! that the scheduler can never pick a request: the server gets ready and then answers nothing.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 1; max_num_tokens 2; speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! //                                            ^
//! //                                            ^ limits/batch-tokens
//! }
//! ctx tp=4 {
//!     config { speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! }
//! benchmark { isl 1024; osl 1024; concurrency 1 }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 1; max_num_tokens 4; speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! }
//! ctx tp=4 {
//!     config { speculative_config { decoding_type "NGram"; max_draft_len 3 } }
//! }
//! benchmark { isl 1024; osl 1024; concurrency 1 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("limits/one-token", include_str!("one_token.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let tokens = subject.number(worker, Meaning::MaxNumTokens);
        let draft = subject.number(worker, Meaning::DraftTokens);
        let (Some((tokens, of_tokens)), Some((draft, of_draft))) = (tokens, draft) else { continue };
        if tokens < 1 + draft {
            diagnostics.push(
                RULE.finding(format!(
                    "one request takes {} tokens a step, but a step has {tokens}",
                    1 + draft
                ))
                .label(of_tokens.place(worker), "too few for one request")
                .label(of_draft.place(worker), format!("{draft} more for each request"))
                .help(format!("write at least {}", of_tokens.line(1 + draft))),
            );
        }
    }
}
