//! What a rule is: a code, what `explain` says about it, and a function that looks for it.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};

/// One thing that can be wrong with a topology.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// `group/name`, as findings show it.
    pub code: &'static str,
    pub severity: Severity,
    /// The release of disaggc that first looked for it.
    pub since: &'static str,
    /// The rule's own file. What stands in it behind `//!` is its documentation, in Markdown.
    source: &'static str,
    /// What looks for it; `None` for what another phase comes upon.
    check: Option<fn(&Subject, &mut Diagnostics)>,
    /// Why no KDL block of the documentation can show it, where none can.
    pub unshown: Option<&'static str>,
}

impl Rule {
    /// A rule that is an error: what it finds can't work.
    pub(super) const fn error(
        code: &'static str,
        source: &'static str,
        check: fn(&Subject, &mut Diagnostics),
    ) -> Self {
        Rule { code, severity: Severity::Error, since: "0.1.0", source, check: Some(check), unshown: None }
    }

    /// A rule that is a warning: what it finds may be meant.
    pub(super) const fn warning(
        code: &'static str,
        source: &'static str,
        check: fn(&Subject, &mut Diagnostics),
    ) -> Self {
        Rule { severity: Severity::Warning, ..Rule::error(code, source, check) }
    }

    /// What another phase comes upon; `source` is its documentation.
    pub(super) const fn elsewhere(code: &'static str, severity: Severity, source: &'static str) -> Self {
        Rule { code, severity, since: "0.1.0", source, check: None, unshown: None }
    }

    /// One that has no bad example, and why.
    pub(super) const fn unshown(self, why: &'static str) -> Self {
        Rule { unshown: Some(why), ..self }
    }

    /// A finding of this rule.
    pub fn finding(&self, message: impl Into<String>) -> Diagnostic {
        match self.severity {
            Severity::Error => Diagnostic::error(self.code, message),
            Severity::Warning => Diagnostic::warning(self.code, message),
        }
    }

    pub(super) fn run(&self, subject: &Subject, diagnostics: &mut Diagnostics) {
        if let Some(check) = self.check {
            check(subject, diagnostics);
        }
    }

    /// What it does, why that is bad, an example, and what to write instead: Markdown whose first line is the
    /// title. A line of carets below a line of an example marks what the finding points at.
    pub fn documentation(&self) -> String {
        if self.check.is_none() {
            return self.source.to_owned();
        }
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n") + "\n"
    }

    /// The first line of the documentation, without its mark.
    pub fn title(&self) -> String {
        let documentation = self.documentation();
        let first = documentation.lines().next().unwrap_or_default();
        first.trim_start_matches(['#', ' ']).to_owned()
    }
}
