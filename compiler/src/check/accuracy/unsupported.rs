//! Accuracy tasks for an engine that does not describe any: its page speaks of engines by name, so it stands beside it.

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::resolve::accuracy::ROLE;

pub const RULE: Rule = Rule::error("accuracy/unsupported", include_str!("unsupported.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(accuracy)) = (subject.engine, &subject.topology.accuracy) else { return };
    if engine.role(ROLE).is_none_or(|role| role.command.is_empty()) {
        diagnostics.push(
            RULE.finding(format!("engine \"{}\" doesn't say how accuracy is evaluated", engine.name.value))
                .label(accuracy.head, "can't be run")
                .help("take the block out, or use an engine with a `role \"accuracy\"`"),
        );
    }
}
