//! # A variable of another mode
//!
//! Set by hand, it changes what is measured in parts: the result looks like one of this mode and is none. Early
//! scripts of TensorRT-LLM's Jenkins set the one below in `gen_only`, too, which left their context servers idle
//! (until NVIDIA/TensorRT-LLM 11361).
//!
//! ```kdl
//! env "gen" { TRTLLM_DISAGG_BENCHMARK_GEN_ONLY 1 }
//! //          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! Name the mode instead:
//!
//! ```kdl
//! benchmark mode="gen_only_no_context" { isl 1024; osl 1024; concurrency 64 }
//! ```

use super::{disagreeing, measured, set_for};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("mode/foreign-variable", include_str!("foreign_variable.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(measured)) = (subject.engine, measured(subject)) else { return };
    let ours = &measured.mode.name;
    for (variable, _) in disagreeing(subject, measured.mode) {
        let name = variable.name();
        if !set_for(measured.mode, name).is_empty() {
            continue; // `mode/variable` has its say.
        }
        if let Some(other) = engine.modes.iter().find(|other| !set_for(other, name).is_empty()) {
            diagnostics.push(
                RULE.finding(format!("`{name}` belongs to another mode"))
                    .label(variable.entry.span, format!("the mode \"{}\" sets it", other.name))
                    .help(format!(
                        "with it \"{ours}\" measures something else; leave it out, or write `mode=\"{}\"` in `benchmark`",
                        other.name
                    )),
            );
        }
    }
}
