//! # A name that nothing has
//!
//! A pool, profiler, backend, service, client or model type is named that neither the topology nor the engine's
//! description knows.
//!
//! ```kdl
//! server on="gem"
//! //        ^^^^^
//! ```
//!
//! ```kdl
//! server on="gen"
//! ```

use crate::check::rule::Rule;
use crate::check::{Subject, accuracy};
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::topology::ast::Worker;
use crate::topology::fields::suggestion;

pub const RULE: Rule = Rule::error("names/unknown", include_str!("unknown.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    pools(subject, diagnostics);
    engine(subject, diagnostics);
}

/// `on=` and wishes about the placement name a pool or a kind of worker.
fn pools(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let roles: Vec<String> = topology.workers.iter().map(Worker::role).collect();
    let kinds = topology.workers.iter().map(|w| w.kind.name());
    let known: Vec<&str> = roles.iter().map(String::as_str).chain(kinds).collect();
    let server = topology.server.as_ref().and_then(|s| s.on.as_ref());
    let client = topology.benchmark.as_ref().and_then(|b| b.on.as_ref());
    let tasks = topology.accuracy.as_ref().and_then(|a| a.on.as_ref());
    let services = topology.infra.as_ref().and_then(|infra| infra.on.as_ref());
    let wishes = topology.placement.apart.iter().chain(&topology.placement.together);
    let named = [server, client, tasks, services].into_iter().flatten();
    for name in named.chain(wishes.flat_map(|wish| &wish.names)) {
        if !topology.workers.iter().any(|worker| worker.is_called(&name.value)) {
            unknown("pool", name, &known, diagnostics);
        }
    }
}

/// What the engine's description lists.
fn engine(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (topology, Some(engine)) = (subject.topology, subject.engine) else { return };
    for profile in topology.workers.iter().filter_map(|worker| worker.profile.as_ref()) {
        let known: Vec<&str> = engine.profilers.keys().map(String::as_str).collect();
        unknown("profiler", &profile.tool, &known, diagnostics);
    }
    // An engine without any has a rule of its own for the next two.
    let backends: Vec<&str> = engine.backends.iter().map(|backend| backend.value.as_str()).collect();
    if let Some(backend) = topology.backend.as_ref().filter(|_| !backends.is_empty()) {
        unknown("backend", backend, &backends, diagnostics);
    }
    let services: Vec<&str> = engine.services.keys().map(String::as_str).collect();
    let asked = topology.infra.iter().flat_map(|infra| &infra.services);
    for service in asked.filter(|_| !services.is_empty()) {
        unknown("service", &service.name, &services, diagnostics);
    }
    if let Some(client) = topology.benchmark.as_ref().and_then(|benchmark| benchmark.client.as_ref()) {
        let known: Vec<&str> = engine.clients.iter().map(|client| client.name.value.as_str()).collect();
        unknown("client", client, &known, diagnostics);
    }
    let evaluated = engine.role("accuracy").filter(|role| !role.command.is_empty());
    if let (Some(accuracy), Some(role)) = (&topology.accuracy, evaluated) {
        let known: Vec<&str> = role.model_types.keys().map(String::as_str).collect();
        for model in accuracy::settings(accuracy).filter_map(|settings| settings.model.as_ref()) {
            unknown("model type", model, &known, diagnostics);
        }
    }
}

fn unknown(what: &str, name: &Spanned<String>, known: &[&str], diagnostics: &mut Diagnostics) {
    if !known.contains(&name.value.as_str()) {
        diagnostics.push(
            RULE.finding(format!("there is no {what} \"{}\"", name.value))
                .label(name.span, "unknown")
                .help(suggestion(&name.value, known, what, &format!("{what}s"))),
        );
    }
}
