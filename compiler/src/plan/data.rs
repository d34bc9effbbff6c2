//! The content of an engine's configuration file.

use indexmap::IndexMap;
use serde::Serialize;

use super::word::Word;

/// A value of a YAML file whose strings may have parts that only the job knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Data {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(Word),
    List(Vec<Data>),
    Map(IndexMap<String, Data>),
}

impl Data {
    /// Whether the job has to fill in something.
    pub fn waits_for_job(&self) -> bool {
        match self {
            Data::String(word) => word.as_text().is_none(),
            Data::List(items) => items.iter().any(Data::waits_for_job),
            Data::Map(map) => map.values().any(Data::waits_for_job),
            _ => false,
        }
    }
}

impl From<bool> for Data {
    fn from(truth: bool) -> Self {
        Data::Bool(truth)
    }
}

impl From<u16> for Data {
    fn from(number: u16) -> Self {
        Data::Integer(number.into())
    }
}

impl From<u32> for Data {
    fn from(number: u32) -> Self {
        Data::Integer(number.into())
    }
}

impl From<f64> for Data {
    fn from(number: f64) -> Self {
        Data::Float(number)
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Data::String(Word::text(text))
    }
}

impl From<String> for Data {
    fn from(text: String) -> Self {
        Data::String(Word::text(text))
    }
}

impl From<Vec<String>> for Data {
    fn from(texts: Vec<String>) -> Self {
        Data::List(texts.into_iter().map(Data::from).collect())
    }
}
