//! # A data set in a mode that says how long answers are
//!
//! `ctx_only` measures the context phase: an answer has one token. A data set brings lengths of its own, and the
//! client asks for those.
//!
//! ```kdl
//! benchmark mode="ctx_only" { dataset "/data/chat.json"; concurrency 16 }
//! //                                  ^^^^^^^^^^^^^^^^^
//! ```
//!
//! Say how long prompts are, or use a data set whose answers have one token.
//!
//! ```kdl
//! benchmark mode="ctx_only" { isl 1024; concurrency 16 }
//! ```

use super::measured;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("mode/dataset", include_str!("dataset.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(measured) = measured(subject) else { return };
    if let (Some(osl), Some(dataset)) = (&measured.mode.osl, &measured.benchmark.dataset) {
        let tokens = if osl.value == 1 { "1 token".to_owned() } else { format!("{} tokens", osl.value) };
        diagnostics.push(
            RULE.finding(format!(
                "the data set, not the mode \"{}\", says how long answers are",
                measured.mode.name
            ))
            .label(dataset.span, "has lengths of its own")
            .label(measured.place, format!("wants {tokens} an answer"))
            .help(format!("use one whose answers have {tokens}, or `isl` without a `dataset`")),
        );
    }
}
