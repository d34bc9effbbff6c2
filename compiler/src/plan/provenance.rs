//! Where every resolved value comes from, and what it took the place of.

use indexmap::IndexMap;

use super::Data;
use crate::resolve::config::Settings;
use crate::resolve::{Origin, Traced};
use crate::source::Span;

/// By paths such as `gen.env.UCX_TLS`, in the order in which the plan was made.
#[derive(Debug, Default)]
pub struct Provenance {
    values: IndexMap<String, Provided>,
}

#[derive(Debug)]
pub struct Provided {
    pub value: Data,
    /// The strongest first: the first one is where the value comes from.
    pub chain: Vec<Origin>,
}

impl Provenance {
    pub(super) fn add<T>(&mut self, path: String, value: Data, traced: &Traced<T>) {
        let chain = [traced.origin].into_iter().chain(traced.over.iter().rev().copied()).collect();
        self.values.insert(path, Provided { value, chain });
    }

    /// A setting, and everything in it.
    pub(super) fn add_setting(&mut self, path: String, setting: &Traced<Settings>) {
        self.add(path.clone(), setting.value.data(), setting);
        if let Settings::Section(section) = &setting.value {
            for (key, inner) in section {
                self.add_setting(format!("{path}.{key}"), inner);
            }
        }
    }

    /// Puts in what values took the place of before they were resolved: places with those of what was there.
    pub(crate) fn extend(&mut self, replaced: &[(Span, Span)]) {
        for provided in self.values.values_mut() {
            let mut index = 0;
            while let Some(origin) = provided.chain.get(index).copied() {
                index += 1;
                let Origin::At(place) = origin else { continue };
                // The place of a setting begins with its name.
                let weaker = replaced.iter().filter(|(by, _)| by.file == place.file && by.end == place.end);
                for (_, weaker) in weaker {
                    let weaker = Origin::At(*weaker);
                    if !provided.chain.contains(&weaker) {
                        provided.chain.insert(index, weaker);
                    }
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value at a path, with that path.
    pub fn get(&self, path: &str) -> Option<(&str, &Provided)> {
        self.values.get_key_value(path).map(|(path, provided)| (path.as_str(), provided))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Provided)> {
        self.values.iter().map(|(path, provided)| (path.as_str(), provided))
    }
}
