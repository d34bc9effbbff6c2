//! # A variable that the mode sets, set by hand
//!
//! With another value it measures something else than the result is named after; on another role it can hang the
//! servers: a generation server's flag did so on context servers (NVIDIA/TensorRT-LLM 17535).
//!
//! ```kdl
//! env { TLLM_BENCHMARK_REQ_QUEUES_SIZE 64 }
//! //    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 64 }
//! ```
//!
//! The mode sets it by itself, where it belongs:
//!
//! ```kdl
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 64 }
//! ```

use super::{disagreeing, list, measured, set_for};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("mode/variable", include_str!("variable.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(measured) = measured(subject) else { return };
    for (variable, roles) in disagreeing(subject, measured.mode) {
        let belongs = set_for(measured.mode, variable.name());
        if !belongs.is_empty() {
            diagnostics.push(
                RULE.finding(format!("`{}` is set by the mode \"{}\"", variable.name(), measured.mode.name))
                    .label(variable.entry.span, format!("says otherwise for {}", list(&roles)))
                    .label(measured.place, "the mode")
                    .help(format!(
                        "the mode sets it by itself, where it belongs: {}; leave it out",
                        list(&belongs)
                    )),
            );
        }
    }
}
