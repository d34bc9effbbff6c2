//! # A NUL character
//!
//! No argument of a program and no environment variable can hold one.
//!
//! ```kdl
//! ctx tp=4 {
//!     env { NAME "a\u{0}b" }
//! //        ^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     env { NAME "ab" }
//! }
//! ```

use crate::check::rule::Rule;
use crate::check::{Subject, accuracy, prepare};
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};

pub const RULE: Rule = Rule::error("shell/nul", include_str!("nul.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let mut strings: Vec<&Spanned<String>> = Vec::new();
    if let Some(model) = &topology.model {
        strings.push(&model.name);
        strings.extend(&model.path);
    }
    for worker in &topology.workers {
        strings.extend(&worker.arguments);
        strings.extend(worker.profile.iter().flat_map(|p| &p.range));
    }
    strings.extend(topology.server.iter().flat_map(|s| &s.arguments));
    strings.extend(
        topology.benchmark.iter().flat_map(|b| b.arguments.iter().chain(&b.dataset).chain(&b.tokenizer)),
    );
    if let Some(cluster) = subject.cluster {
        strings.extend(cluster.numa_bind.iter().flatten());
        strings.extend(cluster.mpi.iter().chain(&cluster.run_folder));
    }
    strings.extend(prepare::commands(subject).flat_map(|command| &command.words));
    for settings in topology.accuracy.iter().flat_map(accuracy::settings) {
        strings.extend(&settings.arguments);
        strings.extend(settings.model_args.iter().map(|argument| &argument.value));
    }
    if let Some(jenkins) = &topology.jenkins {
        strings.extend(jenkins.agent.iter().chain(&jenkins.workspace).chain(&jenkins.program));
        let stage = jenkins.stage.iter();
        strings.extend(stage.flat_map(|stage| stage.platform.iter().chain(&stage.list)));
    }
    // An engine's description may be the user's own.
    let described = subject.engine.iter().flat_map(|engine| engine.roles.values());
    let words =
        described.flat_map(|role| role.command.iter().chain(&role.follower).chain(&role.results_command));
    strings.extend(words.flat_map(|argument| &argument.words));
    for string in strings {
        nul(&string.value, string.span, diagnostics);
    }
    for variable in subject.variables() {
        nul(variable.entry.value.as_deref().unwrap_or(""), variable.entry.span, diagnostics);
    }
}

fn nul(text: &str, span: Span, diagnostics: &mut Diagnostics) {
    if text.contains('\0') {
        diagnostics.push(
            RULE.finding("a NUL character can't be handed to a program")
                .label(span, "contains U+0000")
                .help("take it out; no argument and no variable can hold it"),
        );
    }
}
