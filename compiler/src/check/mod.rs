//! Rules that a topology has to keep: one group a folder, one rule a file, with its documentation and examples on
//! top. They look at what the person wrote together with the chosen cluster and engine, report everything they
//! find, and change nothing. The [`table`] has them all.
//!
//! What other phases come upon (a text that is no KDL, wishes for a placement that nothing fulfils) is documented
//! here, too, in `phases/`.

mod accuracy;
pub mod allow;
mod benchmark;
mod cluster;
mod container;
mod engine;
mod env;
mod harness;
mod infra;
mod jenkins;
mod launcher;
mod limits;
mod mode;
mod names;
mod owned;
mod paths;
mod phases;
mod placement;
mod ports;
mod prepare;
mod rehearsal;
mod roles;
pub mod rule;
pub mod schema;
mod settings;
mod sizes;
mod slurm;
mod strings;
pub mod table;
mod transfer;
mod variables;
mod workload;

use crate::diagnostic::Diagnostics;
use crate::plan::Plan;
use crate::source::Spanned;
use crate::stdlib::cluster::{Cluster, NodeKind};
use crate::stdlib::engine::Engine;
use crate::stdlib::mode::Mode;
use crate::stdlib::schema::Schemas;
use crate::topology::Topology;
use crate::topology::ast::Worker;

/// What the rules look at. Cluster and engine are `None` if it is not known which are meant.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub topology: &'a Topology,
    pub cluster: Option<&'a Cluster>,
    pub engine: Option<&'a Engine>,
    /// Names of environment variables that programs are known to read.
    pub known_variables: &'a [Spanned<String>],
    /// How names of variables begin that both ends of a transfer read.
    pub transports: &'a [Spanned<String>],
    /// What the engine's files may say.
    pub schemas: &'a Schemas,
    /// False if a part of the input could not be read: then nothing follows from what is missing.
    pub complete: bool,
}

impl<'a> Subject<'a> {
    /// What the benchmark measures; `None` if it is not known.
    pub fn mode(&self) -> Option<&Mode> {
        let asked = self.topology.benchmark.as_ref().and_then(|b| b.mode.as_ref());
        self.engine?.mode(asked.map(|mode| mode.value.as_str()))
    }

    /// The cluster as the worker's nodes have it; `None` if it is not known.
    pub fn cluster_of(&self, worker: &Worker) -> Option<&'a Cluster> {
        let Some(kind) = &worker.node_kind else { return self.cluster };
        let kind = self.cluster?.kinds.iter().find(|known| known.name.value == kind.value)?;
        Some(&kind.cluster)
    }

    /// The kinds of nodes, beside the cluster's usual ones, that workers ask for.
    pub fn node_kinds(&self) -> impl Iterator<Item = &'a NodeKind> + use<'a> {
        let workers = &self.topology.workers;
        let asked = |kind: &&NodeKind| {
            workers.iter().any(|w| w.node_kind.as_ref().is_some_and(|asked| asked.value == kind.name.value))
        };
        self.cluster.into_iter().flat_map(|cluster| &cluster.kinds).filter(asked)
    }

    /// Whether a server takes the cluster's usual nodes.
    pub fn uses_usual_nodes(&self) -> bool {
        self.topology.workers.iter().any(|worker| worker.node_kind.is_none())
    }

    /// Whether a role is missed where it is not written.
    pub fn needs(&self, role: &str) -> bool {
        !self.mode().is_some_and(|mode| mode.lacks(role))
    }
}

/// Runs all rules that need no plan.
pub fn run(subject: &Subject, diagnostics: &mut Diagnostics) {
    table::RULES.iter().for_each(|rule| rule.run(subject, diagnostics));
}

/// Runs those that do.
pub fn run_planned(subject: &Subject, plan: &Plan, diagnostics: &mut Diagnostics) {
    table::RULES.iter().for_each(|rule| rule.run_planned(subject, plan, diagnostics));
}
