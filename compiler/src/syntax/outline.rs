//! Walks the tokens of a text as nodes, entries and blocks, and reports what is out of place.
//!
//! After a fault it goes on with the next entry or node, so that one run shows them all.

use std::ops::Range;

use super::MAX_DEPTH;
use super::brace::Braces;
use super::fault::Faults;
use super::scan::{Kind, Scan, Token};
use super::word::{self, Complaint, Place};

/// The shape of a text.
pub(super) struct Outline {
    /// Every node with its children and its `;`, in the order in which they begin.
    pub nodes: Vec<Range<usize>>,
    /// What `/-` takes out, itself included.
    pub hidden: Vec<Range<usize>>,
    /// How deep blocks are nested.
    pub depth: usize,
    /// Braces don't pair, or are nested too deep: the shape is a guess.
    pub lost: bool,
    tokens: Vec<Range<usize>>,
}

impl Outline {
    /// The token that covers the byte `at`.
    pub fn token_at(&self, at: usize) -> Option<Range<usize>> {
        let after = self.tokens.partition_point(|token| token.start <= at);
        self.tokens[..after].last().filter(|token| token.end > at).cloned()
    }
}

pub(super) fn outline(text: &str, scan: &Scan, faults: &mut Faults) -> Outline {
    let mut walker = Walker {
        text,
        tokens: &scan.tokens,
        unclosed: &scan.unclosed,
        at: 0,
        end: 0,
        nodes: Vec::new(),
        hidden: Vec::new(),
        depth: 0,
        too_deep: false,
        braces: Braces::default(),
        in_env: false,
        faults,
    };
    walker.braces.new_line(text, 0);
    walker.block(0);
    let lost = walker.too_deep || walker.braces.unbalanced();
    let (nodes, hidden, depth, braces) = (walker.nodes, walker.hidden, walker.depth, walker.braces);
    // A brace may hide in a string that doesn't end: then only the string is worth a message.
    if !walker.too_deep && !scan.torn {
        braces.report(text, faults);
    }
    Outline { nodes, hidden, depth, lost, tokens: scan.tokens.iter().map(|t| t.range()).collect() }
}

pub(super) struct Walker<'a> {
    pub text: &'a str,
    pub tokens: &'a [Token],
    /// Where the strings begin that don't end, in order.
    pub unclosed: &'a [usize],
    /// The next token.
    pub at: usize,
    /// Where the last token ended that is no blank.
    pub end: usize,
    nodes: Vec<Range<usize>>,
    hidden: Vec<Range<usize>>,
    depth: usize,
    too_deep: bool,
    braces: Braces,
    /// Inside of an `env`, where `true` may be text.
    pub in_env: bool,
    pub faults: &'a mut Faults,
}

impl Walker<'_> {
    pub(super) fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// Where the next token is; at the end of the text, the empty range there.
    pub(super) fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.text.len()..self.text.len(), |token| token.range())
    }

    pub(super) fn written(&self, range: Range<usize>) -> &str {
        &self.text[range]
    }

    pub(super) fn advance(&mut self) -> Range<usize> {
        let range = self.here();
        match self.kind() {
            Some(Kind::Newline) => self.braces.new_line(self.text, range.end),
            Some(Kind::Blank) => {}
            _ => self.end = range.end,
        }
        self.at += 1;
        range
    }

    /// Skips blanks; whether there were any.
    pub(super) fn blanks(&mut self) -> bool {
        let before = self.at;
        while self.kind() == Some(Kind::Blank) {
            self.advance();
        }
        self.at > before
    }

    fn blanks_and_lines(&mut self) {
        while matches!(self.kind(), Some(Kind::Blank | Kind::Newline | Kind::LineComment)) {
            self.advance();
        }
    }

    /// Whether the next token ends a node.
    pub(super) fn at_end(&self) -> bool {
        matches!(
            self.kind(),
            None | Some(Kind::Newline | Kind::LineComment | Kind::Semicolon | Kind::CloseBrace)
        )
    }

    /// Skips what can't be understood, up to the end of the node's line or its block.
    pub(super) fn rest_of_line(&mut self) {
        while !self.at_end() && self.kind() != Some(Kind::OpenBrace) {
            self.advance();
        }
    }

    pub(super) fn complain(&mut self, place: Range<usize>, complaint: Option<Complaint>) {
        if let Some(c) = complaint {
            self.faults.add(place.clone(), c.code, c.message, c.label, c.help);
            if let Some(meant) = c.meant {
                self.faults.fix(place, meant);
            }
        }
    }

    /// Nodes up to a `}` that it leaves, or the end.
    fn block(&mut self, depth: usize) {
        while !self.too_deep {
            self.blanks_and_lines();
            match self.kind() {
                None => return,
                Some(Kind::CloseBrace) if depth > 0 => return,
                Some(Kind::CloseBrace) => {
                    let place = self.advance();
                    self.braces.stray(place);
                }
                Some(Kind::Semicolon) => {
                    let place = self.advance();
                    self.faults.add(
                        place,
                        "syntax/unexpected",
                        "there is no node before this `;`",
                        "ends nothing",
                        "delete it",
                    );
                }
                Some(_) => self.node(depth),
            }
        }
    }

    /// `{ … }`.
    fn children(&mut self, depth: usize) {
        let opener = self.braces.opener(self.here());
        let place = self.advance();
        if depth >= MAX_DEPTH {
            self.too_deep = true;
            self.faults.add(
                place,
                "syntax/too-deep",
                format!("blocks are nested too deep: the limit is {MAX_DEPTH}"),
                "one block too many",
                "move the inner blocks out",
            );
            return;
        }
        self.depth = self.depth.max(depth + 1);
        self.block(depth + 1);
        if self.too_deep {
            return;
        }
        if self.kind() == Some(Kind::CloseBrace) {
            self.braces.close(opener, self.here());
            self.advance();
        } else {
            self.braces.unclosed(opener);
        }
    }

    fn node(&mut self, depth: usize) {
        let start = self.here().start;
        let index = self.nodes.len();
        self.nodes.push(start..start);
        let hidden = self.kind() == Some(Kind::Slashdash);
        if hidden {
            let place = self.advance();
            self.blanks_and_lines();
            if matches!(self.kind(), None | Some(Kind::CloseBrace | Kind::Semicolon)) {
                self.nothing_hidden(place);
            }
        }
        if self.kind() == Some(Kind::OpenParen) {
            self.annotation();
            self.blanks();
        }
        let in_env = self.in_env;
        if self.kind() == Some(Kind::OpenBrace) {
            self.nameless_block(index);
        } else {
            self.in_env |= self.written(self.here()) == "env";
            self.name();
        }
        self.entries(depth);
        self.in_env = in_env;
        self.nodes[index].end = self.end.max(start);
        if hidden {
            self.hidden.push(start..self.end.max(start));
        }
    }

    fn nothing_hidden(&mut self, place: Range<usize>) {
        self.faults.add(
            place,
            "syntax/unexpected",
            "nothing follows `/-`",
            "takes out the next node, value or block",
            "delete it",
        );
    }

    /// A `{` where a node should begin; often its node is on the line before.
    fn nameless_block(&mut self, index: usize) {
        let place = self.here();
        let before = index.checked_sub(1).map(|i| self.nodes[i].clone());
        let owner = before.filter(|node| {
            let between = &self.text[node.end.min(place.start)..place.start];
            node.end <= place.start
                && between.trim().is_empty()
                && !self.text[..node.end].ends_with(['}', ';'])
        });
        let help = match owner {
            Some(_) => "write the `{` at the end of the line before: a line break ends a node",
            None => "write a name before it: `name { … }`",
        };
        self.faults.add(
            place.clone(),
            "syntax/nameless-block",
            "this block belongs to no node",
            "no name before it",
            help,
        );
        if let Some(owner) = owner {
            let head = owner.start..owner.end;
            self.faults.and(head.clone(), "this node ended with its line");
            self.faults.spoil(head);
        }
    }

    fn name(&mut self) {
        let place = self.here();
        match self.kind() {
            Some(Kind::String) => {
                self.advance();
            }
            Some(Kind::Word) => {
                self.advance();
                let name = self.written(place.clone());
                let plain = name.strip_suffix(':').filter(|plain| !plain.is_empty()).map(String::from);
                if let Some(plain) = plain {
                    self.faults.add(
                        place.end - 1..place.end,
                        "syntax/colon",
                        format!("no `:` belongs after the name `{plain}`"),
                        "it would be part of the name",
                        format!("write `{plain} …`: a blank is enough"),
                    );
                } else {
                    let complaint = word::word(name, Place::Name);
                    self.complain(place, complaint);
                }
            }
            Some(Kind::Keyword) => {
                self.advance();
                let name = self.written(place.clone()).to_string();
                let code = "syntax/bad-name";
                let message = format!("`{name}` can't be the name of a node");
                let help = "a comment begins with `//`; a name with `#` is written in quotes";
                self.faults.add(place, code, message, "begins with `#`", help);
                self.rest_of_line();
            }
            _ if self.at_end() => {}
            _ => {
                self.out_of_place(true);
                self.rest_of_line();
            }
        }
    }

    /// What follows the name, up to the end of the node; takes its `;` too.
    fn entries(&mut self, depth: usize) {
        let mut first = true;
        // Whether there was a block; one after `/-` doesn't count, but ends the values as well.
        let (mut block, mut ended) = (false, false);
        while !self.too_deep {
            let spaced = self.blanks();
            match self.kind() {
                Some(Kind::Semicolon) => {
                    self.advance();
                    return;
                }
                _ if self.at_end() => return,
                Some(Kind::OpenBrace) => {
                    if block {
                        let place = self.here();
                        self.faults.add(
                            place,
                            "syntax/unexpected",
                            "a node has only one block",
                            "a second one",
                            "write the name of another node before it",
                        );
                    }
                    (block, ended) = (true, true);
                    self.children(depth);
                }
                Some(Kind::Slashdash) => {
                    let place = self.advance();
                    if !spaced && !ended {
                        self.missing_blank(place.clone());
                    }
                    self.blanks_and_lines();
                    match self.kind() {
                        Some(Kind::OpenBrace) => {
                            ended = true;
                            self.children(depth);
                        }
                        None | Some(Kind::CloseBrace | Kind::Semicolon) => self.nothing_hidden(place.clone()),
                        _ if ended => {
                            // Without its value, the `/-` would take out the next node.
                            self.faults.spoil(place);
                            self.after_block();
                            return;
                        }
                        _ => self.entry(false),
                    }
                    self.hidden.push(place.start..self.end);
                }
                _ if ended => {
                    self.after_block();
                    return;
                }
                // `key = value` and `key=value`: `entry` has the words for it.
                Some(Kind::Equals) => self.entry(first),
                _ if !spaced => self.glued(),
                _ => self.entry(false),
            }
            first = false;
        }
    }

    /// Something follows a block: most likely the begin of another node. Read on as if it were.
    fn after_block(&mut self) {
        let place = self.here();
        let property = self.tokens.get(self.at + 1).is_some_and(|next| next.kind == Kind::Equals);
        let help = if property {
            "values and properties stand before the `{`"
        } else {
            "begin a new line, or write `;` after the `}`"
        };
        self.faults.add(
            place,
            "syntax/after-block",
            "a node ends with its block",
            "unexpected after `}`",
            help,
        );
        if property {
            self.rest_of_line();
        }
    }
}
