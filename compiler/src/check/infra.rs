//! The backend and the services: whether the engine has them, and whether one is missed.

use super::Subject;
use super::names::unknown;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::stdlib::engine::Engine;
use crate::stdlib::service::Service;
use crate::topology::ast::{EnvBlock, EnvEntry};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine else { return };
    if let Some(backend) = &subject.topology.backend {
        let known: Vec<&str> = engine.backends.iter().map(|backend| backend.value.as_str()).collect();
        if known.is_empty() {
            diagnostics.push(
                Diagnostic::error(
                    "infra/no-backend",
                    format!("engine \"{}\" has nothing to choose a backend from", engine.name.value),
                )
                .label(backend.span, "means nothing here")
                .help("take `backend` out"),
            );
        } else {
            unknown("backend", backend, &known, diagnostics);
        }
    }
    services(subject, engine, diagnostics);
    missed(subject, engine, diagnostics);
}

fn services(subject: &Subject, engine: &Engine, diagnostics: &mut Diagnostics) {
    let known: Vec<&str> = engine.services.keys().map(String::as_str).collect();
    for service in subject.topology.infra.iter().flat_map(|infra| &infra.services) {
        if known.is_empty() {
            diagnostics.push(
                Diagnostic::error(
                    "infra/no-services",
                    format!("engine \"{}\" needs no `{}`", engine.name.value, service.name.value),
                )
                .label(service.head, "nobody would use it")
                .help("its processes find each other by themselves; take `infra` out"),
            );
        } else {
            unknown("service", &service.name, &known, diagnostics);
        }
    }
}

/// A variable means a service that is not there: the processes would wait for it, or end.
fn missed(subject: &Subject, engine: &Engine, diagnostics: &mut Diagnostics) {
    let asked = |name: &str| {
        subject.topology.infra.iter().flat_map(|infra| &infra.services).any(|s| s.name.value == name)
    };
    for (name, service) in engine.services.iter().filter(|(name, _)| !asked(name)) {
        for entry in written(subject).filter(|entry| service.needed_by.iter().any(|need| means(need, entry)))
        {
            let address = service.gives.iter().flat_map(|block| &block.entries);
            // An address of its own says that the service runs elsewhere.
            if address
                .into_iter()
                .any(|given| written(subject).any(|e| same(given, e) && !means_any(service, e)))
            {
                continue;
            }
            diagnostics.push(
                Diagnostic::error(
                    "infra/missing",
                    format!("nothing runs the {name} that `{}` asks for", entry.name.value),
                )
                .label(entry.span, format!("needs {name}"))
                .help(format!(
                    "add `infra {{ {name} }}`; or, where one runs already, set its address in `env`: {}",
                    addresses(service)
                )),
            );
        }
    }
}

fn means(need: &EnvEntry, entry: &EnvEntry) -> bool {
    same(need, entry) && need.value == entry.value
}

fn means_any(service: &Service, entry: &EnvEntry) -> bool {
    service.needed_by.iter().any(|need| same(need, entry))
}

fn same(a: &EnvEntry, b: &EnvEntry) -> bool {
    a.name.value == b.name.value
}

/// The variables by which the service is found.
fn addresses(service: &Service) -> String {
    let given = service.gives.iter().flat_map(|block| &block.entries);
    let names: Vec<&str> =
        given.filter(|entry| !means_any(service, entry)).map(|entry| entry.name.value.as_str()).collect();
    names.join(", ")
}

/// Every variable that the site and the topology set.
fn written<'a>(subject: &'a Subject) -> impl Iterator<Item = &'a EnvEntry> {
    let topology = subject.topology;
    let site: &[EnvBlock] = subject.cluster.map(|cluster| cluster.env.as_slice()).unwrap_or_default();
    let roles = topology.workers.iter().flat_map(|worker| &worker.env);
    let server = topology.server.iter().flat_map(|server| &server.env);
    site.iter().chain(&topology.env).chain(roles).chain(server).flat_map(|block| &block.entries)
}
