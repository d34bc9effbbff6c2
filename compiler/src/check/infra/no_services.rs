//! A service for an engine that needs none: its page speaks of engines by name, so it stands beside it.

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("infra/no-services", include_str!("no_services.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine.filter(|engine| engine.services.is_empty()) else { return };
    for service in subject.topology.infra.iter().flat_map(|infra| &infra.services) {
        diagnostics.push(
            RULE.finding(format!("engine \"{}\" needs no `{}`", engine.name.value, service.name.value))
                .label(service.head, "nobody would use it")
                .help("its processes find each other by themselves; take `infra` out"),
        );
    }
}
