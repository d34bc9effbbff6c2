//! The engine's file of one role: what the planner owns, what the topology says, the defaults.

use indexmap::IndexMap;

use super::origin::{Origin, Traced};
use crate::plan::Data;
use crate::source::Span;
use crate::stdlib::template::literal;
use crate::topology::ast::{ConfigBlock, ConfigEntry, ConfigValue};

/// A setting, or a section of settings each of which remembers where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    Section(Section),
    Value(Data),
}

pub type Section = IndexMap<String, Traced<Settings>>;

impl Settings {
    /// All of it has one origin.
    pub fn from(data: Data, origin: Origin) -> Self {
        let inner = |data| Traced::new(Settings::from(data, origin), origin);
        match data {
            Data::Map(map) => {
                Settings::Section(map.into_iter().map(|(key, data)| (key, inner(data))).collect())
            }
            value => Settings::Value(value),
        }
    }

    pub fn data(&self) -> Data {
        match self {
            Settings::Section(section) => Data::Map(data(section)),
            Settings::Value(data) => data.clone(),
        }
    }
}

/// Without the origins.
pub fn data(section: &Section) -> IndexMap<String, Data> {
    section.iter().map(|(key, setting)| (key.clone(), setting.value.data())).collect()
}

/// The topology's keys in their order, then the engine's defaults for what it leaves out, also inside
/// sections that it has.
pub fn settings(written: Option<&ConfigBlock>, defaults: Option<&ConfigBlock>) -> Section {
    let entries = |block: Option<&ConfigBlock>| block.iter().flat_map(|b| &b.entries).map(entry).collect();
    merge(entries(defaults), entries(written))
}

/// As it is written.
pub fn entry((key, entry): (&String, &ConfigEntry)) -> (String, Traced<Settings>) {
    let value = match &entry.value.value {
        ConfigValue::Map(map) => Settings::Section(map.iter().map(self::entry).collect()),
        value => Settings::Value(literal(value)),
    };
    // A list's or a section's place is its key's.
    let whole = Span { end: entry.key.end.max(entry.value.span.end), ..entry.key };
    (key.clone(), Traced::at(value, whole))
}

/// Lays `over` on `under`: sections are merged key by key, everything else is replaced.
pub fn overlay(under: Traced<Settings>, over: Traced<Settings>) -> Traced<Settings> {
    match (under, over) {
        (
            Traced { value: Settings::Section(inner), origin: weaker, over: weakest },
            Traced { value: Settings::Section(outer), origin, over },
        ) => Traced { value: Settings::Section(merge(inner, outer)), origin, over }.over(Traced {
            value: (),
            origin: weaker,
            over: weakest,
        }),
        (under, over) => over.over(under),
    }
}

fn merge(mut under: Section, over: Section) -> Section {
    let mut merged = Section::with_capacity(under.len() + over.len());
    for (key, value) in over {
        let value = match under.shift_remove(&key) {
            Some(old) => overlay(old, value),
            None => value,
        };
        merged.insert(key, value);
    }
    merged.extend(under);
    merged
}
