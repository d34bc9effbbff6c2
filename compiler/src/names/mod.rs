//! Names that other tools read: the ids of tests and the names of the stages that run them.
//!
//! Both are parsed into typed parts and written back exactly as they were read.

mod reader;
mod stage_name;
mod test_id;

use std::fmt;

pub use stage_name::{FUNCTIONAL_ONLY, Kind, Servers, StageName};
pub use test_id::{Form, Mode, TestId};

/// A text that has none of the known forms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FormError {
    /// What the text should have been.
    pub what: &'static str,
    pub text: String,
    /// The byte from which on it is wrong.
    pub at: usize,
    pub expected: String,
    pub forms: &'static [&'static str],
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FormError { what, text, at, expected, forms } = self;
        let (read, rest) = text.split_at(*at);
        write!(f, "`{text}` is not a {what}: ")?;
        match (read, rest) {
            (_, "") => write!(f, "it ends where {expected} is expected")?,
            ("", _) => write!(f, "{expected} is expected at its beginning")?,
            _ => write!(f, "{expected} is expected after `{read}`, not `{rest}`")?,
        }
        write!(f, "\nthe known forms are:")?;
        forms.iter().try_for_each(|form| write!(f, "\n  {form}"))
    }
}
