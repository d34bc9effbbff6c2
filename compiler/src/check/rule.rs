//! What a rule is: a code, what `explain` says about it, and a function that looks for it.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plan::Plan;

/// One thing that can be wrong with a topology.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// `group/name`, as findings show it.
    pub code: &'static str,
    pub severity: Severity,
    /// The release of disaggc that first looked for it.
    pub since: &'static str,
    /// The rule's own file, in which its documentation stands behind `//!`, in Markdown; or that alone.
    source: &'static str,
    check: Check,
    /// Why no KDL block of the documentation can show it, where none can.
    pub unshown: Option<&'static str>,
}

/// What looks for it.
#[derive(Debug, Clone, Copy)]
enum Check {
    /// Before there is a plan.
    Written(fn(&Subject, &mut Diagnostics)),
    /// With the plan.
    Planned(fn(&Subject, &Plan, &mut Diagnostics)),
    /// Nothing: it is known when all phases are done.
    Afterwards,
    /// Another phase comes upon it.
    Elsewhere,
}

impl Rule {
    /// A rule that is an error: what it finds can't work.
    pub(super) const fn error(
        code: &'static str,
        source: &'static str,
        check: fn(&Subject, &mut Diagnostics),
    ) -> Self {
        Rule {
            code,
            severity: Severity::Error,
            since: "0.1.0",
            source,
            check: Check::Written(check),
            unshown: None,
        }
    }

    /// A rule that is an error, and that needs the plan: how many nodes there are, who sits where.
    pub(super) const fn planned(
        code: &'static str,
        source: &'static str,
        check: fn(&Subject, &Plan, &mut Diagnostics),
    ) -> Self {
        Rule { check: Check::Planned(check), ..Rule::elsewhere(code, Severity::Error, source) }
    }

    /// A rule that is a warning: what it finds may be meant.
    pub(super) const fn warning(
        code: &'static str,
        source: &'static str,
        check: fn(&Subject, &mut Diagnostics),
    ) -> Self {
        Rule { severity: Severity::Warning, ..Rule::error(code, source, check) }
    }

    /// A warning about what the other findings turned out to be.
    pub(super) const fn afterwards(code: &'static str, source: &'static str) -> Self {
        Rule { check: Check::Afterwards, ..Rule::elsewhere(code, Severity::Warning, source) }
    }

    /// What another phase comes upon; `source` is its documentation.
    pub(super) const fn elsewhere(code: &'static str, severity: Severity, source: &'static str) -> Self {
        Rule { code, severity, since: "0.1.0", source, check: Check::Elsewhere, unshown: None }
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
        if let Check::Written(check) = self.check {
            check(subject, diagnostics);
        }
    }

    pub(super) fn run_planned(&self, subject: &Subject, plan: &Plan, diagnostics: &mut Diagnostics) {
        if let Check::Planned(check) = self.check {
            check(subject, plan, diagnostics);
        }
    }

    /// What it does, why that is bad, an example, and what to write instead: Markdown whose first line is the
    /// title. A line of carets below a line of an example marks what the finding points at.
    pub fn documentation(&self) -> String {
        if !self.source.starts_with("//!") {
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
