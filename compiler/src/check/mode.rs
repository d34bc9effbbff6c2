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

/// The mode's variables are the mode's: one that is missing, other, or on the wrong role measures something
/// else or hangs the servers (TensorRT-LLM 17535: the generation servers' flag on context servers).
fn variables(subject: &Subject, engine: &Engine, mode: &Mode, place: Span, diagnostics: &mut Diagnostics) {
    let foreign = |name: &str| {
        let sets = |other: &&Mode| other.variables().any(|(_, entry)| entry.name.value == name);
        engine.modes.iter().find(sets).map(|other| other.name.as_str())
    };
    for (role, entry) in written(subject, mode) {
        let name = entry.name.value.as_str();
        let ours: Vec<(&str, &EnvEntry)> = mode.variables().filter(|(_, e)| e.name.value == name).collect();
        let planned = ours.iter().find(|(of, _)| *of == role).map(|(_, entry)| entry);
        // Taking out what the mode does not set changes nothing.
        if planned.map_or(entry.value.is_none(), |planned| planned.value == entry.value) {
            continue;
        }
        if !ours.is_empty() {
            let roles: Vec<String> = ours.iter().map(|(role, _)| format!("`{role}`")).collect();
            diagnostics.push(
                Diagnostic::error("mode/variable", format!("`{name}` is set by the mode \"{}\"", mode.name))
                    .label(entry.span, format!("says otherwise for `{role}`"))
                    .label(place, "the mode")
                    .help(format!("the mode sets it, for {} alone; leave it out", roles.join(" and "))),
            );
        } else if let Some(other) = foreign(name) {
            diagnostics.push(
                Diagnostic::warning("mode/foreign-variable", format!("`{name}` belongs to the mode \"{other}\""))
                    .label(entry.span, "set by hand")
                    .help(format!(
                        "with it the mode \"{}\" measures something else; leave it out, or write `mode=\"{other}\"`",
                        mode.name
                    )),
            );
        }
    }
}

/// Everything that is set by hand, for each role that runs.
fn written<'a>(subject: &'a Subject, mode: &Mode) -> Vec<(&'static str, &'a EnvEntry)> {
    let topology = subject.topology;
    let site = subject.cluster.map(|c| c.env.as_slice()).unwrap_or_default();
    let mut roles: Vec<(&'static str, &'a [EnvBlock])> = Vec::new();
    for (worker, _) in mode::running(topology, mode) {
        roles.push((worker.kind.name(), &worker.env));
    }
    if let Some(server) = topology.server.as_ref().filter(|_| !mode.lacks("server")) {
        roles.push(("server", &server.env));
    }
    if let Some(benchmark) = &topology.benchmark {
        roles.push(("benchmark", &benchmark.env));
    }
    let mut entries = Vec::new();
    for (role, own) in roles {
        let ours = |b: &&EnvBlock| b.roles.is_empty() || b.roles.iter().any(|r| r.value == role);
        let shared = site.iter().chain(&topology.env).filter(ours);
        entries.extend(shared.chain(own).flat_map(|block| &block.entries).map(|entry| (role, entry)));
    }
    entries
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
