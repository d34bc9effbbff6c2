//! Accuracy tasks, and what the evaluation program is told about the model.

use super::names::unknown;
use super::{Subject, shell};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::accuracy::{ROLE, role_name};
use crate::source::{Span, Spanned};
use crate::topology::accuracy::{ModelArgument, Settings};
use crate::topology::fields::duplicate;

/// What the plan tells the evaluation program by itself.
const PLANNED: [&str; 2] = ["model", "base_url"];

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(accuracy) = &subject.topology.accuracy else { return };
    let described =
        subject.engine.map(|engine| (engine, engine.role(ROLE).filter(|r| !r.command.is_empty())));
    if let Some((engine, None)) = described {
        diagnostics.push(
            Diagnostic::error(
                "accuracy/unsupported",
                format!("engine \"{}\" doesn't say how accuracy is evaluated", engine.name.value),
            )
            .label(accuracy.head, "can't be run")
            .help("take the block out, or use an engine with a `role \"accuracy\"`"),
        );
    }
    let types: Option<Vec<&str>> = described
        .and_then(|(_, role)| role)
        .map(|role| role.model_types.keys().map(String::as_str).collect());
    let mut seen: Vec<(String, Span)> = Vec::new();
    for task in &accuracy.tasks {
        if is_task_name(&task.name.value) {
            let role = role_name(&task.name.value);
            match seen.iter().find(|(other, _)| *other == role) {
                Some((_, first)) => {
                    duplicate(&format!("task {role}"), *first, task.name.span, diagnostics);
                }
                None => seen.push((role, task.name.span)),
            }
        } else {
            diagnostics.push(
                Diagnostic::error("names/task", "this name can't be part of a step's name")
                    .label(task.name.span, "not usable")
                    .help("a task has up to 60 letters, digits, `_`, `-` and `.`; several tasks are several `task` lines"),
            );
        }
        settings(&task.own, types.as_deref(), diagnostics);
    }
    settings(&accuracy.common, types.as_deref(), diagnostics);
    if let Some(model) = &subject.topology.model {
        let name = model.path.as_ref().unwrap_or(&model.name);
        comma(name, "the model's path", diagnostics);
    }
}

fn settings(settings: &Settings, types: Option<&[&str]>, diagnostics: &mut Diagnostics) {
    if let (Some(model), Some(types)) = (&settings.model, types) {
        unknown("model type", model, types, diagnostics);
    }
    for argument in &settings.arguments {
        shell::nul(&argument.value, argument.span, diagnostics);
    }
    for argument in &settings.model_args {
        model_argument(argument, diagnostics);
    }
}

fn model_argument(argument: &ModelArgument, diagnostics: &mut Diagnostics) {
    let key = argument.key.value.as_str();
    if PLANNED.contains(&key) {
        diagnostics.push(
            Diagnostic::error("accuracy/planned", format!("`{key}` follows from the plan"))
                .label(argument.key.span, "set by hand")
                .help("the tasks ask the topology's own model at its own address; leave it out"),
        );
    } else if !is_key(key) {
        diagnostics.push(
            Diagnostic::error("accuracy/key", "this is no name of a model argument")
                .label(argument.key.span, "not a name")
                .help("a name has letters, digits and `_`, and begins with no digit"),
        );
    }
    shell::nul(&argument.value.value, argument.value.span, diagnostics);
    comma(&argument.value, "a model argument's value", diagnostics);
}

fn comma(value: &Spanned<String>, what: &str, diagnostics: &mut Diagnostics) {
    if value.value.contains(',') {
        diagnostics.push(
            Diagnostic::error("accuracy/comma", format!("{what} can't hold a comma here"))
                .label(value.span, "holds a comma")
                .help("the evaluation program takes its model arguments as `key=value,key=value`, with no way to quote"),
        );
    }
}

fn is_task_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=60).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_key(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
