//! Something about the requests that the client can't be told: its page speaks of engines by name, so it stands beside it.

use super::client;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Span;

pub const RULE: Rule = Rule::error("benchmark/unused", include_str!("unused.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some((benchmark, client))) = (subject.engine, client(subject)) else { return };
    let said: [(&str, Option<Span>); 4] = [
        ("dataset", benchmark.dataset.as_ref().map(|d| d.span)),
        ("range-ratio", benchmark.range_ratio.as_ref().map(|r| r.span)),
        ("streaming", benchmark.streaming.as_ref().map(|s| s.span)),
        ("tokenizer", benchmark.tokenizer.as_ref().map(|t| t.span)),
    ];
    for (name, span) in said {
        let Some(span) = span.filter(|_| !client.program.uses(name)) else { continue };
        let others = engine.clients.iter().filter(|other| other.program.uses(name));
        let others: Vec<&str> = others.map(|other| other.name.value.as_str()).collect();
        let help = match others.as_slice() {
            [] => format!("leave `{name}` out"),
            others => format!("leave `{name}` out, or write `client=\"{}\"`", others.join("\" or \"")),
        };
        diagnostics.push(
            RULE.finding(format!("the client {} has no use for `{name}`", client.name.value))
                .label(span, "would change nothing")
                .help(help),
        );
    }
}
