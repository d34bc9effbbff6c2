//! `steps/exports.sh`: variables for the engine's own scripts and tests.

use serde::Serialize;

use super::quote::{quote, quote_without_blanks};
use super::steps::identifier;
use super::template::Templates;
use super::words::{Bash, in_step, rendered};
use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::plan::{ExportValue, Plan, ShellCommand};

#[derive(Serialize)]
struct Exports {
    exports: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: Bash,
    value: Bash,
    expression: bool,
}

pub fn file(plan: &Plan, templates: &Templates) -> Result<File, Diagnostic> {
    let line = |export: &crate::plan::Export| -> Result<Line, Diagnostic> {
        Ok(Line {
            name: identifier(&export.name)?,
            expression: matches!(export.value, ExportValue::Expression(_)),
            value: match &export.value {
                ExportValue::Word(word) => in_step(word),
                ExportValue::Expression(bash) => Bash::new(format!("\"{bash}\"")),
                ExportValue::Command(command) => Bash::new(quote(&shell(command)).into_owned()),
            },
        })
    };
    let exports = Exports { exports: plan.exports.iter().map(line).collect::<Result<_, _>>()? };
    let content = templates.render("steps/exports.sh", &exports)?;
    Ok(File { path: "steps/exports.sh".to_owned(), content, executable: false })
}

/// The command as bash that is to be evaluated.
///
/// A script may evaluate it with or without quotes around the variable; without, blanks and wildcards in
/// it would be split and expanded first. So no quoted text has any.
fn shell(command: &ShellCommand) -> String {
    let mut parts = Vec::new();
    if let Some(name) = &command.unset {
        parts.push(format!("unset {name} &&"));
    }
    for variable in &command.env {
        if let Some(value) = &variable.value {
            parts.push(format!("{}={}", variable.name, rendered(value, quote_without_blanks)));
        }
    }
    parts.extend(
        command.launcher.iter().chain(&command.words).map(|word| rendered(word, quote_without_blanks)),
    );
    parts.join(" ")
}
