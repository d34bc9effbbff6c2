//! Fills the placeholders of an engine's commands and files.
//!
//! A placeholder that the description uses but that exists nowhere is a mistake in the stdlib (or in
//! somebody's own engine), and is reported there.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::word::{Runtime, Word};
use crate::plan::{Data, Variable};
use crate::resolve::env::{Setting, Text};
use crate::resolve::{Model, Origin, Traced};
use crate::source::Span;
use crate::stdlib::role::Argument;
use crate::stdlib::template::{self, Filled, Scope};
use crate::topology::ast::ConfigBlock;
use crate::topology::fields::suggestion;

/// All names that exist in some place; one that has no value in a place makes its word fall away.
pub const NAMES: &[&str] = &[
    "attention-dp",
    "attention-tp",
    "command",
    "concurrency",
    "config",
    "cp",
    "ctx.count",
    "ctx.urls",
    "dataset",
    "dp",
    "ep",
    "expert-parallel",
    "fill-target",
    "first-gpu",
    "flags",
    "gen.count",
    "gen.urls",
    "host",
    "isl",
    "job",
    "leader",
    "model",
    "model-args",
    "model-is-folder",
    "model-name",
    "model-type",
    "osl",
    "path",
    "port",
    "pp",
    "range",
    "range-ratio",
    "rank",
    "reducer",
    "requests",
    "results",
    "run",
    "server",
    "streaming",
    "target.host",
    "target.path",
    "target.port",
    "server-nodes",
    "several-nodes",
    "task",
    "tensor-parallel",
    "timeout",
    "tokenizer",
    "tp",
    "gpus-on-node",
    "world",
    // Of a harness.
    "config-yaml",
    "coverage",
    "coverage-config",
    "ctx.gpus",
    "ctx.gpus-per-node",
    "ctx.nodes",
    "gen.gpus",
    "gen.gpus-per-node",
    "gen.nodes",
    "gpus",
    "gpus-per-node",
    "group",
    "install-script",
    "hardware",
    "job-workspace",
    "junit",
    "kind",
    "list",
    "mode.prefix",
    "models",
    "nodes",
    "output",
    "periodic",
    "ports.each",
    "run-script",
    "source",
    "splits",
    "stage",
    "stage-name",
    "test",
    "test-id",
    "test-list",
    "upload",
    "waives",
    "wheel",
    "workspace",
];

/// A scope with what every program may use.
pub fn base(model: &Model) -> Scope {
    let mut scope = Scope::default();
    scope.insert("model", Filled::Word(Word::text(&model.path.value)));
    scope.insert("model-name", Filled::Word(Word::text(&model.name)));
    if model.path.value.starts_with('/') {
        scope.insert("model-is-folder", Filled::Integer(1));
    }
    for (name, value) in [
        ("run", Runtime::RunFolder),
        ("job", Runtime::Job),
        ("host", Runtime::Host),
        ("server", Runtime::Step),
        ("rank", Runtime::Rank),
    ] {
        scope.insert(name, Filled::Word(Word::runtime(value)));
    }
    scope
}

/// The words of a command; an argument whose condition doesn't hold, or whose placeholder has no
/// value, falls away as a whole.
pub fn command(arguments: &[Argument], scope: &Scope, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let holds = |name: &String| match scope.get(name.as_str()) {
        None | Some(Filled::Bool(false) | Filled::Nothing) => false,
        Some(_) => true,
    };
    let mut command = Vec::new();
    for argument in arguments {
        if !argument.only_if.iter().all(holds) || argument.unless.iter().any(holds) {
            continue;
        }
        let mut words = Vec::new();
        if let [word] = argument.words.as_slice()
            && let Some(Filled::Words(list)) =
                template::sole_placeholder(&word.value).and_then(|n| scope.get(n))
        {
            command.extend(list.iter().cloned());
            continue;
        }
        for word in &argument.words {
            match template::word(&word.value, scope, NAMES) {
                Ok(Some(word)) => words.push(word),
                Ok(None) => break,
                Err(name) => unknown(&name, word.span, diagnostics),
            }
        }
        if words.len() == argument.words.len() {
            command.extend(words);
        }
    }
    command
}

/// The variables of a role, with the stdlib's placeholders filled.
pub fn environment(
    settings: &[Traced<Setting>],
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<Traced<Variable>> {
    let mut variables = Vec::new();
    for setting in settings {
        let Setting { value, .. } = &setting.value;
        let value = match value {
            None => None,
            Some(Text::Literal(text)) => Some(Word::text(text)),
            Some(Text::Template(text)) => match template::word(text, scope, NAMES) {
                Ok(Some(word)) => Some(word),
                Ok(None) => continue,
                Err(name) => {
                    if let Origin::At(span) = setting.origin {
                        unknown(&name, span, diagnostics);
                    }
                    continue;
                }
            },
        };
        variables.push(setting.clone().map(|setting| Variable { name: setting.name, value }));
    }
    variables
}

/// The keys that the planner owns, with their values.
pub fn config(
    owned: Option<&ConfigBlock>,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Data, Span)> {
    let mut keys = Vec::new();
    for (key, entry) in owned.iter().flat_map(|block| &block.entries) {
        match template::data(&entry.value.value, scope, NAMES) {
            Ok(Some(data)) => keys.push((key.clone(), data, entry.key)),
            Ok(None) => {}
            Err(name) => unknown(&name, entry.key, diagnostics),
        }
    }
    keys
}

pub fn unknown(name: &str, span: Span, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        Diagnostic::error("engine/placeholder", format!("there is no placeholder {{{name}}}"))
            .label(span, "in this description")
            .help(suggestion(name, NAMES, "placeholder", "placeholders")),
    );
}
