//! # A prompt does not fit into one step
//!
//! Without chunked prefill a prompt is worked on in one step. If it has more tokens than a step takes
//! (`max_num_tokens`) the server refuses the request.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { max_num_tokens 4096; max_batch_size 4 }
//! //                          ^^^^
//! }
//! benchmark { isl 8192; osl 1024; concurrency 16 }
//! ```
//!
//! Take larger steps, or let the engine work on prompts in pieces:
//!
//! ```kdl
//! ctx tp=4 {
//!     config { max_num_tokens 4096; max_batch_size 4; enable_chunked_prefill #true }
//! }
//! benchmark { isl 8192; osl 1024; concurrency 16 }
//! ```

use super::{doing, varied};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("workload/step", include_str!("step.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    let Some(isl) = &benchmark.isl else { return };
    let longest = benchmark.longest(isl.value);
    for worker in doing(subject, WorkerKind::Ctx) {
        // Where the engine has no such setting nothing follows.
        let Some(chunked) = subject.setting(worker, Meaning::ChunkedPrefill) else { continue };
        let Some((tokens, setting)) = subject.number(worker, Meaning::MaxNumTokens) else { continue };
        if chunked.is_true() || tokens >= longest {
            continue;
        }
        let finding = RULE
            .finding(format!("prompts of {longest} tokens, but steps of at most {tokens}"))
            .label(
                setting.place(worker),
                match setting.written {
                    Some(_) => "too small for a prompt".to_owned(),
                    None => format!("{} is {}", setting.called(), setting.with_origin()),
                },
            )
            .label(isl.span, "the prompts")
            .help(format!(
                "write at least {}, or {}: long prompts are then worked on in pieces",
                setting.line(longest),
                chunked.line("#true")
            ));
        diagnostics.push(varied(finding, benchmark));
    }
}
