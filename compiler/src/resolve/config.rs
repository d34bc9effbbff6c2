//! The engine's file of one role: what the planner owns, what the topology says, the defaults.

use indexmap::IndexMap;

use super::origin::{Origin, Traced};
use crate::plan::Data;
use crate::stdlib::template::literal;
use crate::topology::ast::ConfigBlock;

/// The topology's keys in their order, then the engine's defaults for the others.
pub fn settings(
    written: Option<&ConfigBlock>,
    defaults: Option<&ConfigBlock>,
) -> IndexMap<String, Traced<Data>> {
    let mut settings = IndexMap::new();
    for block in [written, defaults].into_iter().flatten() {
        for (key, entry) in &block.entries {
            settings
                .entry(key.clone())
                .or_insert_with(|| Traced { value: literal(&entry.value), origin: Origin::At(entry.key) });
        }
    }
    settings
}

/// Lays `over` on `under`: maps are merged key by key, everything else is replaced.
pub fn overlay(under: Data, over: Data) -> Data {
    match (under, over) {
        (Data::Map(mut under), Data::Map(over)) => {
            for (key, value) in over {
                let merged = match under.shift_remove(&key) {
                    Some(old) => overlay(old, value),
                    None => value,
                };
                under.insert(key, merged);
            }
            Data::Map(under)
        }
        (_, over) => over,
    }
}
