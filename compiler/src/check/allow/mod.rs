//! Warnings that a topology allows.

pub mod error;
pub mod unknown;
pub mod unused;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::source::Span;
use crate::topology::Topology;

/// Takes the warnings out that the topology allows, and reports an `allow` that hit none.
pub fn apply(topology: &Topology, complete: bool, diagnostics: &mut Diagnostics) {
    let whole = topology.span;
    let mut hits_nothing = Vec::new();
    for allow in topology.allows() {
        let hit = |d: &Diagnostic| {
            d.severity == Severity::Warning
                && d.code == allow.code.value
                // Findings in a site's file are in no node of the topology's.
                && (allow.scope == whole || d.labels.iter().any(|label| inside(label.span, allow.scope)))
        };
        let found = diagnostics.take_out(hit);
        let is_warning =
            super::table::find(&allow.code.value).is_some_and(|rule| rule.severity == Severity::Warning);
        // After an error some rules could not look.
        if found == 0 && is_warning && complete && !diagnostics.has_errors() {
            hits_nothing.push(unused::finding(allow));
        }
    }
    diagnostics.extend(hits_nothing);
}

fn inside(span: Span, scope: Span) -> bool {
    span.file == scope.file && scope.start <= span.start && span.end <= scope.end
}
