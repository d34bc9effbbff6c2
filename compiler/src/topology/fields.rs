//! Reads the fields of one node and reports whatever is left over.
//!
//! A field is written as a property (`tp=4`) or as a child with one argument (`tp 4`), as its author
//! likes. The names asked for are the names that exist, so "did you mean" needs no second list.

use std::ops::RangeInclusive;

use crate::diagnostic::{Diagnostic, Diagnostics, certain, nearest};
use crate::source::{Span, Spanned};
use crate::syntax::{Argument, Node, Value};

pub struct Fields<'a, 'd> {
    pub node: &'a Node,
    pub diagnostics: &'d mut Diagnostics,
    scalars: Vec<&'static str>,
    blocks: Vec<&'static str>,
    arguments_read: usize,
    unread: Unread,
}

/// Names of fields that are written, but not so that they could be read: nothing follows from their absence.
#[derive(Debug, Clone, Default)]
pub struct Unread(Vec<&'static str>);

impl Unread {
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    pub fn add(&mut self, name: &'static str) {
        self.0.push(name);
    }
}

impl<'a, 'd> Fields<'a, 'd> {
    pub fn new(node: &'a Node, diagnostics: &'d mut Diagnostics) -> Self {
        if let Some(ty) = &node.ty {
            diagnostics.push(
                Diagnostic::error("language/type-annotation", "a type annotation has no meaning here")
                    .label(ty.span, "this annotation")
                    .help("remove it; only values inside `config` may have one"),
            );
        }
        Fields {
            node,
            diagnostics,
            scalars: Vec::new(),
            blocks: Vec::new(),
            arguments_read: 0,
            unread: Unread::default(),
        }
    }

    /// The next argument, if there is one.
    pub fn argument(&mut self) -> Option<&'a Argument> {
        let argument = self.node.arguments.get(self.arguments_read)?;
        self.arguments_read += 1;
        Some(argument)
    }

    pub fn string_argument(&mut self) -> Option<Spanned<String>> {
        let value = &self.argument()?.value;
        string(value, self.diagnostics)
    }

    /// The next argument, which must be there; `what` names it: "the model's name".
    pub fn required_string(&mut self, what: &str) -> Option<Spanned<String>> {
        if self.arguments_read >= self.node.arguments.len() {
            let name = &self.node.name.value;
            self.diagnostics.push(
                Diagnostic::error("language/missing-argument", format!("`{name}` needs {what}"))
                    .label(self.node.head(), format!("{what} is missing"))
                    .help(format!("write it behind the name: `{name} \"…\"`")),
            );
            return None;
        }
        self.string_argument()
    }

    /// All arguments that are left, as strings.
    pub fn rest_of_strings(&mut self) -> Vec<Spanned<String>> {
        std::iter::from_fn(|| self.argument())
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|a| string(&a.value, self.diagnostics))
            .collect()
    }

    pub fn string(&mut self, name: &'static str) -> Option<Spanned<String>> {
        let value = self.scalar(name)?;
        let text = string(value, self.diagnostics);
        self.noted(name, text)
    }

    /// Notes a field that could not be read.
    pub fn noted<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.unread.add(name);
        }
        value
    }

    pub fn boolean(&mut self, name: &'static str) -> Option<Spanned<bool>> {
        let value = self.scalar(name)?;
        match value.value {
            Value::Bool(b) => Some(Spanned::new(b, value.span)),
            _ => {
                let meant = match &value.value {
                    Value::String(text) => {
                        ["true", "false"].into_iter().find(|word| text.eq_ignore_ascii_case(word))
                    }
                    _ => None,
                };
                let meant = meant.map(|word| format!("#{word}"));
                let expected = format!("`{name}` is `#true` or `#false`");
                wrong_type_for(value, Wanted::Truth, &expected, meant, self.diagnostics);
                self.noted(name, None)
            }
        }
    }

    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<u32>) -> Option<Spanned<u32>> {
        let value = self.scalar(name)?;
        let number = integer(name, value, range, self.diagnostics);
        self.noted(name, number)
    }

    pub fn number(&mut self, name: &'static str) -> Option<f64> {
        let value = self.scalar(name)?;
        match value.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => {
                wrong_type(value, Wanted::Number, &format!("`{name}` is a number"), self.diagnostics);
                None
            }
        }
    }

    pub fn fraction(&mut self, name: &'static str) -> Option<Spanned<f64>> {
        let value = self.scalar(name)?;
        let number = match value.value {
            Value::Integer(i) => i as f64,
            Value::Float(f) => f,
            _ => {
                let meant = match &value.value {
                    Value::String(text) => text.parse().ok().filter(|n: &f64| (0.0..=1.0).contains(n)),
                    _ => None,
                };
                let meant = meant.map(|number| number.to_string());
                let expected = format!("`{name}` is a number from 0 to 1");
                wrong_type_for(value, Wanted::Number, &expected, meant, self.diagnostics);
                return None;
            }
        };
        if !(0.0..=1.0).contains(&number) {
            self.diagnostics.push(
                Diagnostic::error("language/range", format!("`{name}` must be from 0 to 1"))
                    .label(value.span, "out of range")
                    .help("write a fraction such as `0.8`"),
            );
            return None;
        }
        Some(Spanned::new(number, value.span))
    }

    /// One of a few words.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let word = self.string(name)?;
        choice(name, &word, choices, self.diagnostics)
    }

    /// The value of a field, in either spelling; reports a field that is written twice.
    pub fn scalar(&mut self, name: &'static str) -> Option<&'a Spanned<Value>> {
        self.scalars.push(name);
        let mut found: Vec<(&'a Spanned<Value>, Span)> = Vec::new();
        for property in self.node.properties.iter().filter(|p| p.name.value == name) {
            found.push((&property.value, property.span));
        }
        for child in self.node.children().iter().filter(|c| c.name.value == name) {
            match child.arguments.as_slice() {
                [argument] if child.properties.is_empty() && child.children.is_none() => {
                    found.push((&argument.value, child.span));
                }
                _ => {
                    self.unread.add(name);
                    self.diagnostics.push(
                        Diagnostic::error("language/one-value", format!("`{name}` takes exactly one value"))
                            .label(child.head(), "not one value")
                            .help(format!(
                                "write `{name} VALUE` or, on the line of the node, `{name}=VALUE`"
                            )),
                    );
                }
            }
        }
        if let [(first, _), .., (last, whole)] = found.as_slice() {
            if first.value == last.value {
                repeated(name, first.span, last.span, *whole, self.diagnostics);
            } else {
                duplicate(name, first.span, last.span, self.diagnostics);
            }
        }
        found.first().map(|(value, _)| *value)
    }

    /// A child block that may stand once.
    pub fn block(&mut self, name: &'static str) -> Option<&'a Node> {
        let all = self.blocks(name);
        if let [first, .., last] = all.as_slice() {
            duplicate(name, first.head(), last.head(), self.diagnostics);
        }
        all.first().copied()
    }

    /// Child blocks that may stand several times.
    pub fn blocks(&mut self, name: &'static str) -> Vec<&'a Node> {
        self.blocks.push(name);
        self.node.children().iter().filter(|c| c.name.value == name).collect()
    }

    /// Reports everything that nobody asked for. Returns what could not be read, and what unknown names may mean.
    pub fn finish(self) -> Unread {
        let Fields { node, diagnostics, scalars, blocks, arguments_read, mut unread } = self;
        let owner = &node.name.value;
        for extra in node.arguments.iter().skip(arguments_read) {
            diagnostics.push(
                Diagnostic::error(
                    "language/unexpected-argument",
                    format!("`{owner}` takes no such argument"),
                )
                .label(extra.value.span, "not expected here")
                .help(list("a field is written `name=value`; known here", &scalars)),
            );
        }
        for property in &node.properties {
            let name = property.name.value.as_str();
            if scalars.contains(&name) {
                continue;
            }
            unread.0.extend(nearest(name, scalars.iter().copied()));
            let mut error =
                Diagnostic::error("language/unknown-property", format!("`{owner}` has no property `{name}`"))
                    .label(property.name.span, "unknown");
            error = if blocks.contains(&name) {
                error.help(format!("`{name}` is a block: write `{name} {{ … }}` inside `{owner} {{ }}`"))
            } else {
                meant(error, property.name.span, name, &scalars, "").help(suggestion(
                    name,
                    &scalars,
                    "property",
                    "properties",
                ))
            };
            diagnostics.push(error);
        }
        let known: Vec<&str> = scalars.iter().chain(&blocks).copied().collect();
        for child in node.children() {
            let name = child.name.value.as_str();
            if !known.contains(&name) {
                unread.0.extend(nearest(name, known.iter().copied()));
                let error = Diagnostic::error("language/unknown-node", format!("`{owner}` has no `{name}`"))
                    .label(child.name.span, "unknown")
                    .help(suggestion(name, &known, "node", "nodes"));
                diagnostics.push(meant(error, child.name.span, name, &known, ""));
            }
        }
        unread
    }
}

pub fn string(value: &Spanned<Value>, diagnostics: &mut Diagnostics) -> Option<Spanned<String>> {
    match &value.value {
        Value::String(text) => Some(Spanned::new(text.clone(), value.span)),
        _ => {
            wrong_type(value, Wanted::Text, "text is needed here", diagnostics);
            None
        }
    }
}

pub fn integer(
    name: &str,
    value: &Spanned<Value>,
    range: RangeInclusive<u32>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<u32>> {
    let Value::Integer(number) = value.value else {
        let meant: Option<u32> = match &value.value {
            Value::String(text) => text.parse().ok(),
            Value::Float(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok(),
            _ => None,
        };
        let meant = meant.filter(|number| range.contains(number)).map(|number| number.to_string());
        wrong_type_for(value, Wanted::Number, &format!("`{name}` is a whole number"), meant, diagnostics);
        return None;
    };
    match u32::try_from(number) {
        Ok(n) if range.contains(&n) => Some(Spanned::new(n, value.span)),
        _ => {
            let (low, high) = (range.start(), range.end());
            diagnostics.push(
                Diagnostic::error("language/range", format!("`{name}` must be from {low} to {high}"))
                    .label(value.span, "out of range")
                    .help(format!("write a whole number, at least {low} and at most {high}")),
            );
            None
        }
    }
}

pub fn choice<T: Copy>(
    name: &str,
    word: &Spanned<String>,
    choices: &[(&'static str, T)],
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<T>> {
    if let Some((_, value)) = choices.iter().find(|(known, _)| *known == word.value) {
        return Some(Spanned::new(*value, word.span));
    }
    let known: Vec<&str> = choices.iter().map(|(k, _)| *k).collect();
    let error = Diagnostic::error("language/unknown-value", format!("`{name}` can't be \"{}\"", word.value))
        .label(word.span, "unknown")
        .help(suggestion(&word.value, &known, "value", "values"));
    diagnostics.push(meant(error, word.span, &word.value, &known, "\""));
    None
}

/// What is needed where something else is written.
#[derive(Clone, Copy)]
pub enum Wanted {
    Text,
    Number,
    Truth,
    /// None of them alone: what to write.
    Other(&'static str),
}

impl Wanted {
    /// How to write what is most likely meant by `value`.
    fn instead_of(self, value: &Value) -> String {
        match (self, value) {
            (Wanted::Number, Value::String(text)) if is_number(text) => {
                format!("write it without quotes: `{text}`")
            }
            (Wanted::Number, Value::Float(number)) if number.fract() == 0.0 => format!("write `{number:.0}`"),
            (Wanted::Number, _) => "write a number, without quotes".to_owned(),
            (Wanted::Text, Value::Integer(number)) => format!("write `\"{number}\"`"),
            (Wanted::Text, Value::Float(number)) => format!("write `\"{number}\"`"),
            (Wanted::Text, _) => "write text in quotes".to_owned(),
            (Wanted::Truth, Value::String(text)) if text == "true" || text == "false" => {
                format!("write `#{text}`, without quotes")
            }
            (Wanted::Truth, Value::Integer(number @ 0..=1)) => format!("write `#{}`", *number == 1),
            (Wanted::Truth, _) => "write `#true` or `#false`".to_owned(),
            (Wanted::Other(what), _) => what.to_owned(),
        }
    }
}

pub fn wrong_type(value: &Spanned<Value>, wanted: Wanted, message: &str, diagnostics: &mut Diagnostics) {
    wrong_type_for(value, wanted, message, None, diagnostics);
}

/// Where it may be certain what was `meant`.
fn wrong_type_for(
    value: &Spanned<Value>,
    wanted: Wanted,
    message: &str,
    meant: Option<String>,
    diagnostics: &mut Diagnostics,
) {
    let error = Diagnostic::error("language/type", message.to_owned())
        .label(value.span, format!("this is {}", value.value.kind()))
        .help(wanted.instead_of(&value.value));
    diagnostics.push(match meant {
        Some(meant) => error.fix(format!("write `{meant}`"), value.span, meant),
        None => error,
    });
}

/// Whether the text is a number that may stand without quotes.
fn is_number(text: &str) -> bool {
    let fraction = text.contains(['.', 'e', 'E']) && text.parse::<f64>().is_ok_and(f64::is_finite);
    text.parse::<i128>().is_ok() || fraction
}

pub fn duplicate(name: &str, first: Span, second: Span, diagnostics: &mut Diagnostics) {
    diagnostics.push(twice(name, first, second));
}

/// The second one says the same as the first; `whole` is all of it.
pub fn repeated(name: &str, first: Span, second: Span, whole: Span, diagnostics: &mut Diagnostics) {
    diagnostics.push(twice(name, first, second).fix("delete the second one", whole, ""));
}

fn twice(name: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error("language/duplicate", format!("`{name}` is written twice"))
        .label(second, "second time")
        .label(first, "first time")
        .help("keep one of them")
}

/// Adds what certainly is meant by a name in quotes, or in none.
pub fn meant(error: Diagnostic, span: Span, name: &str, known: &[&str], quote: &str) -> Diagnostic {
    match certain(name, known.iter().copied()) {
        Some(known) => error.fix(format!("write `{known}`"), span, format!("{quote}{known}{quote}")),
        None => error,
    }
}

/// "did you mean `x`?", and the whole list where that is short enough to help.
pub fn suggestion(name: &str, known: &[&str], singular: &str, plural: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean the {singular} `{near}`?"),
        None => list(&format!("known {plural}"), known),
    }
}

fn list(intro: &str, names: &[&str]) -> String {
    if names.is_empty() {
        return "nothing may stand here; remove it".to_owned();
    }
    let mut sorted: Vec<&str> = names.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    format!("{intro}: {}", sorted.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))
}
