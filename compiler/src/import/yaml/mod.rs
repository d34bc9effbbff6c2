//! YAML as Python's programs read it, with the place of everything and with its comments.
//!
//! The formats that are imported are read by PyYAML's `safe_load`, so this reads YAML 1.1 as it does: `scalar` has its
//! rules for plain words, `read` builds the tree: anchors, merges, tags, and the limits. granit-parser is what
//! serde-saphyr itself stands on; used directly it gives places, comments and styles, which serde can't carry.

mod read;
mod scalar;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;

use crate::source::Span;

pub use read::read;

/// A value and where it is written; one that an alias or a merge brings is where its anchor is.
#[derive(Debug, Clone, PartialEq)]
pub struct Yaml {
    pub value: Value,
    pub span: Span,
    /// A scalar as it is written, without quotes.
    pub written: String,
    /// Its line breaks belong to it: a block scalar, or a list over several lines.
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(String),
    List(Vec<Item>),
    Map(Map),
}

pub type Map = IndexMap<String, Entry>;

/// What a key of a map stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Span,
    pub value: Yaml,
    pub comments: Comments,
}

/// A value of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub value: Yaml,
    pub comments: Comments,
}

/// Comments of a key or a list's value, without their `#`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comments {
    /// On the lines before it.
    pub above: Vec<String>,
    /// On its own line.
    pub behind: Option<String>,
}

/// A file: its one document, and comments that stand before nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub root: Yaml,
    pub last: Vec<String>,
}

impl Yaml {
    pub fn map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What stands at a path of keys: `benchmark.isl`.
    pub fn at(&self, path: &str) -> Option<&Entry> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let entry = self.map()?.get(first)?;
        match rest {
            Some(rest) => entry.value.at(rest),
            None => Some(entry),
        }
    }

    /// What a message calls it.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number with a fraction",
            Value::String(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
