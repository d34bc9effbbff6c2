//! The program that makes the benchmark's requests: whether it exists, and whether it has a use for all that is
//! said about them.

use super::Subject;
use super::names::unknown;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::stdlib::client::Client;
use crate::topology::ast::{Benchmark, EnvBlock};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(benchmark)) = (subject.engine, &subject.topology.benchmark) else { return };
    if let Some(client) = &benchmark.client {
        let known: Vec<&str> = engine.clients.iter().map(|client| client.name.value.as_str()).collect();
        unknown("client", client, &known, diagnostics);
    }
    if let (Some(rounds), Some(requests)) = (&benchmark.rounds, &benchmark.requests) {
        diagnostics.push(
            Diagnostic::warning("benchmark/rounds", "`rounds` has no say beside `requests`")
                .label(rounds.span, "so many for each concurrent one")
                .label(requests.span, "so many at each concurrency: this holds")
                .help("leave one of them out"),
        );
    }
    for (requests, concurrency) in
        benchmark.requests.iter().flat_map(|r| benchmark.concurrency.iter().map(move |c| (r, c)))
    {
        if requests.value < concurrency.value {
            diagnostics.push(
                Diagnostic::error(
                    "benchmark/requests",
                    format!("{} requests never make {} at once", requests.value, concurrency.value),
                )
                .label(requests.span, "too few")
                .label(concurrency.span, "this concurrency")
                .help(format!("write at least `requests {}`, or leave it out", concurrency.value)),
            );
        }
    }
    let asked = benchmark.client.as_ref().map(|client| client.value.as_str());
    let Some(client) = engine.client(asked).filter(|_| subject.topology.harness.is_none()) else { return };
    taken_out(subject, benchmark, client, diagnostics);
    let said: [(&str, Option<Span>); 4] = [
        ("dataset", benchmark.dataset.as_ref().map(|d| d.span)),
        ("range-ratio", benchmark.range_ratio.as_ref().map(|r| r.span)),
        ("streaming", benchmark.streaming.as_ref().map(|s| s.span)),
        ("tokenizer", benchmark.tokenizer.as_ref().map(|t| t.span)),
    ];
    for (name, span) in said {
        if let Some(span) = span.filter(|_| !client.program.uses(name)) {
            let others: Vec<&str> = engine
                .clients
                .iter()
                .filter(|other| other.program.uses(name))
                .map(|other| other.name.value.as_str())
                .collect();
            let help = match others.as_slice() {
                [] => format!("leave `{name}` out"),
                others => format!("leave `{name}` out, or write `client=\"{}\"`", others.join("\" or \"")),
            };
            diagnostics.push(
                Diagnostic::error(
                    "benchmark/unused",
                    format!("the client {} has no use for `{name}`", client.name.value),
                )
                .label(span, "would change nothing")
                .help(help),
            );
        }
    }
}

/// A variable that the client's description takes out, because the client can't work with it.
fn taken_out(subject: &Subject, benchmark: &Benchmark, client: &Client, diagnostics: &mut Diagnostics) {
    let taken =
        client.program.env.iter().flat_map(|block| &block.entries).filter(|entry| entry.value.is_none());
    let taken: Vec<&str> = taken.map(|entry| entry.name.value.as_str()).collect();
    let site = subject.cluster.map(|cluster| cluster.env.as_slice()).unwrap_or_default();
    let ours =
        |block: &&EnvBlock| block.roles.is_empty() || block.roles.iter().any(|r| r.value == "benchmark");
    let shared = site.iter().chain(&subject.topology.env).filter(ours);
    for entry in shared.chain(&benchmark.env).flat_map(|block| &block.entries) {
        if entry.value.is_some() && taken.contains(&entry.name.value.as_str()) {
            diagnostics.push(
                Diagnostic::error(
                    "benchmark/variable",
                    format!("the client {} can't work with `{}`", client.name.value, entry.name.value),
                )
                .label(entry.span, "reaches it")
                .help("limit it to the roles that need it: `env \"ctx\" \"gen\" { … }`; or leave it out"),
            );
        }
    }
}
