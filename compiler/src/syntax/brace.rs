//! Which brace is missing or one too many.
//!
//! A parser notices at the end of the file; a person wants the block. Indentation tells: a `}` at
//! the begin of a line belongs to a block whose line has the same indentation.

use std::ops::Range;

use super::fault::Faults;
use super::scan::is_space;

/// A `{`.
pub(super) struct Opener {
    place: Range<usize>,
    /// Of its line.
    indent: usize,
}

#[derive(Default)]
pub(super) struct Braces {
    line: usize,
    indent: usize,
    /// Innermost first.
    unclosed: Vec<Opener>,
    stray: Option<Range<usize>>,
    /// The first block whose `}` belongs farther out, and that `}`.
    cut_short: Option<(Range<usize>, Range<usize>)>,
    /// The first `}` that is farther in than the line of its block, and its `{`.
    early: Option<(Range<usize>, Range<usize>)>,
}

impl Braces {
    /// A line begins at `start`. Called once for each, so that a long line stays cheap.
    pub fn new_line(&mut self, text: &str, start: usize) {
        self.line = start;
        let rest = &text[start..];
        self.indent = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
    }

    pub fn opener(&self, place: Range<usize>) -> Opener {
        Opener { place, indent: self.indent }
    }

    pub fn close(&mut self, opener: Opener, place: Range<usize>) {
        // Braces in the middle of a line say nothing.
        if place.start != self.line + self.indent {
            return;
        }
        if self.indent < opener.indent {
            self.cut_short.get_or_insert((opener.place, place));
        } else if self.indent > opener.indent {
            self.early.get_or_insert((place, opener.place));
        }
    }

    pub fn unclosed(&mut self, opener: Opener) {
        self.unclosed.push(opener);
    }

    pub fn stray(&mut self, place: Range<usize>) {
        self.stray.get_or_insert(place);
    }

    pub fn unbalanced(&self) -> bool {
        !self.unclosed.is_empty() || self.stray.is_some()
    }

    /// One diagnostic for each direction: the rest would follow from the first.
    pub fn report(self, text: &str, faults: &mut Faults) {
        if let Some(place) = self.stray {
            faults.add_outside(
                place,
                "syntax/stray-brace",
                "there is no `{` for this `}`",
                "closes nothing",
                "delete it, or one of the `}` before it",
            );
            if let Some((brace, _)) = self.early {
                faults.and(brace, "by its indentation, this one may be the one too many");
            }
        }
        let Some(inner) = self.unclosed.first() else { return };
        let place = self.cut_short.as_ref().map_or(&inner.place, |(open, _)| open);
        faults.add_outside(
            place.clone(),
            "syntax/unclosed-brace",
            format!("the block{} is not closed", owner(text, place.start)),
            "its `}` is missing",
            "write `}` where it ends",
        );
        if let Some((_, close)) = &self.cut_short {
            faults.and(close.clone(), "by its indentation, this one closes a block farther out");
        } else {
            // The block that is at fault may be any of those that are open at the end.
            for outer in self.unclosed[1..].iter().take(3) {
                faults.and(outer.place.clone(), "this block is not closed either");
            }
        }
    }
}

/// `` of `name` ``: what stands before the brace at `at` on its line, if that is short.
fn owner(text: &str, at: usize) -> String {
    let line = text[..at].rsplit(['\n', '\r', ';', '{', '}']).next().unwrap_or("").trim();
    let name = line.split(is_space).next().unwrap_or("");
    let fine = !name.is_empty() && name.chars().count() <= 40 && !name.contains('`');
    if fine { format!(" of `{name}`") } else { String::new() }
}
