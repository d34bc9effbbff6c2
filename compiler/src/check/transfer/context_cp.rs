//! # Context parallelism on a context server
//!
//! A KV cache that is split along the sequence can be taken over, but hardly be sent: TensorRT-LLM asserts that context
//! servers have no context parallelism (MLACacheFormatter::pickRecvConnections, for models with latent attention).
//!
//! ```kdl
//! ctx tp=4 cp=2
//! //          ^
//! ```
//!
//! ```kdl
//! ctx tp=8
//! ```

use super::pairs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("transfer/context-cp", include_str!("context_cp.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for (context, _) in pairs(subject) {
        let takes = subject.engine.and_then(|engine| engine.role("ctx")).is_some_and(|role| role.uses("cp"));
        if let Some(cp) = context.cp.as_ref().filter(|cp| takes && cp.value > 1) {
            diagnostics.push(
                RULE.finding("a KV cache that is split along the sequence may not be handed over")
                    .label(cp.span, "on a context server")
                    .help("use `tp` or `pp` for context servers; `cp` is for generation servers"),
            );
        }
    }
}
