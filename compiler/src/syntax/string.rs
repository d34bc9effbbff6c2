//! Strings: quoted, raw and multi-line, and where one probably should have ended.

use super::scan::{Kind, Scanner, is_newline, is_space};

impl Scanner<'_> {
    pub(super) fn raw(&mut self, hashes: usize) -> Kind {
        let start = self.at;
        let opening = hashes + 1;
        let quotes = &self.text[start + hashes..];
        if quotes.starts_with("\"\"\"") && quotes[3..].starts_with(is_newline) {
            return self.multi_line(hashes);
        }
        let closing = format!("\"{}", "#".repeat(hashes));
        let body = &self.text[start + opening..];
        // Not farther than the line, or the many strings of a long one would take quadratic time.
        let mut ends =
            body.char_indices().filter(|&(at, c)| is_newline(c) || body[at..].starts_with(&closing));
        if let Some((at, '"')) = ends.next() {
            self.at = start + opening + at + closing.len();
            return Kind::String;
        }
        self.unclosed(start, start + opening, format!("it ends with `{closing}`, on the same line"));
        Kind::String
    }

    pub(super) fn quoted(&mut self) -> Kind {
        let start = self.at;
        // After a glued `r` it was meant as KDL 1's raw string, which `entry` has the words for.
        let raw = self.tokens.last().is_some_and(|t| t.end() == start && &self.text[t.range()] == "r");
        self.at += 1;
        loop {
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Kind::String;
                }
                Some('\\') if !raw => self.escape(),
                Some(c) if !is_newline(c) => self.at += c.len_utf8(),
                _ => break,
            }
        }
        // `a "x b="y"`: the quote without a partner is the first, not the last of the line. A string
        // that has a word glued to it gives it away.
        let line = self.tokens.iter().rposition(|t| t.kind == Kind::Newline).map_or(0, |i| i + 1);
        let mut from = start;
        for i in line..self.tokens.len() {
            let next = self.tokens.get(i + 1).map_or(Kind::String, |t| t.kind);
            let glued = self.tokens[i].kind == Kind::String && matches!(next, Kind::Word | Kind::String);
            if glued {
                from = self.tokens[i].start();
                self.tokens.truncate(i);
                break;
            }
        }
        self.unclosed(from, from + 1, "write the `\"` that ends it; in a string, `\"` is `\\\"`".into());
        if from < start {
            self.push(Kind::String, from);
        }
        Kind::String
    }

    /// A string from `start` that its line does not end. What looks like the end of the line of a
    /// node (` {`, ` }`, `;`) is left out of it, or a missing quote would unbalance the braces.
    fn unclosed(&mut self, start: usize, opening_end: usize, help: String) {
        self.torn = true;
        self.unclosed.push(start);
        let tail_end = self.text[self.at.max(opening_end)..].find(is_newline);
        let line_end = tail_end.map_or(self.text.len(), |n| self.at.max(opening_end) + n);
        let body = &self.text[opening_end..line_end];
        let kept = body.trim_end_matches(|c| is_space(c) || matches!(c, '{' | '}' | ';'));
        let tail = &body[kept.len()..];
        let end = if tail.starts_with(is_space) { opening_end + kept.len() } else { line_end };
        self.at = end.max(opening_end);
        self.faults.add(
            start..opening_end,
            "syntax/unclosed-string",
            "the string is not closed",
            "it begins here and does not end on this line",
            help,
        );
    }

    /// After `\`, in a string.
    fn escape(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some('\\' | '"' | 'b' | 'f' | 'n' | 'r' | 't' | 's') => {
                self.at += 1;
                return;
            }
            Some(c) if is_space(c) || is_newline(c) => {
                self.skip_while(|c| is_space(c) || is_newline(c));
                return;
            }
            Some('u') => {
                // At most `u{`, six digits, `}`: looking farther would be quadratic.
                let near = &self.rest().as_bytes()[..self.rest().len().min(9)];
                let close = near.iter().position(|&b| b == b'}');
                let digits = close.filter(|&n| n > 2 && near[1] == b'{').map(|n| &self.rest()[2..n]);
                let hex = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let code = hex.and_then(|d| u32::from_str_radix(d, 16).ok());
                if let (Some(digits), Some(_)) = (hex, code.and_then(char::from_u32)) {
                    self.at += digits.len() + 3;
                    return;
                }
                self.at += 1;
            }
            Some(c) => self.at += c.len_utf8(),
            None => {}
        }
        let escape = self.text[start..self.at].to_string();
        let help = match escape.as_str() {
            "\\u" => "write `\\u{…}` with the hexadecimal number of a character".to_string(),
            "\\/" => "in KDL 2, `/` is written without `\\`".to_string(),
            _ => "write `\\\\` for a backslash, or a raw string: `#\"…\"#`".to_string(),
        };
        let message = format!("`{escape}` is not an escape");
        self.faults.add(start..self.at, "syntax/bad-escape", message, "unknown to KDL", help);
    }

    /// `"""`, a line break, lines, `"""` on a line of its own; or the same between `hashes`.
    pub(super) fn multi_line(&mut self, hashes: usize) -> Kind {
        let start = self.at;
        let opening = start..start + hashes + 3;
        let closing = format!("\"\"\"{}", "#".repeat(hashes));
        self.at = opening.end;
        if !self.rest().starts_with(is_newline) {
            if let Some(length) = self.rest().find("\"\"\"") {
                self.at += length + 3;
            } else {
                self.torn = true;
                self.skip_while(|c| !is_newline(c));
            }
            self.faults.add(
                opening,
                "syntax/multi-line-string",
                "a line break must follow `\"\"\"`",
                "text follows on the same line",
                "begin the text on the next line, or write a single `\"` for a string on one line",
            );
            return Kind::String;
        }
        let body = self.at;
        let mut escapes = false;
        let mut line = self.at;
        let close = loop {
            if self.rest().starts_with(&closing) {
                break Some(self.at);
            }
            match self.peek() {
                None => break None,
                Some('\\') if hashes == 0 => {
                    escapes = true;
                    self.escape();
                }
                Some(c) => {
                    self.at += c.len_utf8();
                    if is_newline(c) {
                        line = self.at;
                    }
                }
            }
        };
        let Some(close) = close else {
            self.torn = true;
            let help = format!("write `{closing}` on a line of its own where it ends");
            let label = "it begins here";
            self.faults.add(opening, "syntax/unclosed-string", "the string is not closed", label, help);
            return Kind::String;
        };
        self.at = close + closing.len();
        // Escapes may hide line breaks and blanks; then only kdl knows what the lines are.
        if !escapes {
            self.check_lines(body, line, close);
        }
        Kind::String
    }

    /// Every line of a multi-line string begins with the blanks before its closing quotes.
    fn check_lines(&mut self, body: usize, last: usize, close: usize) {
        let prefix = &self.text[last..close];
        if !prefix.chars().all(is_space) {
            self.faults.add(
                close..self.at,
                "syntax/multi-line-string",
                "the closing `\"\"\"` must be on a line of its own",
                "text stands before it",
                "break the line before it",
            );
            return;
        }
        let mut start = body;
        for line in self.text[body..last].split_inclusive(is_newline) {
            let content = line.trim_end_matches(is_newline);
            let text = content.trim_start_matches(is_space);
            if !text.is_empty() && !content.starts_with(prefix) {
                let at = start + content.len() - text.len();
                let end = at + text.chars().next().map_or(0, char::len_utf8);
                self.faults.add(
                    at..end,
                    "syntax/multi-line-string",
                    "this line of the string is indented less than its closing `\"\"\"`",
                    "not enough blanks before this",
                    "indent it with the same blanks as the closing quotes; they are not part of the text",
                );
                return;
            }
            start += line.len();
        }
    }
}
