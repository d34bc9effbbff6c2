//! What the compiler has to say to a person: what is wrong, where, why, and what to write instead.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::source::Span;

/// Bytes of a message or a label; more is a name without end, whose middle says nothing.
const MAX_TEXT: usize = 400;

/// Bytes of a help, which may list what is known.
const MAX_HELP: usize = 4000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Warning,
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One place in the source and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A change after which the finding is gone. Only where it is certain what was meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// What it does: "write `#true`".
    pub title: String,
    pub edits: Vec<Edit>,
}

/// Puts `text` in the place of what `span` covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// One finding. `labels[0]` is where it is; further labels are places that it has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Stable name, `group/what`: `syntax/unclosed`, `assert/gpus`.
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub fix: Option<Box<Fix>>,
}

impl Diagnostic {
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: shortened(message.into(), MAX_TEXT),
            labels: Vec::new(),
            help: None,
            fix: None,
        }
    }

    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: shortened(text.into(), MAX_TEXT) });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(shortened(help.into(), MAX_HELP));
        self
    }

    /// What `disaggc fix` writes in the place of `span`.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        let edits = vec![Edit { span, text: text.into() }];
        self.fix = Some(Box::new(Fix { title: title.into(), edits }));
        self
    }
}

/// A text of at most about `limit` bytes: what is too much is taken out of its middle.
fn shortened(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let head = text.floor_char_boundary(limit / 2);
    let tail = text.ceil_char_boundary(text.len() - limit / 2);
    format!("{} […] {}", &text[..head], &text[tail..])
}

/// The findings of one compilation, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// Their digests: comparing each with all others would take quadratic time.
    seen: HashSet<u64>,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let mut digest = DefaultHasher::new();
        diagnostic.hash(&mut digest);
        // Two phases may see the same mistake; a person wants to read it once.
        if self.seen.insert(digest.finish()) {
            self.list.push(diagnostic);
        }
    }

    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|d| self.push(d));
    }

    /// Takes out those that `hit` names, and says how many there were.
    pub fn take_out(&mut self, hit: impl Fn(&Diagnostic) -> bool) -> usize {
        let before = self.list.len();
        self.list.retain(|diagnostic| !hit(diagnostic));
        before - self.list.len()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Orders by place in the source: what a person reads top to bottom.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|d| d.labels.first().map(|l| l.span));
    }
}

/// `did you mean …?` for a name that is not one of `known`; `None` if nothing is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A comparison takes time by both lengths; no known name is that long.
    if name.len() > 100 {
        return None;
    }
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, candidate)| *score > 0.85 || strsim::damerau_levenshtein(name, candidate) <= 1)
        // Half a name rather means the whole one than another that is as near.
        .max_by(|a, b| a.1.starts_with(name).cmp(&b.1.starts_with(name)).then(a.0.total_cmp(&b.0)))
        .map(|(_, candidate)| candidate)
}

/// The one of `known` that `name` certainly means: it differs in one letter, and no other does.
pub fn certain<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Short names are near to many.
    let near = |known: &&str| {
        known.len().max(name.len()) >= 4
            && known.len().abs_diff(name.len()) <= 1
            && strsim::damerau_levenshtein(name, known) <= 1
    };
    let mut near = known.into_iter().filter(near);
    let first = near.next()?;
    near.all(|other| other == first).then_some(first)
}
