//! Source texts and places in them.
//!
//! The compiler never opens a file itself: texts come in through [`Files`], and every value keeps a
//! [`Span`] into the [`SourceMap`] so that a diagnostic can show where it was written.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

/// A text in the [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

impl FileId {
    /// A text that has this name in every compilation; all others are numbered as they are read.
    pub fn shared(number: usize) -> Self {
        FileId(SHARED + number as u32)
    }

    pub fn is_shared(self) -> bool {
        self.0 >= SHARED
    }
}

const SHARED: u32 = 1 << 31;

/// A range of bytes in one file, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The first byte of `file`: for errors about the file as a whole.
    pub fn file_start(file: FileId) -> Self {
        Span { file, start: 0, end: 0 }
    }
}

/// A value and the place where it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file of the person's own.
    File,
    Stdlib,
    /// A `--set`.
    Argument,
}

/// One text: a KDL file, a file of the stdlib, or a `--set` argument.
#[derive(Debug, Clone)]
pub struct SourceFile {
    pub kind: Kind,
    /// What diagnostics call it: how a person reaches it from the current folder.
    pub name: String,
    /// What a bundle calls it: the same on every machine, relative to the main file's folder.
    pub stable_name: String,
    pub text: String,
}

/// All texts of one compilation, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: FileId,
    file: Arc<SourceFile>,
    /// Line and column at every [`STEP`] bytes, once somebody asks for a place.
    marks: OnceLock<Vec<(usize, usize)>>,
}

/// Counting from the begin of a text for each of many places would take quadratic time.
const STEP: usize = 1024;

impl Entry {
    fn new(id: FileId, file: Arc<SourceFile>) -> Self {
        Entry { id, file, marks: OnceLock::new() }
    }

    fn line_column(&self, offset: usize) -> (usize, usize) {
        let length = self.file.text.len();
        let marks = self.marks.get_or_init(|| {
            let mut marks = vec![(1, 1)];
            for mark in 1..=length / STEP {
                marks.push(self.count(&marks, mark - 1, mark * STEP));
            }
            marks
        });
        let offset = offset.min(length);
        self.count(marks, offset / STEP, offset)
    }

    /// Counts on from a mark.
    fn count(&self, marks: &[(usize, usize)], mark: usize, offset: usize) -> (usize, usize) {
        let text = &self.file.text;
        let start = text.floor_char_boundary(mark * STEP);
        match (marks[mark], line_column(&text[start..], offset - start)) {
            ((line, column), (1, more)) => (line, column + more - 1),
            ((line, _), (lines, column)) => (line + lines - 1, column),
        }
    }
}

impl SourceMap {
    /// Adds a file that has the same name everywhere.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let name = name.into();
        self.add_file(SourceFile { kind: Kind::File, stable_name: name.clone(), name, text: text.into() })
    }

    pub fn add_file(&mut self, file: SourceFile) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(Entry::new(id, Arc::new(file)));
        id
    }

    /// Adds a text that many compilations read, by the name that it has in all of them.
    pub fn share(&mut self, id: FileId, file: Arc<SourceFile>) {
        debug_assert!(id.is_shared());
        self.files.push(Entry::new(id, file));
    }

    /// What the text that is added next will be.
    pub fn next(&self) -> FileId {
        FileId(self.files.len() as u32)
    }

    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.entry(id).file
    }

    fn entry(&self, id: FileId) -> &Entry {
        if !id.is_shared() {
            return &self.files[id.0 as usize];
        }
        let shared = self.files.iter().find(|entry| entry.id == id);
        shared.expect("a shared text is added before anything points into it")
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().map(|entry| (entry.id, &*entry.file))
    }

    /// Line and column of a byte offset in a file, both from 1; columns count characters.
    pub fn line_column(&self, file: FileId, offset: u32) -> (usize, usize) {
        self.entry(file).line_column(offset as usize)
    }

    /// The text that `span` covers; empty if the span lies outside.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// `name:line:column`, both counted from 1, columns in characters.
    pub fn location(&self, span: Span) -> String {
        let file = self.get(span.file);
        let (line, column) = self.line_column(span.file, span.start);
        format!("{}:{line}:{column}", file.name)
    }

    /// The name for what is written into a bundle, which is the same wherever it is built.
    pub fn stable_name(&self, id: FileId) -> &str {
        &self.get(id).stable_name
    }

    /// [`location`](Self::location) with the stable name.
    pub fn stable_location(&self, span: Span) -> String {
        let file = self.get(span.file);
        let (line, column) = self.line_column(span.file, span.start);
        format!("{}:{line}:{column}", file.stable_name)
    }
}

/// Line and column of a byte offset, both from 1; columns count characters.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// Where texts come from: the file system in the CLI, a map in tests.
pub trait Files {
    /// Reads the text at `path`: the main file's path as the user wrote it, or a path that joins its
    /// folder and a `use`.
    ///
    /// # Errors
    /// A sentence for a person about why it can't be read.
    fn read(&self, path: &str) -> Result<String, String>;

    /// The one name of the file at `path`, which may be reached by several: through a symbolic link, say.
    fn identity(&self, path: &str) -> String {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_from_marks_as_from_the_begin() {
        for text in
            ["", "é".repeat(3000).as_str(), "a\néé\r\n".repeat(900).as_str(), "🦀\n".repeat(700).as_str()]
        {
            let mut sources = SourceMap::default();
            let id = sources.add("t", text);
            for offset in 0..=text.len() + 1 {
                assert_eq!(sources.line_column(id, offset as u32), line_column(text, offset), "{offset}");
            }
        }
    }
}
