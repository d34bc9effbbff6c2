//! What is done on every node before a server starts.

use super::{Subject, shell};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::topology::prepare::{Command, RUN};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let site = subject.cluster.and_then(|c| c.prepare.as_ref());
    let own = subject.topology.prepare.as_ref();
    for prepare in [site, own].into_iter().flatten() {
        for command in &prepare.commands {
            self::command(subject, command, diagnostics);
        }
    }
    if let Some(prepare) = own.or(site)
        && [site, own].into_iter().flatten().all(|p| p.blank)
        && subject.complete
    {
        diagnostics.push(
            Diagnostic::error("prepare/empty", "`prepare` has nothing to do")
                .label(prepare.head, "no command inside")
                .help(
                    "write what each node needs, such as `run \"nvidia-smi\" \"-L\"`; or take the block out",
                ),
        );
    }
}

fn command(subject: &Subject, command: &Command, diagnostics: &mut Diagnostics) {
    for word in &command.words {
        shell::nul(&word.value, word.span, diagnostics);
    }
    let Some(first) = command.words.first() else { return };
    if command.kind == RUN {
        program(first, command.words.len(), diagnostics);
        return;
    }
    path(command.kind, first, diagnostics);
    if let Some(engine) = subject.engine
        && !engine.installs.contains_key(command.kind)
    {
        diagnostics.push(
            Diagnostic::error(
                "prepare/no-install",
                format!("engine \"{}\" doesn't say how to install a `{}`", engine.name.value, command.kind),
            )
            .label(command.head, "not known to the engine")
            .help("write the command itself: `run \"pip\" \"install\" \"…\"`"),
        );
    }
}

fn program(first: &Spanned<String>, words: usize, diagnostics: &mut Diagnostics) {
    let text = &first.value;
    if text.is_empty() {
        diagnostics.push(
            Diagnostic::error("prepare/program", "the first word of a command names a program")
                .label(first.span, "empty")
                .help("write the program's name or path: `run \"nvidia-smi\" \"-L\"`"),
        );
    } else if words == 1 && text.contains(char::is_whitespace) && !text.starts_with('/') {
        let split: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        diagnostics.push(
            Diagnostic::error(
                "prepare/program",
                format!("there is no program named `{}`", text.escape_debug()),
            )
            .label(first.span, "one word, with blanks")
            .help(format!(
                "each word is a string of its own: `run {}`; a shell's line is `run \"bash\" \"-c\" \"…\"`",
                split.join(" ")
            )),
        );
    }
}

fn path(kind: &str, path: &Spanned<String>, diagnostics: &mut Diagnostics) {
    if !path.value.starts_with('/') {
        diagnostics.push(
            Diagnostic::error("paths/relative", "a path inside the job must be absolute")
                .label(path.span, "not absolute")
                .help("write it from `/`, as the nodes (or their containers) see it; `~` is not expanded"),
        );
    } else if kind == "wheel" && !path.value.ends_with(".whl") {
        diagnostics.push(
            Diagnostic::error("prepare/wheel", "a wheel is a file that ends with `.whl`")
                .label(path.span, "no wheel")
                .help("a folder with sources is `editable \"/code/…\"`; anything else that pip takes is `run \"pip\" \"install\" \"…\"`"),
        );
    } else if kind == "wheel" && path.value.contains(['*', '?']) {
        diagnostics.push(
            Diagnostic::error("prepare/wheel", "nothing is expanded in a wheel's path")
                .label(path.span, "no name of one file")
                .help("write the file's whole name, or let a shell find it: `run \"bash\" \"-c\" \"pip install /wheels/*.whl\"`"),
        );
    }
}
