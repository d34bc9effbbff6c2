//! `harness "NAME" { … }`: running the roles through a test program.

pub mod accuracy;
pub mod missing;
pub mod node_kinds;
pub mod pools;
pub mod selection;
pub mod unknown;
pub mod word;

use crate::source::Spanned;
use crate::topology::ast::Harness;

/// What is written for a field.
fn value<'a>(harness: &'a Harness, field: &str) -> Option<&'a Spanned<String>> {
    harness.values.iter().find(|(name, _)| *name == field).map(|(_, value)| value)
}

/// Whether a launcher that expands the command behind it unquoted leaves a text as it is. The test's id has
/// brackets, which no file's name matches.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "*?".contains(c))
}
