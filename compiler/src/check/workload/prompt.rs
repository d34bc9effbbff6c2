//! # Prompts are longer than a sequence may be
//!
//! A context server refuses a request whose prompt is longer than its `max_seq_len`: every request fails, after the
//! model was loaded on all GPUs.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { max_seq_len 8192; max_num_tokens 16384 }
//! //                       ^^^^
//! }
//! benchmark { isl 10000; osl 1024; concurrency 16 }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { max_seq_len 10240; max_num_tokens 16384 }
//! }
//! benchmark { isl 10000; osl 1024; concurrency 16 }
//! ```

use super::doing;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("workload/prompt", include_str!("prompt.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(isl) = subject.topology.benchmark.as_ref().and_then(|b| b.isl.as_ref()) else { return };
    for worker in doing(subject, WorkerKind::Ctx) {
        let Some((length, setting)) = subject.number(worker, Meaning::MaxSeqLen) else { continue };
        if length < u64::from(isl.value) {
            diagnostics.push(
                RULE.finding(format!("prompts of {} tokens, but sequences of at most {length}", isl.value))
                    .label(setting.place(worker), "too short for a prompt")
                    .label(isl.span, "the prompts")
                    .help(format!("write at least {}", setting.line(isl.value))),
            );
        }
    }
}
