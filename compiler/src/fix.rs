//! Changes of a text that leave the rest of it as it is, comments and layout too.

use std::ops::Range;

use crate::diagnostic::Edit;

/// Applies edits of one text. One that overlaps an earlier one is left out: the finding will come again.
pub fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut places: Vec<(Range<usize>, &str)> = edits.iter().map(|edit| place(text, edit)).collect();
    places.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, replacement) in places {
        if range.start < done {
            continue;
        }
        out.push_str(&text[done..range.start]);
        out.push_str(replacement);
        done = range.end;
    }
    out.push_str(&text[done..]);
    out
}

/// What is replaced by what. Where something is deleted, the blanks before it and a `;` behind it go too, or its
/// line if nothing else is on it.
fn place<'a>(text: &str, edit: &'a Edit) -> (Range<usize>, &'a str) {
    let inside = |byte: u32| text.floor_char_boundary(byte as usize);
    let (start, end) = (inside(edit.span.start), inside(edit.span.end));
    if !edit.text.is_empty() {
        return (start..end, &edit.text);
    }
    let before = text[..start].trim_end_matches([' ', '\t']).len();
    let mut after = end;
    let blanks = |at: usize| text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    if text[end + blanks(end)..].starts_with(';') {
        after = end + blanks(end) + 1;
    }
    let rest = &text[after + blanks(after)..];
    let first = before == 0 || text[..before].ends_with('\n');
    let range = match rest.find('\n') {
        Some(0) if first => before..after + blanks(after) + 1,
        _ if first && rest.starts_with("\r\n") => before..after + blanks(after) + 2,
        None if first && rest.is_empty() => before..text.len(),
        // Behind a line break the blanks are the line's indentation, which what follows takes over.
        _ if first => start..after + blanks(after),
        _ => before..after,
    };
    (range, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    /// Deletes or replaces what stands between brackets.
    fn applied(marked: &str, replacement: &str) -> String {
        let start = marked.find('[').expect("a mark");
        let end = marked.find(']').expect("its end") - 1;
        let text = marked.replace(['[', ']'], "");
        let edit = Edit { span: Span::new(FileId(0), start, end), text: replacement.to_owned() };
        apply(&text, &[&edit])
    }

    #[test]
    fn a_replacement_changes_nothing_else() {
        assert_eq!(applied("a [true] // why\n", "#true"), "a #true // why\n");
    }

    #[test]
    fn a_deletion_takes_what_it_leaves_without_use() {
        assert_eq!(applied("x tp=8 [tp=8] pp=2\n", ""), "x tp=8 pp=2\n");
        assert_eq!(applied("{ A 1; [A 1]; B 2 }", ""), "{ A 1; B 2 }");
        assert_eq!(applied("{ A 1; [A 1] }", ""), "{ A 1; }");
        assert_eq!(applied("A 1\n    [A 1]  \nB 2\n", ""), "A 1\nB 2\n");
        assert_eq!(applied("A 1\r\n    [A 1]\r\nB 2\r\n", ""), "A 1\r\nB 2\r\n");
        assert_eq!(applied("A 1\n  [A 1]; B 2\n", ""), "A 1\n  B 2\n");
        assert_eq!(applied("A 1\n  [A 1] // twice\n", ""), "A 1\n  // twice\n");
        assert_eq!(applied("A 1\n[A 1]", ""), "A 1\n");
    }

    #[test]
    fn overlapping_edits_wait() {
        let edit =
            |start, end, text: &str| Edit { span: Span::new(FileId(0), start, end), text: text.into() };
        let edits = [edit(2, 4, "X"), edit(0, 3, "Y"), edit(4, 99, "Z")];
        let edits: Vec<&Edit> = edits.iter().collect();
        assert_eq!(apply("abcdéf", &edits), "YdZ");
    }
}
