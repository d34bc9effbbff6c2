//! Names that become parts of paths, scripts and job names, and names that must exist.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::role_name;
use crate::source::Spanned;
use crate::topology::fields::{duplicate, suggestion};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let name = &topology.name;
    if !is_file_name(&name.value) {
        diagnostics.push(
            Diagnostic::error("names/topology", "this name can't be a folder and a job name")
                .label(name.span, "not usable")
                .help("use up to 100 letters, digits, `.`, `_` and `-`, beginning with a letter or digit"),
        );
    }
    let mut seen: Vec<(String, crate::source::Span)> = Vec::new();
    for worker in &topology.workers {
        if let Some(pool) = &worker.name
            && !is_pool_name(&pool.value)
        {
            diagnostics.push(
                Diagnostic::error("names/pool", "this name can't be part of a script's name")
                    .label(pool.span, "not usable")
                    .help("use up to 40 lower-case letters, digits and `-`, beginning with a letter"),
            );
        }
        let role = role_name(worker);
        match seen.iter().find(|(other, _)| *other == role) {
            Some((_, first)) if worker.name.is_none() => diagnostics.push(
                Diagnostic::error(
                    "names/pool",
                    format!("there are two `{}` without a name", worker.kind.name()),
                )
                .label(worker.head, "second one")
                .label(*first, "first one")
                .help(format!("name them: `{} \"long\" …`", worker.kind.name())),
            ),
            Some((_, first)) => duplicate(&role.replace('_', " "), *first, worker.head, diagnostics),
            None => seen.push((role, worker.head)),
        }
        if let (Some(profile), Some(engine)) = (&worker.profile, subject.engine) {
            let known: Vec<&str> = engine.profilers.keys().map(String::as_str).collect();
            unknown("profiler", &profile.tool, &known, diagnostics);
        }
    }
    let roles: Vec<String> = topology.workers.iter().map(role_name).collect();
    let kinds = topology.workers.iter().map(|w| w.kind.name());
    let known: Vec<&str> = roles.iter().map(String::as_str).chain(kinds).collect();
    let server = topology.server.as_ref().and_then(|s| s.on.as_ref());
    let client = topology.benchmark.as_ref().and_then(|b| b.on.as_ref());
    let tasks = topology.accuracy.as_ref().and_then(|a| a.on.as_ref());
    let services = topology.infra.as_ref().and_then(|infra| infra.on.as_ref());
    for on in [server, client, tasks, services].into_iter().flatten() {
        let role = Spanned::new(on.value.replace('-', "_"), on.span);
        unknown("pool", &role, &known, diagnostics);
    }
}

pub(super) fn unknown(what: &str, name: &Spanned<String>, known: &[&str], diagnostics: &mut Diagnostics) {
    if !known.contains(&name.value.as_str()) {
        diagnostics.push(
            Diagnostic::error("names/unknown", format!("there is no {what} \"{}\"", name.value))
                .label(name.span, "unknown")
                .help(suggestion(&name.value, known, what, &format!("{what}s"))),
        );
    }
}

fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=100).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_pool_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
}
