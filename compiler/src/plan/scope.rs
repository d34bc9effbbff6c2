//! Fills the placeholders of an engine's commands and files.
//!
//! A placeholder that the description uses but that exists nowhere is a mistake in the stdlib (or in
//! somebody's own engine), and is reported there.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::Data;
use crate::plan::word::{Runtime, Word};
use crate::source::Span;
use crate::stdlib::engine::Argument;
use crate::stdlib::template::{self, Filled, Scope};
use crate::topology::ast::ConfigBlock;

/// All names that exist in some place; one that has no value in a place makes its word fall away.
pub const NAMES: [&str; 69] = [
    "attention-dp",
    "concurrency",
    "config",
    "cp",
    "ctx.count",
    "ctx.urls",
    "dataset",
    "ep",
    "gen.count",
    "gen.urls",
    "host",
    "isl",
    "model",
    "model-args",
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
    "task",
    "timeout",
    "tp",
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
    "job-workspace",
    "junit",
    "kind",
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
pub fn base(model: &str) -> Scope {
    let runtime = |value| Filled::Word(Word::runtime(value));
    Scope::from([
        ("model", Filled::Word(Word::text(model))),
        ("run", runtime(Runtime::RunFolder)),
        ("host", runtime(Runtime::Host)),
        ("server", runtime(Runtime::Step)),
        ("rank", runtime(Runtime::Rank)),
    ])
}

/// The words of a command; an argument whose condition doesn't hold, or whose placeholder has no
/// value, falls away as a whole.
pub fn command(arguments: &[Argument], scope: &Scope, diagnostics: &mut Diagnostics) -> Vec<Word> {
    let holds = |name: &String| match scope.get(name.as_str()) {
        None | Some(Filled::Bool(false)) => false,
        Some(_) => true,
    };
    let mut command = Vec::new();
    for argument in arguments {
        if !argument.only_if.iter().all(holds) || argument.unless.iter().any(holds) {
            continue;
        }
        let mut words = Vec::new();
        for word in &argument.words {
            match template::word(&word.value, scope, &NAMES) {
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

/// The keys that the planner owns, with their values.
pub fn config(
    owned: Option<&ConfigBlock>,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Data, Span)> {
    let mut keys = Vec::new();
    for (key, entry) in owned.iter().flat_map(|block| &block.entries) {
        match template::data(&entry.value, scope, &NAMES) {
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
            .help(format!("known: {}", NAMES.join(", "))),
    );
}
