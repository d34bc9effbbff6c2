//! The rules' own examples: each finds what its carets mark and nothing else, and what is to be written instead
//! is free of errors.

mod support;

use std::collections::BTreeSet;

use disaggc::Compilation;
use disaggc::check::table::all;
use disaggc::diagnostic::Severity;
use disaggc::source::line_column;
use support::compile;
use support::examples::{Mark, examples};

#[test]
fn examples_show_what_their_rule_finds() {
    let mut wrong = Vec::new();
    for rule in all() {
        let examples = examples(&rule.documentation(), rule.code);
        let (bad, good): (Vec<_>, Vec<_>) = examples.iter().partition(|example| !example.marks.is_empty());
        if bad.is_empty() || good.is_empty() {
            wrong.push(format!("{} lacks a bad or a good example", rule.code));
        }
        for example in bad {
            let found = marks(&compile(&example.text));
            if found != example.marks || !found.iter().any(|mark| mark.code == rule.code) {
                wrong.push(format!(
                    "{}\n{}   found {found:?}\nexpected {:?}",
                    rule.code, example.text, example.marks
                ));
            }
        }
        for example in good {
            let compilation = compile(&example.text);
            if compilation.diagnostics.iter().any(|d| d.code == rule.code || d.severity == Severity::Error) {
                wrong.push(format!("{}\n{}   found {:?}", rule.code, example.text, compilation.diagnostics));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What was found where, as examples mark it.
fn marks(compilation: &Compilation) -> Vec<Mark> {
    let mark = |d: &disaggc::diagnostic::Diagnostic| {
        let span = d.labels.first().unwrap_or_else(|| panic!("{} has no place", d.code)).span;
        let text = &compilation.sources.get(span.file).text;
        let (line, start) = line_column(text, span.start as usize);
        let length = compilation.sources.text(span).chars().count().max(1);
        Mark { line, columns: (start, start + length - 1), code: d.code.to_owned() }
    };
    let mut marks: Vec<Mark> = compilation.diagnostics.iter().map(mark).collect();
    marks.sort();
    marks
}

#[test]
fn every_rule_has_a_code_of_its_own() {
    let codes: BTreeSet<&str> = all().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), all().count());
}
