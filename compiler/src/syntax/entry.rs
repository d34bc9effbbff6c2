//! What follows a node's name: values, properties, types, and what people write instead of them.

use std::ops::Range;

use super::outline::Walker;
use super::scan::Kind;
use super::word::{self, Place};

impl Walker<'_> {
    /// A token right after another one.
    pub(super) fn glued(&mut self) {
        let place = self.here();
        let before = self.at.checked_sub(1).map(|i| self.tokens[i]);
        let text = self.written(place.clone()).to_string();
        let raw = before.filter(|t| {
            self.kind() == Some(Kind::String) && t.kind == Kind::Word && self.written(t.range()) == "r"
        });
        if let Some(r) = raw {
            let string = if text.starts_with('#') { text.clone() } else { format!("#{text}#") };
            let place = r.start()..place.end;
            self.faults.add(
                place.clone(),
                "syntax/raw-string",
                "raw strings have no `r`",
                "this is KDL 1",
                format!("write `{string}`"),
            );
            self.faults.fix(place, string);
        } else if self.kind() == Some(Kind::Word) && text.starts_with(',') {
            let comma = place.start..place.start + 1;
            self.complain(comma.clone(), word::comma(""));
            // One that is followed by a value would leave it glued to the one before.
            if text == "," {
                self.faults.fix(comma, String::new());
            }
        } else if self.kind() == Some(Kind::Word) && text.starts_with(':') {
            self.faults.add(
                place.start..place.start + 1,
                "syntax/colon",
                "no `:` belongs after a name",
                "not KDL",
                "a blank is enough: `name value`; a property is `name=value`",
            );
        } else if matches!(self.kind(), Some(Kind::Other | Kind::CloseParen)) {
            self.out_of_place(false);
            return;
        } else {
            self.missing_blank(place);
        }
        // One mistake, one message: the rest of the heap of tokens is skipped.
        while !self.at_end() && !matches!(self.kind(), Some(Kind::OpenBrace | Kind::Blank)) {
            self.advance();
        }
    }

    pub(super) fn missing_blank(&mut self, place: Range<usize>) {
        // A quote too many glues a string to a word; that it isn't closed says it all.
        if self.unclosed.binary_search(&place.start).is_ok() {
            return;
        }
        self.faults.add(
            place,
            "syntax/missing-blank",
            "a blank is missing before this",
            "follows the last value directly",
            "put a blank between them",
        );
    }

    /// A value or a property.
    pub(super) fn entry(&mut self, first: bool) {
        match self.kind() {
            Some(Kind::Word | Kind::String | Kind::Keyword) => {
                let name = self.advance();
                let kind = self.tokens[self.at - 1].kind;
                let (at, end) = (self.at, self.end);
                self.blanks();
                if self.kind() == Some(Kind::Equals) {
                    self.property(name, kind);
                } else {
                    (self.at, self.end) = (at, end);
                    self.check_value(name, kind);
                }
            }
            Some(Kind::OpenParen) => {
                let (start, known) = (self.here().start, self.faults.len());
                if !self.value() && self.faults.len() == known {
                    self.faults.add(
                        start..self.end,
                        "syntax/missing-value",
                        "a value is missing after the type",
                        "of nothing",
                        "write `(type)value`",
                    );
                }
            }
            Some(Kind::Equals) => {
                let place = self.advance();
                if first {
                    self.faults.add(
                        place,
                        "syntax/assignment",
                        "no `=` belongs between a node and its value",
                        "not needed",
                        "write `name value`; `=` is for the properties of a node: `node name=value`",
                    );
                } else {
                    self.faults.add(
                        place,
                        "syntax/unexpected",
                        "a property has a name before its `=`",
                        "no name before this",
                        "write `name=value`",
                    );
                }
                self.value();
            }
            _ => self.out_of_place(false),
        }
    }

    /// From the `=` on.
    fn property(&mut self, name: Range<usize>, kind: Kind) {
        let written = self.written(name.clone()).to_string();
        match kind {
            Kind::Keyword => self.faults.add(
                name.clone(),
                "syntax/bad-name",
                format!("`{written}` can't be the name of a property"),
                "begins with `#`",
                "write a word, or any text in quotes",
            ),
            Kind::Word => {
                let complaint = word::word(&written, Place::Name);
                self.complain(name.clone(), complaint);
            }
            _ => {}
        }
        let equals = self.advance();
        // `name=[1, 2]`, `name=/tmp`: what stands there gets the words.
        let next = self.tokens[self.at..].iter().find(|token| token.kind != Kind::Blank);
        if next.is_some_and(|token| token.kind == Kind::Other) {
            return;
        }
        if !self.value() {
            self.faults.add(
                name.start..equals.end,
                "syntax/missing-value",
                format!("property `{written}` has no value"),
                "nothing follows the `=`",
                format!("write `{written}=value`, or delete it"),
            );
            // `name==value` is one mistake.
            if self.kind() == Some(Kind::Equals) {
                self.advance();
                self.value();
            }
        }
    }

    /// A value with its type and the blanks before it. If there is none, the blanks stay.
    fn value(&mut self) -> bool {
        let (mut at, mut end) = (self.at, self.end);
        self.blanks();
        if self.kind() == Some(Kind::OpenParen) {
            self.annotation();
            (at, end) = (self.at, self.end);
            self.blanks();
        }
        let Some(kind @ (Kind::Word | Kind::String | Kind::Keyword)) = self.kind() else {
            (self.at, self.end) = (at, end);
            return false;
        };
        let place = self.advance();
        self.check_value(place, kind);
        true
    }

    fn check_value(&mut self, place: Range<usize>, kind: Kind) {
        let written = self.written(place.clone());
        let mut complaint = match kind {
            Kind::Word => word::word(written, Place::Value),
            Kind::Keyword => word::keyword(written),
            _ => None,
        };
        if let Some(complaint) = complaint.as_mut().filter(|c| self.in_env && c.code == "syntax/bare-keyword")
        {
            complaint.meant = None;
        }
        self.complain(place, complaint);
    }

    /// `(type)`.
    pub(super) fn annotation(&mut self) {
        let open = self.advance();
        self.blanks();
        let place = self.here();
        match self.kind() {
            Some(Kind::Word) => {
                self.advance();
                let complaint = word::word(self.written(place.clone()), Place::Name);
                self.complain(place, complaint);
            }
            Some(Kind::String) => {
                self.advance();
            }
            _ => {
                let message = "the name of a type is missing after `(`";
                self.faults.add(
                    open,
                    "syntax/bad-type",
                    message,
                    "begins a type",
                    "write `(type)value`; text with parentheses is written in quotes",
                );
                while !self.at_end() && !matches!(self.kind(), Some(Kind::CloseParen | Kind::OpenBrace)) {
                    self.advance();
                }
                if self.kind() == Some(Kind::CloseParen) {
                    self.advance();
                }
                return;
            }
        }
        self.blanks();
        if self.kind() == Some(Kind::CloseParen) {
            self.advance();
        } else {
            self.faults.add(
                open,
                "syntax/bad-type",
                "the `)` of the type is missing",
                "begins a type",
                "write `(type)value`; text with parentheses is written in quotes",
            );
        }
    }

    /// A token that fits nowhere. Takes at least one.
    pub(super) fn out_of_place(&mut self, name: bool) {
        let place = self.advance();
        let written = self.written(place.clone()).to_string();
        let (message, help): (String, &str) = match written.as_str() {
            "[" => {
                self.skip_list();
                ("KDL has no lists in brackets".into(), "write the values one after another: `name 1 2 3`")
            }
            "\\" => (
                "only a line break may follow a `\\`".into(),
                "`\\` continues a node on the next line; a backslash in text is written in quotes: `\"\\\\\"`",
            ),
            "/" => ("a `/` is only allowed in quotes".into(), "write the whole text in quotes: `\"a/b\"`"),
            _ if written.starts_with('#') => ("`#` begins no comment".into(), "write `// …` for a comment"),
            "=" | ")" | "/-" if name => {
                (format!("a node can't begin with `{written}`"), "write a name first")
            }
            ")" => ("there is no `(` for this `)`".into(), "delete it, or write the text in quotes"),
            _ => (format!("`{written}` is out of place"), "delete it, or write the text in quotes"),
        };
        if written.starts_with('#') {
            self.rest_of_line();
        } else if written == "/" {
            // The path goes on: `a/b/c` is one mistake.
            while matches!(self.kind(), Some(Kind::Word | Kind::Other | Kind::Equals)) {
                self.advance();
            }
        }
        self.faults.add(place, "syntax/unexpected", message, "unexpected here", help);
    }

    /// To the `]` that ends a list, if it is near; else to the end of the line.
    fn skip_list(&mut self) {
        let mut depth = 1_usize;
        // Bounded, or thousands of `[` would take quadratic time.
        for (i, token) in self.tokens[self.at..].iter().take(500).enumerate() {
            match (token.kind, &self.text[token.range()]) {
                (Kind::OpenBrace | Kind::CloseBrace, _) => break,
                (Kind::Other, "[") => depth += 1,
                (Kind::Other, "]") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let end = self.at + i + 1;
                while self.at < end || !(self.at_end() || self.kind() == Some(Kind::Blank)) {
                    self.advance();
                }
                return;
            }
        }
        self.rest_of_line();
    }
}
