//! A source text as miette shows it: columns count characters, whole lines around a label, but only
//! a window of lines that are too long for a screen.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use disaggc::source::line_column;

/// Longer lines are cut around the label.
const LONG_LINE: usize = 400;
const WINDOW: usize = 100;

/// A label covers at most this many lines: where it begins says enough.
const LINES: usize = 10;

/// A named text that is safe to print.
pub struct Snippet {
    name: String,
    text: String,
}

impl Snippet {
    pub fn new(name: &str, text: &str) -> Self {
        // An empty file gets a place that a label can point at.
        let text = if text.is_empty() { " ".to_owned() } else { same_length_printable(text) };
        Snippet { name: printable(name), text }
    }

    /// A span in bytes that lies inside the text; the end of the text is the end of its last line.
    pub fn span(&self, start: usize, end: usize) -> SourceSpan {
        let mut start = self.boundary(start);
        if start == self.text.len() {
            start = self.boundary(start - 1);
        }
        let end = self.boundary(end).max(start);
        (start, self.cut(&self.text[start..end])).into()
    }

    /// How much of a text that a label covers is shown.
    fn cut(&self, covered: &str) -> usize {
        let end = covered.match_indices('\n').nth(LINES - 1).map_or(covered.len(), |(at, _)| at);
        let long = covered[..end].split('\n').any(|line| line.len() > LONG_LINE - 2 * WINDOW);
        if long { covered.floor_char_boundary(end.min(LONG_LINE - 2 * WINDOW)) } else { end }
    }

    /// The nearest character boundary at or before `offset`.
    fn boundary(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|&i| self.text.is_char_boundary(i)).unwrap_or(0)
    }

    /// From the start of the line of `start`, `before` lines earlier, to the same after `end`.
    fn lines(&self, start: usize, end: usize, before: usize, after: usize) -> (usize, usize) {
        let text = &self.text;
        let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |i| i + 1);
        let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |i| at + i + 1);
        let mut from = line_start(start);
        for _ in 0..before {
            from = line_start(from.saturating_sub(1));
        }
        // A span that ends with a newline ends on that line, not on the next.
        let mut to = line_end(if end > start { self.boundary(end - 1) } else { end });
        for _ in 0..after {
            to = line_end(to);
        }
        (from, to)
    }
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let start = self.boundary(span.offset());
        let end = self.boundary(span.offset().saturating_add(span.len())).max(start);
        let (mut from, mut to) =
            if before + after == 0 { (start, end) } else { self.lines(start, end, before, after) };
        if self.text[from..to].split('\n').any(|line| line.len() > LONG_LINE) {
            let line_from = self.text[..start].rfind('\n').map_or(0, |i| i + 1);
            let line_to = self.text[start..].find('\n').map_or(self.text.len(), |i| start + i);
            from = self.boundary(start.saturating_sub(WINDOW)).max(line_from).max(from);
            to = self.boundary(end.saturating_add(WINDOW)).min(line_to).min(from + LONG_LINE).max(from);
            to = self.boundary(to);
        }
        let (line, column) = line_column(&self.text, from);
        let shown = &self.text[from..to];
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            shown.as_bytes(),
            (from, shown.len()).into(),
            line - 1,
            column - 1,
            shown.matches('\n').count(),
        )))
    }
}

/// A message without characters that would steer the terminal.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Source text whose offsets must stay: a character is replaced by one of the same length.
fn same_length_printable(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        out.push(match c.len_utf8() {
            _ if !steers(c) || (c == '\r' && chars.peek() == Some(&'\n')) => c,
            1 => '?',
            2 => '¿',
            _ => '\u{fffd}',
        });
    }
    out
}

fn steers(c: char) -> bool {
    // Also the marks that turn the direction of writing: they show a text that is not what is read.
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{feff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
