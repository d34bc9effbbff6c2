//! # `ep` does not divide the ranks
//!
//! Experts are spread over the ranks of one stage: TensorRT-LLM's mapping wants moe_tp · moe_ep to be its tensor
//! parallel ranks (tensorrt_llm/mapping.py), and ends every rank of the server otherwise.
//!
//! ```kdl
//! gen tp=8 ep=3
//! //          ^
//! ```
//!
//! Take a divisor, usually all ranks:
//!
//! ```kdl
//! gen tp=8 ep=8
//! ```

use super::{size, sized};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("sizes/ep", include_str!("ep.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in sized(subject) {
        let Some(ep) = &worker.ep else { continue };
        let ranks = size(&worker.tp) * size(&worker.cp);
        if ranks.is_multiple_of(u64::from(ep.value)) {
            continue;
        }
        let message = format!("`ep` {} does not divide the {ranks} ranks that it splits", ep.value);
        let mut error = RULE.finding(message).label(ep.span, format!("expert parallelism {}", ep.value));
        if let Some(tp) = &worker.tp {
            error = error.label(tp.span, format!("tp {}", tp.value));
        }
        diagnostics
            .push(error.help(format!("write an `ep` that divides {ranks}, usually `ep={ranks}` or none")));
    }
}
