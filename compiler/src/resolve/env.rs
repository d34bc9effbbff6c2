//! The environment of one role: the engine's, the cluster's, the topology's and its own.

use super::origin::{Origin, Traced};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::Variable;
use crate::plan::word::Word;
use crate::stdlib::template::{self, Scope};
use crate::topology::ast::EnvBlock;

/// Collects blocks, the later ones stronger. Variables that are unset come first, because a value
/// that leaked in from outside must be gone before the role's own are set; a variable that is set
/// twice keeps its first place and takes its last value.
#[derive(Debug, Default)]
pub struct Environment {
    unset: Vec<Traced<Variable>>,
    set: Vec<Traced<Variable>>,
}

impl Environment {
    /// Adds the blocks that hold for `role` (`ctx`, `server`, …).
    pub fn add(&mut self, blocks: &[EnvBlock], role: &str) {
        let ours = |b: &&EnvBlock| b.roles.is_empty() || b.roles.iter().any(|r| r.value == role);
        for entry in blocks.iter().filter(ours).flat_map(|b| &b.entries) {
            self.put(&entry.name.value, entry.value.as_deref().map(Word::text), Origin::At(entry.span));
        }
    }

    /// Adds blocks of an engine's description, whose values may have placeholders; a variable whose
    /// placeholder is `known`, but has no value, falls away.
    pub fn add_described(
        &mut self,
        blocks: &[EnvBlock],
        scope: &Scope,
        known: &[&str],
        diagnostics: &mut Diagnostics,
    ) {
        for entry in blocks.iter().flat_map(|b| &b.entries) {
            let filled = entry.value.as_deref().map(|text| template::word(text, scope, known));
            match filled {
                None => self.put(&entry.name.value, None, Origin::At(entry.span)),
                Some(Ok(Some(word))) => self.put(&entry.name.value, Some(word), Origin::At(entry.span)),
                Some(Ok(None)) => {}
                Some(Err(name)) => diagnostics.push(
                    Diagnostic::error(
                        "engine/placeholder",
                        format!("there is no placeholder {{{name}}} here"),
                    )
                    .label(entry.span, "in this description")
                    .help("a profiler's variable may use {range}, a mode's {fill-target} where the role has one"),
                ),
            }
        }
    }

    fn put(&mut self, name: &str, value: Option<Word>, origin: Origin) {
        let new = Traced { value: Variable { name: name.to_owned(), value }, origin };
        let list = if new.value.value.is_some() {
            &mut self.set
        } else {
            self.set.retain(|v| v.value.name != name);
            &mut self.unset
        };
        match list.iter_mut().find(|v| v.value.name == name) {
            Some(old) => *old = new,
            None => list.push(new),
        }
    }

    /// Takes up what [`finish`](Self::finish) gave, to add more.
    pub fn from(variables: Vec<Traced<Variable>>) -> Self {
        let (set, unset) = variables.into_iter().partition(|v| v.value.value.is_some());
        Environment { unset, set }
    }

    pub fn finish(self) -> Vec<Traced<Variable>> {
        self.unset.into_iter().chain(self.set).collect()
    }
}
