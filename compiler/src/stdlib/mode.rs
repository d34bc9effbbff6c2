//! `mode "NAME" { … }`: what an engine changes when a benchmark measures one phase alone.
//!
//! ```kdl
//! mode "NAME" {
//!     without "ctx"                  // roles that are not started, though they may be written
//!     aggregated "ctx"               // the kind of worker of which one server runs, as `agg`
//!     osl 1                          // tokens of an answer, whatever the benchmark says
//!     role "gen" {                   // roles by the names under which they are written
//!         env { NAME "{fill-target}" }
//!         config { key #true }       // set, whatever the topology says
//!         without-config "key"       // taken out
//!         fill-target batch-size="key" default=2048
//!     }
//! }
//! ```

use indexmap::IndexMap;

use super::role::{envs, known_roles, merge, words};
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::ast::{ConfigBlock, EnvBlock, EnvEntry, WorkerKind};
use crate::topology::config_block;
use crate::topology::fields::Fields;

/// The mode of a benchmark that says nothing, where an engine describes none.
pub const END_TO_END: &str = "e2e";

/// The placeholder for what [`FillTarget`] makes.
pub const FILL_TARGET: &str = "fill-target";

#[derive(Debug, Clone, Default)]
pub struct Mode {
    pub name: String,
    /// Roles that are not started.
    pub without: Vec<Spanned<String>>,
    /// One server of this kind runs and does both phases.
    pub aggregated: Option<Spanned<String>>,
    /// Tokens of an answer.
    pub osl: Option<Spanned<u32>>,
    pub roles: IndexMap<String, Change>,
}

/// What a mode changes about one role.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub env: Vec<EnvBlock>,
    pub config: Option<ConfigBlock>,
    pub without_config: Vec<Spanned<String>>,
    pub fill_target: Option<FillTarget>,
}

/// How many requests a server collects before it begins: at most what it holds, or it never begins.
#[derive(Debug, Clone)]
pub struct FillTarget {
    /// The key of the engine's file that says how many requests are served at once: by each rank where
    /// attention is data parallel, else by all of them together.
    pub batch_size: Spanned<String>,
    /// What holds where the key is not set.
    pub default: Spanned<u32>,
}

impl Mode {
    /// Whether the mode leaves a role out.
    pub fn lacks(&self, role: &str) -> bool {
        self.without.iter().any(|without| without.value == role)
    }

    /// Whether servers of this kind are written to be aggregated into one.
    pub fn aggregates(&self, kind: WorkerKind) -> bool {
        self.aggregated.as_ref().is_some_and(|a| a.value == kind.name())
    }

    /// Whether it measures the topology just as it is written.
    pub fn is_plain(&self) -> bool {
        self.without.is_empty() && self.aggregated.is_none() && self.osl.is_none() && self.roles.is_empty()
    }

    /// The variables that it sets, each with the role that it sets it for.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &EnvEntry)> {
        self.roles.iter().flat_map(|(role, change)| {
            let entries = change.env.iter().flat_map(|block| &block.entries);
            entries.map(move |entry| (role.as_str(), entry))
        })
    }

    /// Whether servers wait for requests, by their environment: so for the same number in the whole job.
    pub fn fills(&self) -> bool {
        self.roles.values().any(|change| change.fill_target.is_some())
    }
}

pub fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Mode> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the mode's name");
    let without = fields.block("without").map(|n| role_names(n, fields.diagnostics));
    let aggregated = fields.string("aggregated");
    let osl = fields.integer("osl", 1..=100_000_000);
    let mut roles: IndexMap<String, Change> = IndexMap::new();
    for n in fields.blocks("role") {
        change(n, &mut roles, fields.diagnostics);
    }
    fields.finish();
    let aggregated = known_roles(aggregated.into_iter().collect(), diagnostics).pop();
    Some(Mode { name: name?.value, without: without.unwrap_or_default(), aggregated, osl, roles })
}

/// `role "gen" "server" { … }`: later blocks add to earlier ones.
fn change(node: &Node, roles: &mut IndexMap<String, Change>, diagnostics: &mut Diagnostics) {
    let mut fields = Fields::new(node, diagnostics);
    let names = fields.rest_of_strings();
    let read = Change {
        env: envs(&mut fields),
        config: fields.block("config").map(|n| config_block(n, fields.diagnostics)),
        without_config: fields
            .block("without-config")
            .map(|n| words(n, fields.diagnostics))
            .unwrap_or_default(),
        fill_target: fields.block("fill-target").and_then(|n| fill_target(n, fields.diagnostics)),
    };
    fields.finish();
    for name in known_roles(names, diagnostics) {
        let change = roles.entry(name.value).or_default();
        change.env.extend(read.env.iter().cloned());
        merge(&mut change.config, &read.config);
        change.without_config.extend(read.without_config.iter().cloned());
        change.fill_target = read.fill_target.clone().or(change.fill_target.take());
    }
}

fn fill_target(node: &Node, diagnostics: &mut Diagnostics) -> Option<FillTarget> {
    let mut fields = Fields::new(node, diagnostics);
    let batch_size = fields.string("batch-size");
    let default = fields.integer("default", 1..=100_000_000);
    fields.finish();
    Some(FillTarget { batch_size: batch_size?, default: default? })
}

fn role_names(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    let names = words(node, diagnostics);
    known_roles(names, diagnostics)
}
