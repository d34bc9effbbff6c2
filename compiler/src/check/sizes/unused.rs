//! A parallelism that the engine's program has no option for: its page speaks of engines by name, so it stands beside it.

use super::sized;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::stdlib::role::Role;
use crate::topology::ast::Worker;

pub const RULE: Rule = Rule::error("sizes/unused", include_str!("unused.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in sized(subject) {
        if let Some(role) = subject.engine.and_then(|engine| engine.role(worker.kind.name())) {
            unused(worker, role, diagnostics);
        }
    }
}

fn unused(worker: &Worker, role: &Role, diagnostics: &mut Diagnostics) {
    let attention_dp = worker.attention_dp.as_ref().filter(|dp| dp.value).map(|dp| dp.span);
    let shape: [(&str, Option<Span>, &[&str]); 4] = [
        ("pp", span(&worker.pp), &["pp"]),
        ("cp", span(&worker.cp), &["cp"]),
        ("ep", span(&worker.ep), &["ep", "expert-parallel"]),
        ("attention-dp", attention_dp, &["attention-dp", "dp"]),
    ];
    for (name, span, placeholders) in shape {
        let Some(span) = span.filter(|_| !role.any_shape && !placeholders.iter().any(|p| role.uses(p)))
        else {
            continue;
        };
        diagnostics.push(
            RULE.finding(format!("this engine's program has no `{name}`"))
                .label(span, "would change nothing")
                .help(format!(
                    "leave `{name}` out; where the program has an option for it, write it in `args`"
                )),
        );
    }
}

/// One that is 1 says nothing.
fn span(size: &Option<Spanned<u32>>) -> Option<Span> {
    size.as_ref().filter(|size| size.value > 1).map(|size| size.span)
}
