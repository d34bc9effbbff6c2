//! What a text consists of, comments included; only for texts without a fault.

use super::super::fault::Faults;
use super::super::scan::{Kind, Token, is_newline, scan};
use crate::source::FileId;

/// The lines of a file or a block.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    /// A comment on the line of the `{`, with the blanks before it.
    pub opening: Option<Comment<'a>>,
    pub items: Vec<Item<'a>>,
    /// It was written on one line.
    pub inline: bool,
}

#[derive(Debug, Default)]
pub(super) struct Item<'a> {
    /// An empty line stands before it.
    pub apart: bool,
    /// `/* */` before the node; all there is where the node has no pieces.
    pub before: Vec<&'a str>,
    pub node: Vec<Piece<'a>>,
    /// `// …` at the end of its line, or alone on one.
    pub comment: Option<Comment<'a>>,
}

#[derive(Debug)]
pub(super) struct Comment<'a> {
    pub blanks: &'a str,
    pub text: &'a str,
}

#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// A name, a value or a `/* */`, as it is written.
    Text(&'a str),
    /// `=`, `(`, `)`, `/-`: no blanks belong on one or on both sides of it.
    Glue(&'a str),
    Block(Block<'a>),
    /// `\` and the comment that may follow it.
    Continued(&'a str),
    /// `// …` between a `/-` and what it takes out.
    Comment(&'a str),
}

pub(super) fn document(text: &str) -> Block<'_> {
    // It has no faults, and so needs no file.
    let tokens = scan(text, &mut Faults::new(FileId(0))).tokens;
    Reader { text, tokens: &tokens, at: 0 }.block()
}

struct Reader<'a, 't> {
    text: &'a str,
    tokens: &'t [Token],
    at: usize,
}

impl<'a> Reader<'a, '_> {
    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn take(&mut self) -> &'a str {
        let text = self.tokens.get(self.at).map_or("", |token| &self.text[token.range()]);
        self.at += 1;
        text
    }

    /// Blanks that are nothing but that; comments and `\` are left.
    fn spaces(&mut self) -> &'a str {
        match self.tokens.get(self.at) {
            Some(token) if token.kind == Kind::Blank => match &self.text[token.range()] {
                text if text.starts_with(['/', '\\']) => "",
                _ => self.take(),
            },
            _ => "",
        }
    }

    fn line_comment(&mut self, blanks: &'a str) -> Option<Comment<'a>> {
        (self.kind() == Some(Kind::LineComment)).then(|| Comment { blanks, text: self.take().trim_end() })
    }

    /// Up to the `}` or the end, which is left.
    fn block(&mut self) -> Block<'a> {
        let start = self.tokens.get(self.at).map_or(self.text.len(), |token| token.start());
        let blanks = self.spaces();
        let opening = if start > 0 { self.line_comment(blanks) } else { None };
        let mut block = Block { opening, ..Block::default() };
        let mut item = Item::default();
        let mut breaks = 0;
        loop {
            self.spaces();
            match self.kind() {
                None | Some(Kind::CloseBrace) => break,
                Some(Kind::Newline) => {
                    self.take();
                    breaks += 1;
                    // `/* */` alone on its line.
                    if !item.before.is_empty() {
                        block.items.push(std::mem::take(&mut item));
                        breaks = 1;
                    }
                    continue;
                }
                _ => {}
            }
            item.apart |= breaks > 1 && !block.items.is_empty();
            breaks = 0;
            match self.kind() {
                Some(Kind::LineComment) => {
                    item.comment = self.line_comment("");
                    block.items.push(std::mem::take(&mut item));
                }
                Some(Kind::Blank) => {
                    let text = self.take();
                    if text.starts_with('/') {
                        item.before.push(text);
                    } else if let Some(comment) = comment_in(text) {
                        // A `\` before a node does nothing.
                        item.comment = Some(Comment { blanks: "", text: comment });
                        block.items.push(std::mem::take(&mut item));
                    }
                }
                _ => {
                    item.node = self.node();
                    let blanks = self.spaces();
                    item.comment = self.line_comment(blanks);
                    block.items.push(std::mem::take(&mut item));
                }
            }
        }
        if !item.before.is_empty() {
            block.items.push(item);
        }
        let end = self.tokens.get(self.at).map_or(self.text.len(), |token| token.start());
        block.inline = !self.text[start.min(end)..end].contains(is_newline);
        block
    }

    /// A node up to its end, with its `;`.
    fn node(&mut self) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        loop {
            let before = self.at;
            self.spaces();
            match self.kind() {
                Some(Kind::LineComment) => {
                    // The blanks are the comment's: it may be aligned.
                    self.at = before;
                    break;
                }
                None | Some(Kind::Newline | Kind::CloseBrace) => break,
                Some(Kind::Semicolon) => {
                    self.take();
                    break;
                }
                Some(Kind::OpenBrace) => {
                    self.take();
                    pieces.push(Piece::Block(self.block()));
                    self.take();
                }
                Some(Kind::Slashdash) => {
                    pieces.push(Piece::Glue(self.take()));
                    self.hidden(&mut pieces);
                }
                Some(Kind::Equals | Kind::OpenParen | Kind::CloseParen) => {
                    pieces.push(Piece::Glue(self.take()));
                }
                Some(Kind::Blank) => {
                    let text = self.take();
                    pieces.push(match text.strip_prefix('\\') {
                        Some(_) => Piece::Continued(comment_in(text).unwrap_or_default()),
                        None => Piece::Text(text),
                    });
                }
                Some(_) => pieces.push(Piece::Text(self.take())),
            }
        }
        // A `\` at the end continues nothing.
        while let Some(Piece::Continued("")) = pieces.last() {
            pieces.pop();
        }
        pieces
    }

    /// Line breaks and comments behind a `/-`.
    fn hidden(&mut self, pieces: &mut Vec<Piece<'a>>) {
        loop {
            self.spaces();
            match self.kind() {
                Some(Kind::Newline) => {
                    self.take();
                }
                Some(Kind::LineComment) => pieces.push(Piece::Comment(self.take().trim_end())),
                _ => return,
            }
        }
    }
}

/// The comments in `\ /* … */ // …` and a line break.
fn comment_in(continued: &str) -> Option<&str> {
    let comment = continued[1..].trim();
    (!comment.is_empty()).then_some(comment)
}
