//! A setting that goes away: its page speaks of engines by name, so it stands beside it.

use super::each;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("schema/deprecated", include_str!("deprecated.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        for (name, entry, key) in written.known() {
            if let Some(instead) = &key.deprecated {
                let message = format!("`{}` goes away after {}", written.path_of(name), written.engine());
                diagnostics.push(RULE.finding(message).label(entry.key, "deprecated").help(instead.clone()));
            }
        }
    });
}
