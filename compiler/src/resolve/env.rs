//! The environment of one role: the engine's, the cluster's, the topology's and its own.

use super::origin::Traced;
use crate::topology::ast::EnvBlock;

/// A variable of a role; without a value it is unset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub name: String,
    pub value: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// The topology's: taken as it is.
    Literal(String),
    /// The stdlib's: the planner fills its placeholders, and one without a value makes the variable fall away.
    Template(String),
}

/// Collects blocks, the later ones stronger. Variables that are unset come first, because a value
/// that leaked in from outside must be gone before the role's own are set; a variable that is set
/// twice keeps its first place and takes its last value.
#[derive(Debug, Default)]
pub struct Environment {
    unset: Vec<Traced<Setting>>,
    set: Vec<Traced<Setting>>,
}

impl Environment {
    /// Adds the blocks that hold for `role` (`ctx`, `server`, …).
    pub fn add(&mut self, blocks: &[EnvBlock], role: &str) {
        let ours = |b: &&EnvBlock| b.roles.is_empty() || b.roles.iter().any(|r| r.value == role);
        self.add_as(blocks.iter().filter(ours), Text::Literal);
    }

    /// Adds blocks of a description in the stdlib.
    pub fn add_described(&mut self, blocks: &[EnvBlock]) {
        self.add_as(blocks.iter(), Text::Template);
    }

    fn add_as<'a>(&mut self, blocks: impl Iterator<Item = &'a EnvBlock>, text: fn(String) -> Text) {
        for entry in blocks.flat_map(|block| &block.entries) {
            let setting = Setting { name: entry.name.value.clone(), value: entry.value.clone().map(text) };
            self.put(Traced::at(setting, entry.span));
        }
    }

    fn put(&mut self, new: Traced<Setting>) {
        let ours = |list: &[Traced<Setting>]| list.iter().position(|v| v.value.name == new.value.name);
        let (set, unset) = (ours(&self.set), ours(&self.unset));
        // What is set was said after what is unset.
        let last = set.map(|at| &self.set[at]).or(unset.map(|at| &self.unset[at])).cloned();
        let sets = new.value.value.is_some();
        let new = match last {
            Some(last) => new.over(last),
            None => new,
        };
        let (list, place) = if sets {
            (&mut self.set, set)
        } else {
            set.map(|at| self.set.remove(at));
            (&mut self.unset, unset)
        };
        match place {
            Some(at) => list[at] = new,
            None => list.push(new),
        }
    }

    /// Takes up what [`finish`](Self::finish) gave, to add more.
    pub fn from(variables: Vec<Traced<Setting>>) -> Self {
        let (set, unset) = variables.into_iter().partition(|v| v.value.value.is_some());
        Environment { unset, set }
    }

    pub fn finish(self) -> Vec<Traced<Setting>> {
        self.unset.into_iter().chain(self.set).collect()
    }
}
