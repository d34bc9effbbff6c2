//! The benchmark's mode: whether there is one of that name, and what doesn't go with it.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{mode, role_name};
use crate::source::Span;
use crate::stdlib::engine::Engine;
use crate::stdlib::mode::Mode;
use crate::topology::ast::{Benchmark, EnvBlock, EnvEntry, Worker, WorkerKind};
use crate::topology::fields::suggestion;

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(benchmark)) = (subject.engine, &subject.topology.benchmark) else { return };
    if let Some(asked) = &benchmark.mode
        && engine.mode(Some(&asked.value)).is_none()
    {
        let known: Vec<&str> = engine.modes.iter().map(|mode| mode.name.as_str()).collect();
        diagnostics.push(
            Diagnostic::error("mode/unknown", format!("there is no mode \"{}\"", asked.value))
                .label(asked.span, "unknown")
                .help(suggestion(&asked.value, &known, "mode", "modes")),
        );
    }
    let Some(mode) = subject.mode() else { return };
    let place = benchmark.mode.as_ref().map_or(benchmark.head, |mode| mode.span);
    variables(subject, engine, mode, place, diagnostics);
    aggregated(subject, benchmark, mode, place, diagnostics);
    if let Some(accuracy) = subject.topology.accuracy.as_ref().filter(|_| !mode.is_plain()) {
        diagnostics.push(
            Diagnostic::error(
                "mode/accuracy",
                format!("in the mode \"{}\" no answer is a real one", mode.name),
            )
            .label(accuracy.head, "would measure nothing")
            .label(place, "one phase alone")
            .help("measure the accuracy in a run without `mode`, or take `accuracy` out"),
        );
    }
    if mode.fills() {
        one_concurrency(benchmark, mode, place, diagnostics);
        fill_target(subject, engine, mode, diagnostics);
    }
    if let (Some(osl), Some(dataset)) = (&mode.osl, &benchmark.dataset) {
        diagnostics.push(
            Diagnostic::warning(
                "mode/dataset",
                format!("the data set, not the mode \"{}\", says how long answers are", mode.name),
            )
            .label(dataset.span, "has lengths of its own")
            .label(place, format!("wants {} token an answer", osl.value))
            .help(format!("use one whose answers have {} token, or `isl` without a `dataset`", osl.value)),
        );
    }
}

/// The mode's variables are the mode's: one that is other, or on the wrong role, measures something else or
/// hangs the servers (a generation server's flag did so on context servers).
fn variables(subject: &Subject, engine: &Engine, mode: &Mode, place: Span, diagnostics: &mut Diagnostics) {
    for (entry, roles) in written(subject, mode) {
        let name = entry.name.value.as_str();
        let planned = |role: &str| mode.variables().find(|(of, e)| *of == role && e.name.value == name);
        // Taking out what the mode does not set changes nothing.
        let fits = |role: &&str| planned(role).map_or(entry.value.is_none(), |(_, e)| e.value == entry.value);
        let wrong: Vec<&str> = roles.into_iter().filter(|role| !fits(role)).collect();
        let ours: Vec<&str> =
            mode.variables().filter(|(_, e)| e.name.value == name).map(|(of, _)| of).collect();
        let sets = |other: &&Mode| other.variables().any(|(_, e)| e.name.value == name);
        if wrong.is_empty() {
            continue;
        }
        if !ours.is_empty() {
            diagnostics.push(
                Diagnostic::error("mode/variable", format!("`{name}` is set by the mode \"{}\"", mode.name))
                    .label(entry.span, format!("says otherwise for {}", list(&wrong)))
                    .label(place, "the mode")
                    .help(format!(
                        "the mode sets it by itself, where it belongs: {}; leave it out",
                        list(&ours)
                    )),
            );
        } else if let Some(other) = engine.modes.iter().find(sets) {
            diagnostics.push(
                Diagnostic::warning("mode/foreign-variable", format!("`{name}` belongs to another mode"))
                    .label(entry.span, format!("the mode \"{}\" sets it", other.name))
                    .help(format!(
                        "with it \"{}\" measures something else; leave it out, or write `mode=\"{}\"` in `benchmark`",
                        mode.name, other.name
                    )),
            );
        }
    }
}

fn list(roles: &[&str]) -> String {
    roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(", ")
}

/// Everything that is set by hand, with the roles that run and get it.
fn written<'a>(subject: &'a Subject, mode: &Mode) -> Vec<(&'a EnvEntry, Vec<&'static str>)> {
    let topology = subject.topology;
    let mut roles: Vec<(&'static str, &'a [EnvBlock])> = Vec::new();
    roles.extend(mode::running(topology, mode).into_iter().map(|(w, _)| (w.kind.name(), w.env.as_slice())));
    let server = topology.server.as_ref().filter(|_| !mode.lacks("server"));
    roles.extend(server.map(|server| ("server", server.env.as_slice())));
    roles.extend(topology.benchmark.as_ref().map(|benchmark| ("benchmark", benchmark.env.as_slice())));
    let mut kinds: Vec<&'static str> = roles.iter().map(|(role, _)| *role).collect();
    kinds.dedup(); // Pools of one kind follow each other.
    let site = subject.cluster.map(|c| c.env.as_slice()).unwrap_or_default();
    let mut written = Vec::new();
    for block in site.iter().chain(&topology.env) {
        let gets = |role: &&&str| block.roles.is_empty() || block.roles.iter().any(|r| r.value == **role);
        let roles: Vec<&'static str> = kinds.iter().filter(gets).copied().collect();
        written.extend(block.entries.iter().map(|entry| (entry, roles.clone())));
    }
    for (role, own) in roles {
        written.extend(own.iter().flat_map(|block| &block.entries).map(|entry| (entry, vec![role])));
    }
    written
}

/// A mode of one phase needs roles of one phase, and one of several pools where it runs one server.
fn aggregated(
    subject: &Subject,
    benchmark: &Benchmark,
    mode: &Mode,
    place: Span,
    diagnostics: &mut Diagnostics,
) {
    let workers = &subject.topology.workers;
    if let Some(agg) = workers.iter().find(|w| w.kind == WorkerKind::Agg)
        && !mode.is_plain()
    {
        diagnostics.push(
            Diagnostic::error(
                "mode/aggregated",
                format!("\"{}\" measures one phase, but `agg` does both", mode.name),
            )
            .label(place, "one phase")
            .label(agg.head, "both phases")
            .help("write `ctx` and `gen`, or leave `mode` out"),
        );
        return;
    }
    let Some(kind) = WorkerKind::ALL.into_iter().find(|kind| mode.aggregates(*kind)) else { return };
    let pools: Vec<&Worker> = workers.iter().filter(|w| w.kind == kind).collect();
    if pools.is_empty() || mode::measured(subject.topology, kind).is_some() {
        return;
    }
    let mut error = Diagnostic::error(
        "mode/which-pool",
        format!(
            "\"{}\" measures one `{}` server, but there are {} pools",
            mode.name,
            kind.name(),
            pools.len()
        ),
    )
    .label(benchmark.on.as_ref().map_or(place, |on| on.span), "names none of them");
    for pool in pools.iter().take(4) {
        error = error.label(pool.head, "one of them");
    }
    let first = role_name(pools[0]).replace('_', "-");
    diagnostics.push(error.help(format!("choose it in `benchmark`: `on=\"{first}\"`")));
}

fn one_concurrency(benchmark: &Benchmark, mode: &Mode, place: Span, diagnostics: &mut Diagnostics) {
    if let [first, second, ..] = benchmark.concurrency.as_slice() {
        diagnostics.push(
            Diagnostic::error("mode/concurrency", format!("\"{}\" takes one concurrency", mode.name))
                .label(second.span, "second one")
                .label(first.span, "first one")
                .label(place, "the mode")
                .help(
                    "servers are started for it: their environment says how many requests they wait for; \
                     build a bundle for each: `--set benchmark.concurrency=64`",
                ),
        );
    }
}

/// Says where servers begin before all requests are there.
fn fill_target(subject: &Subject, engine: &Engine, mode: &Mode, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    for (worker, _) in mode::running(topology, mode) {
        let target = mode.roles.get(worker.kind.name()).and_then(|change| change.fill_target.as_ref());
        let Some(target) = target else { continue };
        let concurrency = topology.benchmark.as_ref().and_then(|b| b.concurrency.first());
        let fill = mode::fill(topology, engine, worker, target);
        let (Some(fill), Some(concurrency)) = (fill, concurrency) else { continue };
        if fill.capacity >= fill.share {
            continue;
        }
        diagnostics.push(
            Diagnostic::warning(
                "mode/capacity",
                format!("a server holds {} of the {} requests that come to it", fill.capacity, fill.share),
            )
            .label(concurrency.span, "more than it can take at once")
            .label(worker.head, format!("holds {}", fill.capacity))
            .help(format!(
                "it begins with {}, and the others wait: that is no pure \"{}\"; lower the concurrency or raise `{}`",
                fill.target(),
                mode.name,
                target.batch_size.value
            )),
        );
    }
}
