//! # Prompt and answer are longer than a sequence may be
//!
//! A generation server holds prompt and answer as one sequence. With a `max_seq_len` below both together answers are
//! cut short, or the requests refused: the measured throughput is that of another workload.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_seq_len 1536 }
//! //                       ^^^^
//! }
//! benchmark { isl 1024; osl 1024; concurrency 16 }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_seq_len 2080 }
//! }
//! benchmark { isl 1024; osl 1024; concurrency 16 }
//! ```

use super::{doing, varied};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("workload/answer", include_str!("answer.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    let (Some(isl), Some(osl)) = (&benchmark.isl, &benchmark.osl) else { return };
    // A mode may ask for answers of another length.
    let answer = subject.mode().and_then(|mode| mode.osl.as_ref()).unwrap_or(osl).value;
    let (prompt, answer) = (benchmark.longest(isl.value), benchmark.longest(answer));
    let needed = prompt + answer;
    for worker in doing(subject, WorkerKind::Gen) {
        let Some((length, setting)) = subject.number(worker, Meaning::MaxSeqLen) else { continue };
        if length < needed {
            let finding = RULE
                .finding(format!("requests of {needed} tokens, but sequences of at most {length}"))
                .label(setting.place(worker), "too short for prompt and answer")
                .label(isl.span, format!("{prompt} tokens of prompt"))
                .label(osl.span, format!("{answer} tokens of answer"))
                .help(format!("{prompt} + {answer} = {needed}: write at least {}", setting.line(needed)));
            diagnostics.push(varied(finding, benchmark));
        }
    }
}
