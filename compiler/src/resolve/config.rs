//! The engine's file of one role: what the planner owns, what the topology says, the defaults.

use indexmap::IndexMap;

use super::origin::{Origin, Traced};
use crate::plan::Data;
use crate::stdlib::template::literal;
use crate::topology::ast::{ConfigBlock, ConfigEntry};

/// The topology's keys in their order, then the engine's defaults for what it leaves out, also inside
/// sections that it has.
pub fn settings(
    written: Option<&ConfigBlock>,
    defaults: Option<&ConfigBlock>,
) -> IndexMap<String, Traced<Data>> {
    let entries = |block: Option<&ConfigBlock>| -> IndexMap<String, Traced<Data>> {
        let trace = |(key, entry): (&String, &ConfigEntry)| {
            (key.clone(), Traced { value: literal(&entry.value.value), origin: Origin::At(entry.key) })
        };
        block.iter().flat_map(|b| &b.entries).map(trace).collect()
    };
    let mut settings = entries(written);
    for (key, default) in entries(defaults) {
        match settings.get_mut(&key) {
            Some(written) => {
                written.value = overlay(default.value, std::mem::replace(&mut written.value, Data::Null));
            }
            None => {
                settings.insert(key, default);
            }
        }
    }
    settings
}

/// Lays `over` on `under`: maps are merged key by key, everything else is replaced.
pub fn overlay(under: Data, over: Data) -> Data {
    match (under, over) {
        (Data::Map(mut under), Data::Map(over)) => {
            let mut merged: IndexMap<String, Data> = IndexMap::new();
            for (key, value) in over {
                let value = match under.shift_remove(&key) {
                    Some(old) => overlay(old, value),
                    None => value,
                };
                merged.insert(key, value);
            }
            merged.extend(under);
            Data::Map(merged)
        }
        (_, over) => over,
    }
}
