//! Text with `{placeholders}`: how an engine's description says what the planner fills in.
//!
//! Only files of the stdlib are read this way; a topology's strings never are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::plan::Data;
use crate::plan::word::{Part, Word};
use crate::topology::ConfigValue;

/// What a placeholder stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Filled {
    Integer(i128),
    Float(f64),
    Bool(bool),
    Word(Word),
    Words(Vec<Word>),
    /// The name exists, but has no value here.
    Nothing,
}

/// The values at hand in one place, by name.
#[derive(Debug, Clone, Default)]
pub struct Scope(BTreeMap<Cow<'static, str>, Filled>);

impl Scope {
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: Filled) {
        self.0.insert(name.into(), value);
    }

    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub fn get(&self, name: &str) -> Option<&Filled> {
        self.0.get(name)
    }

    pub fn extend(&mut self, other: &Scope) {
        self.0.extend(other.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The placeholder's name, if `text` is one placeholder and nothing else.
pub fn sole_placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

/// Fills the placeholders of one word. `Ok(None)`: one of them has no value here, so the word falls
/// away. `Err`: the name of a placeholder that does not exist in this place.
pub fn word(text: &str, scope: &Scope, known: &[&str]) -> Result<Option<Word>, String> {
    let mut word = Word::default();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or_else(|| rest.to_owned())? + open;
        word.push(Part::Text(rest[..open].to_owned()));
        let name = &rest[open + 1..close];
        match scope.get(name) {
            Some(Filled::Word(w)) => w.parts().iter().for_each(|p| word.push(p.clone())),
            Some(Filled::Integer(i)) => word.push(Part::Text(i.to_string())),
            Some(Filled::Float(f)) => word.push(Part::Text(f.to_string())),
            Some(Filled::Bool(b)) => word.push(Part::Text(b.to_string())),
            Some(Filled::Words(_)) => return Err(name.to_owned()),
            Some(Filled::Nothing) => return Ok(None),
            None if known.contains(&name) => return Ok(None),
            None => return Err(name.to_owned()),
        }
        rest = &rest[close + 1..];
    }
    word.push(Part::Text(rest.to_owned()));
    Ok(Some(word))
}

/// Fills a config value. A string that is one placeholder takes the value with its type; a key whose
/// placeholder has no value falls away.
pub fn data(value: &ConfigValue, scope: &Scope, known: &[&str]) -> Result<Option<Data>, String> {
    Ok(Some(match value {
        ConfigValue::Null => Data::Null,
        ConfigValue::Bool(b) => Data::Bool(*b),
        ConfigValue::Integer(i) => Data::Integer(*i),
        ConfigValue::Float(f) => Data::Float(*f),
        ConfigValue::String(text) => match sole_placeholder(text) {
            Some(name) => match scope.get(name) {
                Some(Filled::Integer(i)) => Data::Integer(*i),
                Some(Filled::Float(f)) => Data::Float(*f),
                Some(Filled::Bool(b)) => Data::Bool(*b),
                Some(Filled::Word(w)) => Data::String(w.clone()),
                Some(Filled::Words(ws)) => Data::List(ws.iter().cloned().map(Data::String).collect()),
                Some(Filled::Nothing) => return Ok(None),
                None if known.contains(&name) => return Ok(None),
                None => return Err(name.to_owned()),
            },
            None => match word(text, scope, known)? {
                Some(word) => Data::String(word),
                None => return Ok(None),
            },
        },
        ConfigValue::List(items) => {
            let mut list = Vec::new();
            for item in items {
                list.extend(data(&item.value, scope, known)?);
            }
            Data::List(list)
        }
        ConfigValue::Map(entries) => {
            let mut map = IndexMap::new();
            for (key, entry) in entries {
                if let Some(value) = data(&entry.value.value, scope, known)? {
                    map.insert(key.clone(), value);
                }
            }
            Data::Map(map)
        }
    }))
}

/// A value of the topology: taken as it is.
pub fn literal(value: &ConfigValue) -> Data {
    match value {
        ConfigValue::Null => Data::Null,
        ConfigValue::Bool(b) => Data::Bool(*b),
        ConfigValue::Integer(i) => Data::Integer(*i),
        ConfigValue::Float(f) => Data::Float(*f),
        ConfigValue::String(text) => Data::String(Word::text(text)),
        ConfigValue::List(items) => Data::List(items.iter().map(|item| literal(&item.value)).collect()),
        ConfigValue::Map(map) => {
            Data::Map(map.iter().map(|(key, entry)| (key.clone(), literal(&entry.value.value))).collect())
        }
    }
}
