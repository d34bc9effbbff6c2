//! Cuts a text into tokens: the one place that knows how strings and comments of KDL end.

use std::ops::Range;

use super::fault::Faults;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Spaces, `/* */`, and `\` with the line break that it hides.
    Blank,
    Newline,
    LineComment,
    Slashdash,
    OpenBrace,
    CloseBrace,
    OpenParen,
    CloseParen,
    Equals,
    Semicolon,
    /// An identifier or a number.
    Word,
    /// `#` and what follows.
    Keyword,
    /// Quoted, raw or multi-line, quotes included.
    String,
    /// A character that begins no token: `[`, a lone `#`.
    Other,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub kind: Kind,
    start: u32,
    end: u32,
}

impl Token {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn start(self) -> usize {
        self.start as usize
    }

    pub fn end(self) -> usize {
        self.end as usize
    }
}

pub(super) struct Scan {
    pub tokens: Vec<Token>,
    /// A string or comment doesn't end where its author meant, so braces may be hidden in it.
    pub torn: bool,
    /// Where the strings begin that their line doesn't end, in order.
    pub unclosed: Vec<usize>,
}

impl Scan {
    /// Names and values.
    pub fn words(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|t| matches!(t.kind, Kind::Word | Kind::Keyword | Kind::String))
    }
}

/// Characters that KDL forbids everywhere; some turn the direction of text and so can hide things.
pub(super) fn is_disallowed(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

pub(super) fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

pub(super) fn is_newline(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}')
}

/// Forbidden characters count as letters: they have their own message already.
fn is_word(c: char) -> bool {
    !is_space(c)
        && !is_newline(c)
        && !matches!(c, '\\' | '/' | '(' | ')' | '{' | '}' | '[' | ']' | ';' | '"' | '#' | '=')
}

pub(super) fn scan(text: &str, faults: &mut Faults) -> Scan {
    disallowed(text, faults);
    let mut scanner = Scanner { text, at: 0, tokens: Vec::new(), torn: false, unclosed: Vec::new(), faults };
    scanner.run();
    Scan { tokens: scanner.tokens, torn: scanner.torn, unclosed: scanner.unclosed }
}

fn disallowed(text: &str, faults: &mut Faults) {
    let mut characters =
        text.char_indices().filter(|&(at, c)| is_disallowed(c) && (at, c) != (0, '\u{feff}')).peekable();
    while let Some((start, first)) = characters.next() {
        let mut end = start + first.len_utf8();
        // One message for a run: a binary file should not give thousands.
        while let Some((_, c)) = characters.next_if(|&(at, _)| at == end) {
            end += c.len_utf8();
        }
        faults.add(
            start..end,
            "syntax/control-character",
            format!("the character U+{:04X} is not allowed in KDL", u32::from(first)),
            "an invisible character",
            format!("delete it, or write `\\u{{{:x}}}` in a quoted string", u32::from(first)),
        );
    }
}

pub(super) struct Scanner<'a> {
    pub text: &'a str,
    pub at: usize,
    pub tokens: Vec<Token>,
    pub torn: bool,
    pub unclosed: Vec<usize>,
    pub faults: &'a mut Faults,
}

impl Scanner<'_> {
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn skip_while(&mut self, test: impl Fn(char) -> bool) {
        self.at += self.rest().find(|c| !test(c)).unwrap_or(self.rest().len());
    }

    pub(super) fn push(&mut self, kind: Kind, start: usize) {
        // Texts are at most MAX_BYTES long.
        self.tokens.push(Token { kind, start: start as u32, end: self.at as u32 });
    }

    fn run(&mut self) {
        while let Some(c) = self.peek() {
            let start = self.at;
            let kind = match c {
                '\u{feff}' if start == 0 => self.take(c, Kind::Blank),
                '\r' if self.rest().starts_with("\r\n") => {
                    self.at += 2;
                    Kind::Newline
                }
                c if is_newline(c) => self.take(c, Kind::Newline),
                c if is_space(c) => {
                    self.skip_while(is_space);
                    Kind::Blank
                }
                '/' => self.slash(),
                '\\' => self.escaped_line(),
                '{' => self.take(c, Kind::OpenBrace),
                '}' => self.take(c, Kind::CloseBrace),
                '(' => self.take(c, Kind::OpenParen),
                ')' => self.take(c, Kind::CloseParen),
                '=' => self.take(c, Kind::Equals),
                ';' => self.take(c, Kind::Semicolon),
                '[' | ']' => self.take(c, Kind::Other),
                '"' if self.rest().starts_with("\"\"\"") => self.multi_line(0),
                '"' => self.quoted(),
                '#' => self.hash(),
                '\'' => self.single_quoted(),
                _ => {
                    self.skip_while(is_word);
                    Kind::Word
                }
            };
            // `quoted` may have merged tokens of its line into one that begins earlier.
            let start = self.tokens.last().map_or(start, |last| start.max(last.end()));
            if self.at > start {
                self.push(kind, start);
            }
        }
    }

    fn take(&mut self, c: char, kind: Kind) -> Kind {
        self.at += c.len_utf8();
        kind
    }

    fn slash(&mut self) -> Kind {
        match self.rest().as_bytes().get(1) {
            Some(b'/') => {
                self.skip_while(|c| !is_newline(c));
                Kind::LineComment
            }
            Some(b'-') => {
                self.at += 2;
                Kind::Slashdash
            }
            Some(b'*') => self.block_comment(),
            _ => self.take('/', Kind::Other),
        }
    }

    /// `/* */`, which nest. Counted, not recursed: kdl would recurse for each `*`.
    fn block_comment(&mut self) -> Kind {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        loop {
            match (bytes.get(self.at), bytes.get(self.at + 1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Kind::Blank;
                    }
                }
                (Some(_), _) => self.at += 1,
                (None, _) => break,
            }
        }
        self.torn = true;
        self.faults.add(
            start..start + 2,
            "syntax/unclosed-comment",
            "the comment is not closed",
            "it begins here",
            "write `*/` where it ends; each `/*` inside needs its own",
        );
        Kind::Blank
    }

    /// `\` before a line break continues the line.
    fn escaped_line(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        loop {
            self.skip_while(is_space);
            if !self.rest().starts_with("/*") {
                break;
            }
            self.block_comment();
        }
        if self.rest().starts_with("//") {
            self.skip_while(|c| !is_newline(c));
        }
        match self.peek() {
            None => {}
            Some('\r') if self.rest().starts_with("\r\n") => self.at += 2,
            Some(c) if is_newline(c) => self.at += c.len_utf8(),
            Some(_) => {
                self.at = start + 1;
                return Kind::Other;
            }
        }
        Kind::Blank
    }

    /// `'…'` is no string, but is meant as one: it is one mistake, whatever stands in it.
    fn single_quoted(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        self.skip_while(|c| c != '\'' && !is_newline(c));
        if self.peek() != Some('\'') {
            self.at = start;
        }
        self.skip_while(is_word);
        self.torn |= self.text[start..self.at].contains(['{', '}']);
        Kind::Word
    }

    fn hash(&mut self) -> Kind {
        let start = self.at;
        self.skip_while(|c| c == '#');
        let hashes = self.at - start;
        if self.peek() == Some('"') {
            self.at = start;
            return self.raw(hashes);
        }
        if hashes == 1 && self.peek().is_some_and(is_word) {
            self.skip_while(is_word);
            return Kind::Keyword;
        }
        Kind::Other
    }
}
