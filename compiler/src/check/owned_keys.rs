//! Keys of the engine's file that the planner writes: a `config` may repeat what is derived, but
//! never contradict it (srt-slurm 155: a pinned port overrode the plan).

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::stdlib::template::sole_placeholder;
use crate::topology::ast::{ConfigBlock, ConfigEntry, ConfigValue, Worker};

/// What the topology's line says about a placeholder: its value, where it is written, and how to
/// write it there.
type Line<'a> = &'a dyn Fn(&str) -> Option<Fact>;

struct Fact {
    value: ConfigValue,
    span: Option<Span>,
}

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine else { return };
    let mut role = |name: &str, config: Option<&ConfigBlock>, line: Line| {
        let owned = engine.role(name).and_then(|r| r.config.as_ref());
        if let (Some(owned), Some(config)) = (owned, config) {
            for (key, entry) in &config.entries {
                if let Some(planned) = owned.entries.get(key) {
                    compare(key, entry, planned, line, diagnostics);
                }
            }
        }
    };
    for worker in &subject.topology.workers {
        role(worker.kind.name(), worker.config.as_ref(), &|name| fact(worker, name));
    }
    if let Some(server) = &subject.topology.server {
        role("server", server.config.as_ref(), &|_| None);
    }
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

/// Placeholders that stand on the worker's line; one without a value there leaves the key free.
const ON_THE_LINE: [&str; 8] =
    ["tp", "pp", "cp", "ep", "attention-dp", "attention-tp", "dp", "expert-parallel"];

fn compare(key: &str, entry: &ConfigEntry, planned: &ConfigEntry, line: Line, diagnostics: &mut Diagnostics) {
    let span = entry.key;
    let written = &entry.value.value;
    match (written, &planned.value.value) {
        // A section of which the planner owns some keys: `context_servers { router { … } }`.
        (ConfigValue::Map(written), ConfigValue::Map(planned)) => {
            for (inner, entry) in written {
                if let Some(planned) = planned.get(inner) {
                    compare(&format!("{key}.{inner}"), entry, planned, line, diagnostics);
                }
            }
        }
        (_, ConfigValue::String(text)) => {
            let Some(placeholder) = sole_placeholder(text) else { return owned(key, span, diagnostics) };
            match line(placeholder) {
                Some(fact) if fact.value == *written => {}
                Some(fact) => contradiction(key, placeholder, &fact, span, diagnostics),
                None if ON_THE_LINE.contains(&placeholder) => {}
                None => owned(key, span, diagnostics),
            }
        }
        _ => owned(key, span, diagnostics),
    }
}

fn contradiction(key: &str, field: &str, fact: &Fact, span: Span, diagnostics: &mut Diagnostics) {
    let derived = match &fact.value {
        ConfigValue::Bool(truth) => format!("#{truth}"),
        ConfigValue::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    let mut error = Diagnostic::error("owned/contradiction", format!("`{key}` contradicts `{field}`"))
        .label(span, "says otherwise");
    if let Some(written) = fact.span {
        error = error.label(written, format!("{field} is {derived} here"));
    }
    diagnostics.push(error.help(format!(
        "ranks and GPUs are planned from `{field}` ({derived}); write the number there and leave `{key}` out"
    )));
}

fn owned(key: &str, span: Span, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::error("owned/key", format!("`{key}` is written by the planner"))
            .label(span, "set by hand")
            .help("hosts and ports follow from the placement; leave the key out"),
    );
}
