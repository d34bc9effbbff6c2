//! A variable that asks for a service which nothing runs: its page speaks of engines by name, so it stands beside it.

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::service::Service;
use crate::topology::ast::{EnvBlock, EnvEntry};

pub const RULE: Rule = Rule::error("infra/missing", include_str!("missing.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine else { return };
    let written = written(subject);
    let asked = |name: &str| {
        subject.topology.infra.iter().flat_map(|infra| &infra.services).any(|s| s.name.value == name)
    };
    for (name, service) in engine.services.iter().filter(|(name, _)| !asked(name)) {
        let addresses = addresses(service);
        // An address of its own says that the service runs elsewhere.
        if written.iter().any(|entry| addresses.contains(&entry.name.value.as_str())) {
            continue;
        }
        for entry in written.iter().filter(|entry| service.needed_by.iter().any(|need| means(need, entry))) {
            diagnostics.push(
                RULE.finding(format!("nothing runs the {name} that `{}` asks for", entry.name.value))
                    .label(entry.span, format!("needs {name}"))
                    .help(format!(
                        "add `infra {{ {name} }}`; or, where one runs already, set its address in `env`: {}",
                        addresses.join(", ")
                    )),
            );
        }
    }
}

fn means(need: &EnvEntry, entry: &EnvEntry) -> bool {
    need.name.value == entry.name.value && need.value == entry.value
}

/// The variables by which the service is found.
fn addresses(service: &Service) -> Vec<&str> {
    let given = service.gives.iter().flat_map(|block| &block.entries).map(|entry| entry.name.value.as_str());
    given.filter(|name| !service.needed_by.iter().any(|need| need.name.value == *name)).collect()
}

/// What the site and the topology set for the processes that serve.
fn written<'a>(subject: &Subject<'a>) -> Vec<&'a EnvEntry> {
    let topology = subject.topology;
    let site: &[EnvBlock] = subject.cluster.map(|cluster| cluster.env.as_slice()).unwrap_or_default();
    let roles = topology.workers.iter().flat_map(|worker| &worker.env);
    let server = topology.server.iter().flat_map(|server| &server.env);
    site.iter().chain(&topology.env).chain(roles).chain(server).flat_map(|block| &block.entries).collect()
}
