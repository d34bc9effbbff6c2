//! Places as programs want them: lines and columns of many spans, found without reading the text for each.

use std::collections::HashMap;
use std::fs;

use serde::Serialize;

use disaggc::source::{FileId, SourceMap, Span};

/// The file as those name it who know it from the repository's top, where disaggc is called: `a/../site.kdl` and
/// `./site.kdl` are `site.kdl`. What is elsewhere, or nowhere, keeps its name.
pub fn from_here(path: &str) -> String {
    let below = || {
        let whole = fs::canonicalize(path).ok()?;
        let below = whole.strip_prefix(fs::canonicalize(".").ok()?).ok()?;
        Some(below.to_str()?.to_owned())
    };
    let kept = || path.strip_prefix("./").unwrap_or(path).to_owned();
    below().filter(|_| !path.starts_with('/')).unwrap_or_else(kept)
}

/// Both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    pub byte: usize,
    pub line: usize,
    pub column: usize,
}

/// Where the lines of each text begin.
#[derive(Debug, Default)]
pub struct Places {
    lines: HashMap<(*const SourceMap, FileId), Vec<usize>>,
}

impl Places {
    /// Start and end of a span, which lies in its text afterwards.
    pub fn of(&mut self, sources: &SourceMap, span: Span) -> (Place, Place) {
        let text = &sources.get(span.file).text;
        let starts = self.lines.entry((sources, span.file)).or_insert_with(|| {
            let after_breaks =
                text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_breaks).collect()
        });
        let place = |byte: u32| {
            let byte = text.floor_char_boundary(byte as usize);
            let line = starts.partition_point(|start| *start <= byte);
            Place { byte, line, column: text[starts[line - 1]..byte].chars().count() + 1 }
        };
        (place(span.start), place(span.end))
    }
}
