//! Every variable that somebody sets by hand, with the roles that get it.

use super::Subject;
use crate::source::Span;
use crate::topology::ast::{EnvBlock, EnvEntry, ROLES};

/// A variable where it is written.
#[derive(Debug, Clone)]
pub struct Variable<'a> {
    pub entry: &'a EnvEntry,
    /// The roles that get it, of those that the topology has.
    pub roles: Vec<&'static str>,
    /// Whether it stands inside a role.
    pub own: bool,
}

impl Variable<'_> {
    pub fn name(&self) -> &str {
        &self.entry.name.value
    }
}

impl<'a> Subject<'a> {
    /// The roles that the topology has.
    pub fn roles(&self) -> Vec<&'static str> {
        let topology = self.topology;
        let has = |role: &&str| match *role {
            "server" => topology.server.is_some(),
            "benchmark" => topology.benchmark.is_some(),
            "accuracy" => topology.accuracy.is_some(),
            "prepare" => {
                topology.prepare.is_some() || self.cluster.is_some_and(|cluster| cluster.prepare.is_some())
            }
            kind => topology.workers.iter().any(|worker| worker.kind.name() == kind),
        };
        ROLES.into_iter().filter(has).collect()
    }

    /// The site's variables, the topology's, then those of the roles.
    pub fn variables(&self) -> Vec<Variable<'a>> {
        let topology = self.topology;
        let roles = self.roles();
        let mut variables = Vec::new();
        let site = self.cluster.map(|cluster| cluster.env.as_slice()).unwrap_or_default();
        for block in site.iter().chain(&topology.env) {
            let gets = |role: &&&str| block.roles.is_empty() || block.roles.iter().any(|r| r.value == **role);
            let roles: Vec<&'static str> = roles.iter().filter(gets).copied().collect();
            variables.extend(block.entries.iter().map(|entry| Variable {
                entry,
                roles: roles.clone(),
                own: false,
            }));
        }
        // What other nodes share with the usual ones was seen there.
        let usual: Vec<Span> = variables.iter().map(|variable| variable.entry.span).collect();
        for kind in self.node_kinds() {
            let workers = topology.workers.iter();
            let there = workers.filter(|w| w.node_kind.as_ref().is_some_and(|k| k.value == kind.name.value));
            let there: Vec<&'static str> = there.map(|worker| worker.kind.name()).collect();
            for block in &kind.cluster.env {
                let gets =
                    |role: &&&str| block.roles.is_empty() || block.roles.iter().any(|r| r.value == **role);
                let roles: Vec<&'static str> = there.iter().filter(gets).copied().collect();
                let entries = block.entries.iter().filter(|entry| !usual.contains(&entry.span));
                variables.extend(entries.map(|entry| Variable { entry, roles: roles.clone(), own: false }));
            }
        }
        for (role, blocks) in self.own_blocks() {
            let entries = blocks.iter().flat_map(|block| &block.entries);
            variables.extend(entries.map(|entry| Variable { entry, roles: vec![role], own: true }));
        }
        variables
    }

    /// The `env` blocks that stand inside roles.
    pub fn own_blocks(&self) -> Vec<(&'static str, &'a [EnvBlock])> {
        let topology = self.topology;
        let mut own: Vec<(&'static str, &'a [EnvBlock])> =
            topology.workers.iter().map(|worker| (worker.kind.name(), worker.env.as_slice())).collect();
        own.extend(topology.server.iter().map(|server| ("server", server.env.as_slice())));
        own.extend(topology.benchmark.iter().map(|benchmark| ("benchmark", benchmark.env.as_slice())));
        own.extend(topology.accuracy.iter().map(|accuracy| ("accuracy", accuracy.env.as_slice())));
        let site = self.cluster.and_then(|cluster| cluster.prepare.as_ref());
        let prepare = site.into_iter().chain(&topology.prepare);
        own.extend(prepare.map(|prepare| ("prepare", prepare.env.as_slice())));
        own
    }
}
