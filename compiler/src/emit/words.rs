//! Words of the plan as words of bash.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use tera::Value;

use super::quote::quote;
use crate::diagnostic::Diagnostic;
use crate::plan::Step;
use crate::plan::word::{Part, Runtime, Word};

/// Text that is bash already: templates print it as it is, everything else they quote.
#[derive(Debug, Clone)]
pub struct Bash(String);

impl Bash {
    pub fn new(text: impl Into<String>) -> Self {
        Bash(text.into())
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Serialize for Bash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::safe_string(&self.0).serialize(serializer)
    }
}

/// A word in `job.sbatch`, which knows the names of all nodes; `step` is the one that it belongs to.
///
/// # Errors
/// A part that exists only where the step runs.
pub fn in_job(word: &Word, step: &Step) -> Result<Bash, Diagnostic> {
    let load = step.load.as_ref();
    render(word, quote, |runtime| match runtime {
        Runtime::Results => Some(format!("\"$DISAGGC_RUN/results/{}\"", step.name)),
        Runtime::Step => Some(step.name.clone()),
        Runtime::Port => step.port.map(|port| port.to_string()),
        Runtime::PortPlus(distance) => step.port.map(|port| (u32::from(port) + distance).to_string()),
        Runtime::Leader => step.nodes.first().map(|share| node(share.node)),
        Runtime::TargetHost => load.map(|load| node(load.target_node)),
        Runtime::TargetPort => load.map(|load| load.target_port.to_string()),
        Runtime::Concurrency => load.and_then(|load| Some(load.concurrency?.to_string())),
        Runtime::Requests => load.and_then(|load| Some(load.requests?.to_string())),
        other => job_wide(other),
    })
}

/// A word in `job.sbatch` that belongs to no step.
///
/// # Errors
/// A part that only a step has.
pub fn of_job(word: &Word) -> Result<Bash, Diagnostic> {
    render(word, quote, job_wide)
}

fn job_wide(runtime: Runtime) -> Option<String> {
    match runtime {
        Runtime::Node(index) => Some(node(index)),
        Runtime::Job => Some(double_quoted("$DISAGGC_JOB")),
        Runtime::RunFolder => Some(double_quoted("$DISAGGC_RUN")),
        Runtime::Bundle => Some(double_quoted("$DISAGGC_BUNDLE")),
        _ => None,
    }
}

/// A word in a script that runs on the step's own nodes.
pub fn in_step(word: &Word) -> Bash {
    Bash(rendered(word, quote))
}

/// The same as text, quoted in another way.
pub fn rendered(word: &Word, quote: impl Fn(&str) -> Cow<'_, str>) -> String {
    let rendered = render(word, quote, |runtime| {
        Some(match runtime {
            Runtime::Host => double_quoted("$DISAGGC_HOST"),
            Runtime::Node(index) => format!("\"${{DISAGGC_NODES[{index}]}}\""),
            Runtime::Job => double_quoted("$DISAGGC_JOB"),
            Runtime::RunFolder => double_quoted("$DISAGGC_RUN"),
            Runtime::Bundle => double_quoted("$DISAGGC_BUNDLE"),
            Runtime::Rank => double_quoted("$DISAGGC_PROCID"),
            Runtime::RankTimes(factor) => format!("\"$((DISAGGC_PROCID * {factor}))\""),
            Runtime::Step => double_quoted("$DISAGGC_STEP"),
            Runtime::Port => double_quoted("$DISAGGC_PORT"),
            Runtime::PortPlus(distance) => format!("\"$((DISAGGC_PORT + {distance}))\""),
            Runtime::Leader => double_quoted("$DISAGGC_LEADER"),
            Runtime::TargetHost => double_quoted("$DISAGGC_TARGET_HOST"),
            Runtime::TargetPort => double_quoted("$DISAGGC_TARGET_PORT"),
            Runtime::Concurrency => double_quoted("$DISAGGC_CONCURRENCY"),
            Runtime::Requests => double_quoted("$DISAGGC_REQUESTS"),
            Runtime::Results => double_quoted("$DISAGGC_RESULTS"),
        })
    });
    rendered.expect("every part has a form in a step").0
}

/// Where `job.sbatch` keeps the name of the n-th node.
fn node(index: u32) -> String {
    format!("\"${{nodes[{index}]}}\"")
}

fn double_quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn render(
    word: &Word,
    quote: impl Fn(&str) -> Cow<'_, str>,
    expression: impl Fn(Runtime) -> Option<String>,
) -> Result<Bash, Diagnostic> {
    if word.parts().is_empty() {
        return Ok(Bash(quote("").into_owned()));
    }
    let mut bash = String::new();
    for part in word.parts() {
        match part {
            Part::Text(text) => bash.push_str(&quote(text)),
            Part::Runtime { runtime } => {
                bash.push_str(&expression(*runtime).ok_or_else(|| misplaced(*runtime))?)
            }
        }
    }
    Ok(Bash(bash))
}

/// A value that the job can't know at the place where the plan wants it.
fn misplaced(runtime: Runtime) -> Diagnostic {
    Diagnostic::error(
        "emit/misplaced",
        format!("only a running step knows its {runtime:?}: the job's own scripts can't"),
    )
    .help("a description uses its placeholder here; use it in a role's command, environment or configuration")
}
