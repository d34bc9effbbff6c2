//! The content of an engine's configuration file.

use indexmap::IndexMap;
use serde::Serialize;

use super::word::Word;

/// A value of a YAML file whose strings may have parts that only the job knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
