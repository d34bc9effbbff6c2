//! Where a resolved value comes from.

use crate::source::{SourceMap, Span, Spanned};

/// A place in a file (the person's, or the stdlib's), or a rule of the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    At(Span),
    Rule(&'static str),
}

impl Origin {
    /// `topo.kdl:12:9`, or `rule: NAME`.
    pub fn describe(self, sources: &SourceMap) -> String {
        match self {
            Origin::At(span) => sources.stable_location(span),
            Origin::Rule(name) => format!("rule: {name}"),
        }
    }
}

/// A value that remembers where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Traced<T> {
    pub fn rule(value: T, rule: &'static str) -> Self {
        Traced { value, origin: Origin::Rule(rule) }
    }

    /// What was written, or else what a rule says.
    pub fn or_rule(written: Option<&Spanned<T>>, value: T, rule: &'static str) -> Self
    where
        T: Clone,
    {
        written.map_or_else(|| Traced::rule(value, rule), Traced::from)
    }
}

impl<T: Clone> From<&Spanned<T>> for Traced<T> {
    fn from(written: &Spanned<T>) -> Self {
        Traced { value: written.value.clone(), origin: Origin::At(written.span) }
    }
}
