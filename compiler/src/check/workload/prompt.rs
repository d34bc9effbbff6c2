//! # Prompts are longer than a sequence may be
//!
//! A context server refuses a request whose prompt is longer than its `max_seq_len`: every request fails, after the
//! model was loaded on all GPUs. With `range-ratio 0.5` the longest prompt has half as many tokens again as `isl` says.
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

use super::{doing, varied};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("workload/prompt", include_str!("prompt.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    let Some(isl) = &benchmark.isl else { return };
    let longest = benchmark.longest(isl.value);
    for worker in doing(subject, WorkerKind::Ctx) {
        let Some((length, setting)) = subject.number(worker, Meaning::MaxSeqLen) else { continue };
        if length < longest {
            let finding = RULE
                .finding(format!("prompts of {longest} tokens, but sequences of at most {length}"))
                .label(setting.place(worker), "too short for a prompt")
                .label(isl.span, "the prompts")
                .help(format!("write at least {}", setting.line(longest)));
            diagnostics.push(varied(finding, benchmark));
        }
    }
}
