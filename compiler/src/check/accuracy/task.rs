//! # A task's name that can't be part of a step's name
//!
//! Each task has a step, a script and a folder of results, which are named after it.
//!
//! ```kdl
//! accuracy { task "gsm8k,mmlu" }
//! //              ^^^^^^^^^^^^
//! ```
//!
//! Several tasks are several lines, each with a result of its own:
//!
//! ```kdl
//! accuracy { task "gsm8k"; task "mmlu" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::resolve::accuracy::role_name;
use crate::source::Span;
use crate::topology::fields::duplicate;

pub const RULE: Rule = Rule::error("names/task", include_str!("task.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mut seen: Vec<(String, Span)> = Vec::new();
    for task in subject.topology.accuracy.iter().flat_map(|accuracy| &accuracy.tasks) {
        let name = &task.name;
        if !is_task_name(&name.value) {
            diagnostics.push(
                RULE.finding("this name can't be part of a step's name")
                    .label(name.span, "not usable")
                    .help("a task has up to 60 letters, digits, `_`, `-` and `.`; several tasks are several `task` lines"),
            );
            continue;
        }
        let role = role_name(&name.value);
        match seen.iter().find(|(other, _)| *other == role) {
            Some((_, first)) => duplicate(&format!("task {role}"), *first, name.span, diagnostics),
            None => seen.push((role, name.span)),
        }
    }
}

fn is_task_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=60).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}
