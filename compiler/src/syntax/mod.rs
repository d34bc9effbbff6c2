//! From KDL text to the [`Node`] tree.
//!
//! The kdl crate has the last word on what is valid and decodes every value, but it is not asked
//! first: it gives no tree at all for a faulty text, its messages are those of a grammar, and some
//! inputs overflow its stack. So a text goes through these steps, one file each:
//!
//! 1. `scan` cuts it into tokens; `string` finds strings that don't end, and bad escapes.
//! 2. `outline` walks nodes and blocks, `entry` their values; both find what is out of place.
//!    `word` judges single words: numbers, `true` without `#`. `brace` says which brace of a
//!    pair is missing. The depth is bounded here.
//! 3. `recover` overwrites comments, `/-` parts and *every node with a fault* by blanks of the
//!    same length, which keeps all spans, and gives the rest to kdl. Faults that only kdl sees
//!    become diagnostics in `message`.
//! 4. `lower` turns kdl's document into our tree.
//!
//! All faults of a text are thus reported in one run. The price of a partial tree: the smallest
//! node that contains a fault is missing from it, so [`Parsed::complete`] is false and no phase may
//! conclude anything from absence. If braces don't pair, nobody knows which block a node belongs
//! to: then the tree is empty.
//!
//! Three things that KDL allows are errors here, because nobody means them: a node name that ends
//! in `:`, a value that ends in `,`, and a value that begins with `'` (to KDL these are letters);
//! `#inf` and `#nan` are errors too. Control characters are errors in comments as well.

mod brace;
mod entry;
mod fault;
pub mod format;
mod lower;
mod message;
mod outline;
mod recover;
mod scan;
mod string;
#[cfg(test)]
mod tests;
mod tree;
mod word;

pub use tree::*;

use crate::diagnostic::Diagnostic;
use crate::source::FileId;
use fault::Faults;

/// Larger texts are refused: kdl reads about 2 MB/s, and nobody writes so much by hand.
pub const MAX_BYTES: usize = 1 << 20;

/// Names and values in one text: kdl takes more than a kilobyte for each, and later phases compare them.
pub const MAX_WORDS: usize = 20_000;

/// Blocks may be nested this deep; kdl recurses, and must not meet the end of the stack.
pub const MAX_DEPTH: usize = 64;

/// Faults beyond this many are only counted: nobody reads them, and rendering is quadratic.
pub const MAX_FAULTS: usize = 100;

/// What [`parse`] could make of a text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The nodes without a fault. A node is missing as a whole if it has a fault itself; a fault
    /// in one of its children takes only that child.
    pub nodes: Vec<Node>,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether `nodes` is all that was written. If not, nothing follows from a node's absence.
    pub complete: bool,
}

/// Parses KDL 2. Never panics and never recurses deeper than [`MAX_DEPTH`] allows.
pub fn parse(text: &str, file: FileId) -> Parsed {
    let mut faults = Faults::new(file);
    let mut nodes = Vec::new();
    if text.len() > MAX_BYTES {
        let size = text.len().div_ceil(1 << 20);
        faults.add_outside(
            0..0,
            "syntax/too-large",
            format!("the file is too large: about {size} MiB, the limit is {} MiB", MAX_BYTES >> 20),
            "the file begins here",
            "is it the right one? A topology has some kilobytes",
        );
    } else {
        let scan = scan::scan(text, &mut faults);
        let outline = outline::outline(text, &scan, &mut faults);
        match scan.words().nth(MAX_WORDS) {
            Some(word) if !outline.lost => faults.add_outside(
                word.range(),
                "syntax/too-many",
                format!("the file is too large: the limit is {MAX_WORDS} names and values"),
                "one too many",
                "is it the right one? A topology has some hundreds",
            ),
            _ => nodes = recover::parse(text, &scan, &outline, &mut faults),
        }
    }
    let complete = faults.is_empty();
    Parsed { nodes, diagnostics: faults.into_diagnostics(text.len()), complete }
}
