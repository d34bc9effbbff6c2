//! A variable with which the client can't work: its page speaks of engines by name, so it stands beside it.

use super::client;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("benchmark/variable", include_str!("variable.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some((_, client)) = client(subject) else { return };
    let described = client.program.env.iter().flat_map(|block| &block.entries);
    let taken: Vec<&str> =
        described.filter(|entry| entry.value.is_none()).map(|entry| entry.name.value.as_str()).collect();
    for variable in subject.variables().iter().filter(|variable| variable.roles.contains(&"benchmark")) {
        if variable.entry.value.is_some() && taken.contains(&variable.name()) {
            diagnostics.push(
                RULE.finding(format!(
                    "the client {} can't work with `{}`",
                    client.name.value,
                    variable.name()
                ))
                .label(variable.entry.span, "reaches it")
                .help("limit it to the roles that need it: `env \"ctx\" \"gen\" { … }`; or leave it out"),
            );
        }
    }
}
