//! # A whole command line in one word
//!
//! Nothing splits or expands what `run` says: each string is one word, the first is the program. A line in one string
//! would be the name of a program that no node has.
//!
//! ```kdl
//! prepare { run "nvidia-smi -L" }
//! //            ^^^^^^^^^^^^^^^
//! ```
//!
//! Write each word as a string; a line for a shell is `run "bash" "-c" "…"`.
//!
//! ```kdl
//! prepare { run "nvidia-smi" "-L" }
//! ```

use super::commands;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::prepare::RUN;

pub const RULE: Rule = Rule::error("prepare/program", include_str!("program.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for command in commands(subject).filter(|command| command.kind == RUN) {
        let Some(first) = command.words.first() else { continue };
        let text = &first.value;
        if text.is_empty() {
            diagnostics.push(
                RULE.finding("the first word of a command names a program")
                    .label(first.span, "empty")
                    .help("write the program's name or path: `run \"nvidia-smi\" \"-L\"`"),
            );
        } else if command.words.len() == 1 && text.contains(char::is_whitespace) && !text.starts_with('/') {
            let split: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            diagnostics.push(
                RULE.finding(format!("there is no program named `{}`", text.escape_debug()))
                    .label(first.span, "one word, with blanks")
                    .help(format!(
                        "each word is a string of its own: `run {}`; a shell's line is `run \"bash\" \"-c\" \"…\"`",
                        split.join(" ")
                    )),
            );
        }
    }
}
