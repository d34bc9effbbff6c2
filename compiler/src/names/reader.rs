//! Reads a name from left to right and knows where it is.

use super::FormError;

pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    what: &'static str,
    forms: &'static [&'static str],
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, what: &'static str, forms: &'static [&'static str]) -> Self {
        Reader { text, at: 0, what, forms }
    }

    /// What is still to be read.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Reads `word` if it comes next.
    pub fn take(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Reads the longest run of such characters, which may be empty.
    pub fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let run = &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())];
        self.at += run.len();
        run
    }

    pub fn expect(&mut self, word: &str) -> Result<(), FormError> {
        if self.take(word) { Ok(()) } else { Err(self.error(format!("`{word}`"))) }
    }

    /// Reads a number of at least one. It has no leading zeros, since they would be lost in writing.
    pub fn number(&mut self, meaning: &str) -> Result<u32, FormError> {
        let start = self.at;
        let digits = self.take_while(|c| c.is_ascii_digit());
        digits.parse().ok().filter(|_| !digits.starts_with('0')).ok_or_else(|| {
            self.at = start;
            self.error(format!("{meaning}, a number from 1 to {}", u32::MAX))
        })
    }

    /// Nothing may be left.
    pub fn end(&self, or: &str) -> Result<(), FormError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.error(format!("{or} or nothing"))) }
    }

    /// The error at this place.
    pub fn error(&self, expected: impl Into<String>) -> FormError {
        FormError {
            what: self.what,
            text: self.text.to_owned(),
            at: self.at,
            expected: expected.into(),
            forms: self.forms,
        }
    }

    /// The error at an earlier place: where `part`, a slice of the text, begins.
    pub fn error_at(&self, part: &str, expected: impl Into<String>) -> FormError {
        let at = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        FormError { at: at.min(self.text.len()), ..self.error(expected) }
    }
}
