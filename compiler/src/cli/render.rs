//! Shows what the compiler found to a person.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use textwrap::{WordSeparator, WordSplitter};

use disaggc::diagnostic::{Diagnostic, Label, Severity};
use disaggc::source::{FileId, SourceMap};

use super::findings::Finding;
use super::snippet::{Snippet, printable};

/// More findings than this help nobody.
const SHOWN: usize = 100;

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub color: bool,
    pub width: usize,
}

/// All findings in their order.
pub fn findings(findings: &[Finding], style: Style) -> String {
    let mut out = String::new();
    for Finding { diagnostic, sources } in findings.iter().take(SHOWN) {
        out.push_str(&finding(diagnostic, sources, style));
        out.push('\n');
    }
    let hidden = findings.len().saturating_sub(SHOWN);
    if hidden > 0 {
        out.push_str(&format!("{hidden} more are not shown; these may go away with the first ones.\n"));
    }
    out
}

/// One finding: its code and message, a snippet of each file that it has to do with, its help.
pub fn finding(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        // Paths and commands are copied from here: they are broken at blanks only.
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
        .without_syntax_highlighting();
    // miette shows one text in a report. A finding in several files is several reports in a row, of
    // which only the first has the message and only the last the help.
    let files = by_file(&diagnostic.labels);
    let last = files.len().max(1) - 1;
    let mut out = String::new();
    for index in 0..=last {
        let first = index == 0;
        let report = Report {
            severity: diagnostic.severity,
            code: first.then(|| format!("{}[{}]", diagnostic.severity.name(), diagnostic.code)),
            message: if first { printable(&diagnostic.message) } else { String::new() },
            labels: files.get(index).map(|(file, labels)| snippet(*file, labels, sources)),
            help: diagnostic.help.as_deref().filter(|_| index == last).map(printable),
        };
        let mut text = String::new();
        if handler.render_report(&mut text, &report).is_err() {
            // It only fails for a span outside of its text, which `Snippet::span` rules out.
            text = format!("{}\n", report.message);
        }
        let skip = if first { 0 } else { text.find('\n').map_or(0, |i| i + 1) };
        out.push_str(&text[skip..]);
    }
    out
}

/// The labels of each file, files in the order in which they are first named.
fn by_file(labels: &[Label]) -> Vec<(FileId, Vec<&Label>)> {
    let mut files: Vec<(FileId, Vec<&Label>)> = Vec::new();
    for label in labels {
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push(label),
            None => files.push((label.span.file, vec![label])),
        }
    }
    files
}

fn snippet(file: FileId, labels: &[&Label], sources: &SourceMap) -> (Snippet, Vec<LabeledSpan>) {
    let source = sources.get(file);
    let snippet = Snippet::new(&source.name, &source.text);
    let labels = labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            let span = snippet.span(label.span.start as usize, label.span.end as usize);
            let text = (!label.text.is_empty()).then(|| printable(&label.text));
            match index {
                0 => LabeledSpan::new_primary_with_span(text, span),
                _ => LabeledSpan::new_with_span(text, span),
            }
        })
        .collect();
    (snippet, labels)
}

/// A finding, or the part of it that is in one file, as miette wants it.
struct Report {
    severity: Severity,
    code: Option<String>,
    message: String,
    labels: Option<(Snippet, Vec<LabeledSpan>)>,
    help: Option<String>,
}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.labels.as_ref().map(|(snippet, _)| snippet as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.labels.as_ref().map(|(_, labels)| Box::new(labels.iter().cloned()) as _)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
