//! The benchmark's mode: whether there is one of that name, and what doesn't go with it.

pub mod accuracy;
pub mod aggregated;
pub mod capacity;
pub mod concurrency;
pub mod dataset;
pub mod foreign_variable;
pub mod unknown;
pub mod variable;
pub mod which_pool;

use super::Subject;
use super::variables::Variable;
use crate::resolve::mode::running;
use crate::source::Span;
use crate::stdlib::mode::Mode;
use crate::topology::ast::Benchmark;

/// What is measured, and where that is said.
struct Measured<'a> {
    benchmark: &'a Benchmark,
    mode: &'a Mode,
    /// The mode's name, or the benchmark that leaves it out.
    place: Span,
}

fn measured<'s>(subject: &'s Subject) -> Option<Measured<'s>> {
    let (benchmark, mode) = (subject.topology.benchmark.as_ref()?, subject.mode()?);
    let place = benchmark.mode.as_ref().map_or(benchmark.head, |mode| mode.span);
    Some(Measured { benchmark, mode, place })
}

/// Variables that are set by hand, each with the roles that run and for which the mode doesn't say the same.
fn disagreeing<'a>(subject: &Subject<'a>, mode: &Mode) -> Vec<(Variable<'a>, Vec<&'static str>)> {
    let mut runs: Vec<&str> =
        running(subject.topology, mode).into_iter().map(|(worker, _)| worker.kind.name()).collect();
    runs.extend(["server", "benchmark"].into_iter().filter(|role| !mode.lacks(role)));
    let mut found = Vec::new();
    for variable in subject.variables() {
        let set =
            |role: &str| mode.variables().find(|(of, e)| *of == role && e.name.value == variable.name());
        // Taking out what the mode does not set changes nothing.
        let agrees = |role: &str| {
            set(role).map_or(variable.entry.value.is_none(), |(_, e)| e.value == variable.entry.value)
        };
        let roles = variable.roles.iter().copied().filter(|role| runs.contains(role) && !agrees(role));
        let roles: Vec<&'static str> = roles.collect();
        if !roles.is_empty() {
            found.push((variable, roles));
        }
    }
    found
}

/// The roles for which a mode sets a variable.
fn set_for<'m>(mode: &'m Mode, name: &str) -> Vec<&'m str> {
    mode.variables().filter(|(_, entry)| entry.name.value == name).map(|(role, _)| role).collect()
}

fn list(roles: &[&str]) -> String {
    roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(", ")
}
