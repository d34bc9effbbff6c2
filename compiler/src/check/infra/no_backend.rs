//! A backend for an engine that has no choice: its page speaks of engines by name, so it stands beside it.

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("infra/no-backend", include_str!("no_backend.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(backend)) = (subject.engine, &subject.topology.backend) else { return };
    if engine.backends.is_empty() {
        let name = &engine.name.value;
        diagnostics.push(
            RULE.finding(format!("engine \"{name}\" has nothing to choose a backend from"))
                .label(backend.span, "means nothing here")
                .help("take `backend` out"),
        );
    }
}
