//! What was found, in one file or in many: its order, and the forms in which it is said.

mod github;
mod json;
mod place;
mod sarif;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use disaggc::diagnostic::{Diagnostic, Diagnostics, Severity};
use disaggc::source::{SourceMap, Span};

use super::args::FindingsFormat;
use super::render::{self, Style};
use super::terminal::{print, tell};

/// A finding with the texts that it points into.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    pub diagnostic: &'a Diagnostic,
    pub sources: &'a SourceMap,
}

impl<'a> Finding<'a> {
    fn place(&self, span: Span) -> (&'a str, u32, u32) {
        (&self.sources.get(span.file).name, span.start, span.end)
    }
}

/// The findings of several compilations: file by file, in the order in which the files were first read, and in
/// each by place. What several topologies find in a file that they share is found once.
pub fn in_order<'a>(found: impl IntoIterator<Item = (&'a Diagnostics, &'a SourceMap)>) -> Vec<Finding<'a>> {
    let mut ranks: HashMap<&str, usize> = HashMap::new();
    let mut seen = HashSet::new();
    let mut findings = Vec::new();
    for (diagnostics, sources) in found {
        for (_, file) in sources.iter() {
            let next = ranks.len();
            ranks.entry(&file.name).or_insert(next);
        }
        for diagnostic in diagnostics.iter() {
            let finding = Finding { diagnostic, sources };
            let places: Vec<_> = diagnostic.labels.iter().map(|label| finding.place(label.span)).collect();
            if seen.insert((diagnostic.code, &diagnostic.message, places)) {
                findings.push(finding);
            }
        }
    }
    findings.sort_by_key(|finding| {
        let place = finding.diagnostic.labels.first().map(|label| finding.place(label.span));
        place.map(|(name, start, end)| (ranks[name], start, end))
    });
    findings
}

/// Says them: to a person on the standard error, to a program on the standard output.
///
/// # Errors
/// A sentence about why it can't be written.
pub fn show(findings: &[Finding], format: FindingsFormat, style: Style) -> Result<(), String> {
    match format {
        FindingsFormat::Text => {
            tell(&render::findings(findings, style));
            Ok(())
        }
        FindingsFormat::Json => print(&json::lines(findings)),
        FindingsFormat::Sarif => print(&sarif::log(findings)),
        FindingsFormat::Github => print(&github::commands(findings)),
    }
}

/// `3 errors, 1 warning`; `None` if there is nothing to count.
pub fn count(findings: &[Finding]) -> Option<String> {
    let of = |severity, name: &str| {
        let n = findings.iter().filter(|finding| finding.diagnostic.severity == severity).count();
        (n > 0).then(|| format!("{n} {name}{}", if n == 1 { "" } else { "s" }))
    };
    let parts = [of(Severity::Error, "error"), of(Severity::Warning, "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
