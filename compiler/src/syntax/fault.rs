//! Collects faults: what is said about them, and which places they damage.

use std::ops::Range;

use super::MAX_FAULTS;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// The faults of one text.
pub(super) struct Faults {
    file: FileId,
    list: Vec<Diagnostic>,
    /// How many were found after `list` was full.
    more: usize,
    /// Bytes that must not reach kdl; with the smallest node around each. Also of uncounted faults.
    damage: Vec<Range<usize>>,
}

impl Faults {
    pub fn new(file: FileId) -> Self {
        Faults { file, list: Vec::new(), more: 0, damage: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len() + self.more
    }

    pub fn file(&self) -> FileId {
        self.file
    }

    /// A fault at `place`, which spoils the node around it.
    pub fn add(
        &mut self,
        place: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.damage.push(place.clone());
        self.add_outside(place, code, message, label, help);
    }

    /// A fault that spoils no node: in a comment, or of the file as a whole.
    pub fn add_outside(
        &mut self,
        place: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.list.len() >= MAX_FAULTS {
            self.more += 1;
            return;
        }
        let span = Span::new(self.file, place.start, place.end);
        self.list.push(Diagnostic::error(code, message).label(span, label).help(help));
    }

    /// Adds a second place to the fault that was added last.
    pub fn and(&mut self, place: Range<usize>, label: impl Into<String>) {
        if self.more == 0
            && let Some(last) = self.list.pop()
        {
            let span = Span::new(self.file, place.start, place.end);
            self.list.push(last.label(span, label));
        }
    }

    /// Says what certainly was meant in the place of the fault that was added last.
    pub fn fix(&mut self, place: Range<usize>, text: String) {
        if self.more == 0
            && let Some(last) = self.list.pop()
        {
            let span = Span::new(self.file, place.start, place.end);
            let title = if text.is_empty() { "delete it".to_owned() } else { format!("write `{text}`") };
            self.list.push(last.fix(title, span, text));
        }
    }

    /// Spoils another node without saying more about it.
    pub fn spoil(&mut self, place: Range<usize>) {
        self.damage.push(place);
    }

    /// The damaged places, in the order of the text.
    pub fn take_damage(&mut self) -> Vec<Range<usize>> {
        let mut damage = std::mem::take(&mut self.damage);
        damage.sort_by_key(|place| place.start);
        damage
    }

    /// All that is to be said, in the order of the text.
    pub fn into_diagnostics(mut self, length: usize) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| d.labels.first().map(|l| (l.span.start, l.span.end)));
        if self.more > 0 {
            let end = Span::new(self.file, length, length);
            let message = format!("{} more syntax errors are not shown", self.more);
            self.list.push(
                Diagnostic::error("syntax/more", message)
                    .label(end, "up to the end of the file")
                    .help("correct the ones above first: some of these may come from them"),
            );
        }
        self.list
    }
}
