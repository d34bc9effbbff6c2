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
    /// What it took the place of, the weakest first.
    pub over: Vec<Origin>,
}

impl<T> Traced<T> {
    pub fn new(value: T, origin: Origin) -> Self {
        Traced { value, origin, over: Vec::new() }
    }

    pub fn at(value: T, span: Span) -> Self {
        Traced::new(value, Origin::At(span))
    }

    pub fn rule(value: T, rule: &'static str) -> Self {
        Traced::new(value, Origin::Rule(rule))
    }

    /// What was written, or else what a rule says.
    pub fn or_rule(written: Option<&Spanned<T>>, value: T, rule: &'static str) -> Self
    where
        T: Clone,
    {
        Traced::strongest([written], Traced::rule(value, rule))
    }

    /// The first of what was written, or else `weakest`.
    pub fn strongest<'a>(
        written: impl IntoIterator<Item = Option<&'a Spanned<T>>, IntoIter: DoubleEndedIterator>,
        weakest: Traced<T>,
    ) -> Self
    where
        T: Clone + 'a,
    {
        let written = written.into_iter().rev().flatten();
        written.fold(weakest, |weaker, stronger| Traced::from(stronger).over(weaker))
    }

    /// Notes that it took the place of `weaker`.
    #[must_use]
    pub fn over<U>(mut self, weaker: Traced<U>) -> Self {
        self.over.splice(0..0, weaker.over.into_iter().chain([weaker.origin]));
        self
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Traced<U> {
        Traced { value: f(self.value), origin: self.origin, over: self.over }
    }
}

impl<T: Clone> From<&Spanned<T>> for Traced<T> {
    fn from(written: &Spanned<T>) -> Self {
        Traced::at(written.value.clone(), written.span)
    }
}
