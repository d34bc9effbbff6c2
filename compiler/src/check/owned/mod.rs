//! Keys of the engine's file that the planner writes: a `config` may repeat what is derived, but never contradict it.

pub mod contradiction;
pub mod key;

use super::Subject;
use crate::source::{Span, Spanned};
use crate::stdlib::template::sole_placeholder;
use crate::topology::ast::{ConfigEntry, ConfigMap, ConfigValue, Worker};

/// What a written key says against the plan.
enum Conflict {
    /// It follows from the placement.
    Owned,
    /// The role's line says something else.
    Contradicts { field: String, derived: ConfigValue, written: Option<Span> },
}

/// Calls `found` with the key's path, its place and what is wrong, for every key of the planner's that is written.
fn conflicts(subject: &Subject, mut found: impl FnMut(&str, Span, Conflict)) {
    let Some(engine) = subject.engine else { return };
    let topology = subject.topology;
    let workers =
        topology.workers.iter().filter(|w| w.is_sized()).map(|w| (w.kind.name(), w.config.as_ref(), Some(w)));
    let server = topology.server.iter().map(|server| ("server", server.config.as_ref(), None));
    for (role, config, worker) in workers.chain(server) {
        let owned = engine.role(role).and_then(|role| role.config.as_ref());
        if let (Some(owned), Some(config)) = (owned, config) {
            section("", &config.entries, &owned.entries, worker, &mut found);
        }
    }
}

fn section(
    path: &str,
    written: &ConfigMap,
    planned: &ConfigMap,
    worker: Option<&Worker>,
    found: &mut impl FnMut(&str, Span, Conflict),
) {
    for (key, entry) in written {
        let Some(planned) = planned.get(key) else { continue };
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        // A section of which the planner owns some keys: `context_servers { router { … } }`.
        if let (ConfigValue::Map(inner), ConfigValue::Map(theirs)) =
            (&entry.value.value, &planned.value.value)
        {
            section(&path, inner, theirs, worker, found);
        } else if let Some(conflict) = conflict(entry, &planned.value.value, worker) {
            found(&path, entry.key, conflict);
        }
    }
}

fn conflict(entry: &ConfigEntry, planned: &ConfigValue, worker: Option<&Worker>) -> Option<Conflict> {
    let placeholder = match planned {
        ConfigValue::String(text) => sole_placeholder(text),
        _ => None,
    };
    let Some(placeholder) = placeholder else { return Some(Conflict::Owned) };
    match worker.and_then(|worker| fact(worker, placeholder)) {
        Some(fact) if fact.value == entry.value.value => None,
        Some(fact) => Some(Conflict::Contradicts {
            field: placeholder.to_owned(),
            derived: fact.value,
            written: fact.span,
        }),
        None if worker.is_some() && ON_THE_LINE.contains(&placeholder) => None,
        None => Some(Conflict::Owned),
    }
}

/// Placeholders that stand on the worker's line; one without a value there leaves the key free.
const ON_THE_LINE: [&str; 8] =
    ["tp", "pp", "cp", "ep", "attention-dp", "attention-tp", "dp", "expert-parallel"];

/// What the worker's line says about a placeholder: its value, and where it is written.
struct Fact {
    value: ConfigValue,
    span: Option<Span>,
}

/// The sizes of a worker's line.
fn fact(worker: &Worker, placeholder: &str) -> Option<Fact> {
    let size = |value: &Option<Spanned<u32>>, default: Option<u32>| {
        let number = value.as_ref().map(|v| v.value).or(default)?;
        Some(Fact { value: ConfigValue::Integer(number.into()), span: value.as_ref().map(|v| v.span) })
    };
    match placeholder {
        "tp" => size(&worker.tp, Some(1)),
        "pp" => size(&worker.pp, Some(1)),
        "cp" => size(&worker.cp, Some(1)),
        "ep" => size(&worker.ep, None),
        "attention-tp" if replicated(worker) => Some(Fact {
            value: ConfigValue::Integer(1),
            span: worker.attention_dp.as_ref().map(|dp| dp.span),
        }),
        "attention-tp" => size(&worker.tp, Some(1)),
        "dp" if replicated(worker) => size(&worker.tp, Some(1)),
        "expert-parallel" => {
            worker.ep.as_ref().map(|ep| Fact { value: ConfigValue::Bool(ep.value > 1), span: Some(ep.span) })
        }
        "attention-dp" => worker
            .attention_dp
            .as_ref()
            .map(|v| Fact { value: ConfigValue::Bool(v.value), span: Some(v.span) }),
        _ => None,
    }
}

/// Whether each rank has all of attention.
fn replicated(worker: &Worker) -> bool {
    worker.attention_dp.as_ref().is_some_and(|dp| dp.value)
}
