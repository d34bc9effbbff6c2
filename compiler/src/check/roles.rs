//! Which roles a topology must have.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::stdlib::engine::Engine;
use crate::topology::ast::{Worker, WorkerKind};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    if !subject.complete {
        return; // What is missing may stand in the part that could not be read.
    }
    let mut missing = |what: &str, why: &str, help: &str| {
        diagnostics.push(
            Diagnostic::error("roles/missing", format!("the topology has no `{what}`"))
                .label(topology.head, why.to_owned())
                .help(help.to_owned()),
        );
    };
    let first = |kind: WorkerKind| topology.workers.iter().find(|w| w.kind == kind);
    let (ctx, generation, agg) = (first(WorkerKind::Ctx), first(WorkerKind::Gen), first(WorkerKind::Agg));
    if topology.model.is_none() {
        missing("model", "nothing to serve", "add `model \"NAME\" path=\"/models/NAME\"`");
    }
    match (ctx, generation, agg) {
        (None, None, None) => missing(
            "ctx",
            "no worker at all",
            "add `ctx replicas=1 tp=4` and `gen replicas=1 tp=4`, or `agg tp=1` for a server that does both phases",
        ),
        (Some(_), None, None) if subject.needs("gen") => missing(
            "gen",
            "has context servers only",
            "nobody would generate tokens: add `gen replicas=1 tp=4`",
        ),
        (None, Some(_), None) if subject.needs("ctx") => missing(
            "ctx",
            "has generation servers only",
            "nobody would process prompts: add `ctx replicas=1 tp=4`",
        ),
        _ => {}
    }
    // Tests bring their own client.
    if topology.benchmark.is_none() && topology.harness.is_none() {
        missing(
            "benchmark",
            "no client, so the job would never end",
            "add `benchmark { isl 1024; osl 1024; concurrency 64 }`",
        );
    }
    let phases = ctx.is_some() || generation.is_some();
    let behind = agg.is_some() && subject.engine.is_some_and(behind_server);
    if (phases || behind) && topology.server.is_none() && subject.needs("server") {
        let help = if phases {
            "context and generation servers need one that sends each request to both: add `server`"
        } else {
            "this engine's servers have no API of their own: add `server`"
        };
        missing("server", "has no coordinator", help);
    }
    if let Some(agg) = agg {
        aggregated(subject, agg, ctx.or(generation), diagnostics);
    }
    benchmark(subject, diagnostics);
}

/// Whether requests reach aggregated servers through a coordinator only.
fn behind_server(engine: &Engine) -> bool {
    engine.role("agg").is_some_and(|role| role.behind_server)
}

/// `agg` does both phases, so nothing coordinates it.
fn aggregated(subject: &Subject, agg: &Worker, other: Option<&Worker>, diagnostics: &mut Diagnostics) {
    if let Some(other) = other {
        diagnostics.push(
            Diagnostic::error("roles/mixed", "aggregated and disaggregated servers in one topology")
                .label(agg.head, "does both phases")
                .label(other.head, "does one phase")
                .help("write two topologies; no coordinator serves both kinds"),
        );
        return;
    }
    if subject.engine.is_some_and(behind_server) {
        return; // The coordinator spreads requests over however many there are.
    }
    if let Some(server) = &subject.topology.server {
        diagnostics.push(
            Diagnostic::error("roles/mixed", "`agg` needs no `server`")
                .label(server.head, "has nothing to coordinate")
                .label(agg.head, "answers requests by itself")
                .help("take `server` out"),
        );
    }
    let count: u64 = subject
        .topology
        .workers
        .iter()
        .filter(|w| w.kind == WorkerKind::Agg)
        .map(|w| w.replicas.as_ref().map_or(1, |r| u64::from(r.value)))
        .sum();
    if count > 1 {
        diagnostics.push(
            Diagnostic::error("roles/agg-replicas", format!("{count} aggregated servers, but one client"))
                .label(agg.replicas.as_ref().map_or(agg.head, |r| r.span), "more than one")
                .help("nothing would spread requests over them: write `replicas=1`, or use `ctx` and `gen`"),
        );
    }
}

fn benchmark(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = subject.topology.benchmark.as_ref().filter(|_| subject.topology.harness.is_none())
    else {
        return;
    };
    let mut missing = |what: &str, help: &str| {
        diagnostics.push(
            Diagnostic::error("roles/benchmark-incomplete", format!("the benchmark has no `{what}`"))
                .label(benchmark.head, format!("`{what}` is missing"))
                .help(help.to_owned()),
        );
    };
    if benchmark.concurrency.is_empty() {
        missing(
            "concurrency",
            "say how many requests run at once: `concurrency 64`, or several to try in turn",
        );
    }
    if benchmark.dataset.is_none() {
        if benchmark.isl.is_none() {
            missing("isl", "say how many tokens a prompt has: `isl 1024`; or name a `dataset`");
        }
        if benchmark.osl.is_none() && subject.mode().is_none_or(|mode| mode.osl.is_none()) {
            missing("osl", "say how many tokens an answer has: `osl 1024`; or name a `dataset`");
        }
    }
}
