//! Transfer buffers of different sizes: its page speaks of engines by name, so it stands beside it.

use super::differs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("transfer/buffers", include_str!("buffers.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "a cache that doesn't fit is sent in pieces of that size: write the same {name} on both sides";
    differs(&RULE, subject, Meaning::TransferBuffer, "transfer buffers", help, false, diagnostics);
}
