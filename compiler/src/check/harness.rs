//! `harness "NAME" { … }`: running the roles through a test program.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::role_name;
use crate::source::Spanned;
use crate::topology::ast::{Harness, WorkerKind};
use crate::topology::fields::suggestion;

/// Without these no test can run.
const NEEDED: [(&str, &str); 2] = [
    ("source", "the engine's source tree as the nodes see it: `source \"/code/…\"`"),
    ("models", "the folder with all models: `models \"/models\"`"),
];
/// Names of folders and files that the job uses.
const PATHS: [&str; 13] = [
    "config-yaml",
    "coverage-config",
    "install-script",
    "job-workspace",
    "junit",
    "models",
    "output",
    "run-script",
    "source",
    "test-list",
    "waives",
    "wheel",
    "workspace",
];

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(harness) = &subject.topology.harness else { return };
    description(subject, harness, diagnostics);
    for (field, what) in NEEDED {
        if value(harness, field).is_none() {
            diagnostics.push(
                Diagnostic::error("harness/missing", format!("the harness has no `{field}`"))
                    .label(harness.head, format!("`{field}` is missing"))
                    .help(format!("name {what}")),
            );
        }
    }
    for (field, value) in &harness.values {
        text(field, value, diagnostics);
    }
    selection(harness, diagnostics);
    pools(subject, harness, diagnostics);
    if let Some(accuracy) = &subject.topology.accuracy {
        diagnostics.push(
            Diagnostic::error(
                "harness/accuracy",
                "the servers end with the tests: no accuracy task can follow",
            )
            .label(accuracy.head, "comes after the benchmark")
            .label(harness.head, "ends the servers with the benchmark")
            .help("measure the accuracy in a topology of its own, without `harness`"),
        );
    }
}

fn value<'a>(harness: &'a Harness, field: &str) -> Option<&'a Spanned<String>> {
    harness.values.iter().find(|(name, _)| *name == field).map(|(_, value)| value)
}

fn description(subject: &Subject, harness: &Harness, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine else { return };
    let known: Vec<&str> = engine.harnesses.keys().map(String::as_str).collect();
    let Some(described) = engine.harnesses.get(&harness.name.value) else {
        diagnostics.push(
            Diagnostic::error(
                "harness/unknown",
                format!("the engine has no harness \"{}\"", harness.name.value),
            )
            .label(harness.name.span, "unknown")
            .help(suggestion(&harness.name.value, &known, "harness", "harnesses")),
        );
        return;
    };
    if let Some(form) = harness.form.as_ref().filter(|f| !described.forms.contains_key(&f.value)) {
        let known: Vec<&str> = described.forms.keys().map(String::as_str).collect();
        diagnostics.push(
            Diagnostic::error("harness/unknown", format!("the harness has no form \"{}\"", form.value))
                .label(form.span, "unknown")
                .help(suggestion(&form.value, &known, "form", "forms")),
        );
    }
}

/// Old launchers expand the command behind them unquoted, so no word of it may have what a shell splits at
/// or expands. The test's id has brackets, which no file's name matches.
fn text(field: &str, value: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let text = value.value.as_str();
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control() || "*?".contains(c)) {
        diagnostics.push(
            Diagnostic::error("harness/word", format!("`{field}` must be one plain word"))
                .label(value.span, "empty, or with blanks or `*`, `?`")
                .help("the launcher splits and expands the command behind it like an unquoted variable; use another name"),
        );
    } else if PATHS.contains(&field) && !text.starts_with('/') {
        diagnostics.push(
            Diagnostic::error("paths/relative", format!("`{field}` must be an absolute path"))
                .label(value.span, "not absolute")
                .help("the tests run in other folders than this one; write the path from `/`, as the nodes see it"),
        );
    }
}

/// One test, or a list of which a group is run.
fn selection(harness: &Harness, diagnostics: &mut Diagnostics) {
    let list = value(harness, "test-list");
    if let (Some(test), Some(list)) = (value(harness, "test"), list) {
        diagnostics.push(
            Diagnostic::error("harness/selection", "`test` and `test-list` at the same time")
                .label(test.span, "one test")
                .label(list.span, "a list of tests")
                .help("keep one of them"),
        );
    }
    let (splits, group) = (value(harness, "splits"), value(harness, "group"));
    for split in [splits, group].into_iter().flatten().filter(|_| list.is_none()) {
        diagnostics.push(
            Diagnostic::error("harness/selection", "there is no list to split")
                .label(split.span, "needs `test-list`")
                .help("add `test-list \"/path/to/list.txt\"`, or leave it out"),
        );
    }
    let number = |value: Option<&Spanned<String>>| value.map_or(1, |v| v.value.parse::<u32>().unwrap_or(1));
    if let Some(group) = group.filter(|_| number(group) > number(splits)) {
        diagnostics.push(
            Diagnostic::error("harness/selection", format!("there is no group {}", group.value))
                .label(group.span, format!("of {} groups", number(splits)))
                .help("groups are counted from 1 to `splits`"),
        );
    }
}

/// The exports have one size for each kind of server.
fn pools(subject: &Subject, harness: &Harness, diagnostics: &mut Diagnostics) {
    for kind in WorkerKind::ALL {
        let of_kind: Vec<_> = subject.topology.workers.iter().filter(|w| w.kind == kind).collect();
        if let [first, second, ..] = of_kind.as_slice() {
            diagnostics.push(
                Diagnostic::error(
                    "harness/pools",
                    format!("the tests know one shape of `{}` servers", kind.name()),
                )
                .label(second.head, format!("{} is another pool", role_name(second)))
                .label(first.head, "the first pool")
                .label(harness.head, "run through the tests")
                .help("keep one pool of each kind, or serve directly: take `harness` out"),
            );
        }
    }
}
