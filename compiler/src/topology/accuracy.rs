//! `accuracy { … }`: tasks that say how well the model answers, after the benchmark.

use super::ast::EnvBlock;
use super::fields::{Fields, Wanted, duplicate, wrong_type};
use super::lower::env_blocks;
use super::roles::arguments;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::syntax::{Node, Value};

#[derive(Debug, Clone)]
pub struct Accuracy {
    pub head: Span,
    pub tasks: Vec<Task>,
    /// What holds for every task that says nothing else.
    pub common: Settings,
    /// The pool on whose first node the tasks run.
    pub on: Option<Spanned<String>>,
    pub env: Vec<EnvBlock>,
}

#[derive(Debug, Clone)]
pub struct Task {
    pub name: Spanned<String>,
    pub own: Settings,
}

#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How the evaluation program speaks to the server.
    pub model: Option<Spanned<String>>,
    pub model_args: Vec<ModelArgument>,
    /// Words behind the engine's own.
    pub arguments: Vec<Spanned<String>>,
}

/// `key=value` of the evaluation program's `--model_args`.
#[derive(Debug, Clone)]
pub struct ModelArgument {
    pub key: Spanned<String>,
    pub value: Spanned<String>,
}

pub fn accuracy(node: &Node, diagnostics: &mut Diagnostics) -> Accuracy {
    let mut fields = Fields::new(node, diagnostics);
    let tasks = fields.blocks("task");
    let accuracy = Accuracy {
        head: node.head(),
        tasks: tasks.into_iter().filter_map(|n| task(n, fields.diagnostics)).collect(),
        common: settings(&mut fields),
        on: fields.string("on"),
        env: env_blocks(&mut fields),
    };
    let settings = |name: &str| ["model", "model-args", "args", "on", "env"].contains(&name);
    if fields.node.children().iter().all(|child| settings(&child.name.value)) {
        fields.diagnostics.push(
            Diagnostic::error("accuracy/empty", "`accuracy` has no task")
                .label(node.head(), "nothing to do")
                .help("name at least one: `accuracy { task \"gsm8k\" }`; or take the block out"),
        );
    }
    fields.finish();
    accuracy
}

fn task(node: &Node, diagnostics: &mut Diagnostics) -> Option<Task> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the task's name");
    let own = settings(&mut fields);
    fields.finish();
    Some(Task { name: name?, own })
}

fn settings(fields: &mut Fields) -> Settings {
    Settings {
        model: fields.string("model"),
        model_args: fields
            .block("model-args")
            .map(|n| model_arguments(n, fields.diagnostics))
            .unwrap_or_default(),
        arguments: arguments(fields),
    }
}

/// `model-args num_concurrent=512 max_retries=3`, or each as a child.
pub fn model_arguments(node: &Node, diagnostics: &mut Diagnostics) -> Vec<ModelArgument> {
    let mut written: Vec<(&Spanned<String>, &Spanned<Value>)> =
        node.properties.iter().map(|p| (&p.name, &p.value)).collect();
    for extra in &node.arguments {
        diagnostics.push(form(extra.value.span));
    }
    for child in node.children() {
        match child.arguments.as_slice() {
            [argument] if child.properties.is_empty() && child.children.is_none() => {
                written.push((&child.name, &argument.value));
            }
            _ => diagnostics.push(form(child.head())),
        }
    }
    let mut found: Vec<ModelArgument> = Vec::new();
    for (key, value) in written {
        let text = match &value.value {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null => {
                let wanted =
                    Wanted::Other("leave it out, or write the text that the evaluation program takes");
                wrong_type(value, wanted, "a model argument can't be #null", diagnostics);
                continue;
            }
        };
        match found.iter().find(|argument| argument.key.value == key.value) {
            Some(first) => duplicate(&key.value, first.key.span, key.span, diagnostics),
            None => found.push(ModelArgument { key: key.clone(), value: Spanned::new(text, value.span) }),
        }
    }
    found
}

fn form(span: Span) -> Diagnostic {
    Diagnostic::error("language/one-value", "a model argument is one key with one value")
        .label(span, "not in that form")
        .help("write `model-args num_concurrent=512 max_retries=3`")
}
