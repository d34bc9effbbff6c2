//! What a benchmark's mode does to the roles that are written.

use super::env::Environment;
use super::{Program, config};
use crate::stdlib::engine::Engine;
use crate::stdlib::mode::{Change, FillTarget, Mode};
use crate::stdlib::template::sole_placeholder;
use crate::topology::ast::{ConfigValue, Topology, Worker, WorkerKind};

/// The workers that run and as what, generation first: the order in which steps start.
pub fn running<'t>(topology: &'t Topology, mode: &Mode) -> Vec<(&'t Worker, WorkerKind)> {
    let mut running = Vec::new();
    for kind in [WorkerKind::Gen, WorkerKind::Ctx, WorkerKind::Agg] {
        if mode.lacks(kind.name()) {
            continue;
        }
        if mode.aggregates(kind) {
            running.extend(measured(topology, kind).map(|worker| (worker, WorkerKind::Agg)));
        } else {
            let ours = topology.workers.iter().filter(|worker| worker.kind == kind);
            running.extend(ours.map(|worker| (worker, kind)));
        }
    }
    running
}

/// The pool of which one server is aggregated: the only one, or the one beside which the client sits.
pub fn measured(topology: &Topology, kind: WorkerKind) -> Option<&Worker> {
    let pools: Vec<&Worker> = topology.workers.iter().filter(|worker| worker.kind == kind).collect();
    if let [only] = pools.as_slice() {
        return Some(only);
    }
    let on = topology.benchmark.as_ref()?.on.as_ref()?.value.replace('-', "_");
    pools.into_iter().find(|pool| pool.role() == on)
}

/// What a server can hold, and for how many requests it waits before it begins.
pub struct Fill {
    /// Requests that come to each server.
    pub share: u64,
    pub capacity: u64,
}

impl Fill {
    /// A target above the capacity is never reached, nor is one above the share.
    pub fn target(&self) -> u64 {
        self.share.min(self.capacity)
    }
}

/// `None` without a concurrency.
pub fn fill(topology: &Topology, engine: &Engine, worker: &Worker, target: &FillTarget) -> Option<Fill> {
    let concurrency = topology.benchmark.as_ref()?.concurrency.first()?.value;
    let replicas = |worker: &Worker| worker.replicas.as_ref().map_or(1, |replicas| u64::from(replicas.value));
    let servers: u64 = topology.workers.iter().filter(|w| w.kind == worker.kind).map(replicas).sum();
    let written = |key: &str| Some(&worker.config.as_ref()?.entries.get(key)?.value.value);
    let batch_size = match written(&target.batch_size.value) {
        Some(ConfigValue::Integer(size)) => u64::try_from(*size).unwrap_or(1),
        _ => target.default.value.into(),
    };
    let ranks = match attention_dp(engine, worker) {
        true => worker.tp.as_ref().map_or(1, |tp| u64::from(tp.value)),
        false => 1,
    };
    Some(Fill {
        share: (u64::from(concurrency) / servers.max(1)).max(1),
        capacity: batch_size.saturating_mul(ranks).max(1),
    })
}

/// Said on the worker's line, or else in the engine's file.
fn attention_dp(engine: &Engine, worker: &Worker) -> bool {
    if let Some(attention_dp) = &worker.attention_dp {
        return attention_dp.value;
    }
    let owned = engine.role(worker.kind.name()).and_then(|role| role.config.as_ref());
    let is_ours = |value: &ConfigValue| match value {
        ConfigValue::String(text) => sole_placeholder(text) == Some("attention-dp"),
        _ => false,
    };
    let key = owned.and_then(|config| config.entries.iter().find(|(_, entry)| is_ours(&entry.value.value)));
    let written = key.and_then(|(key, _)| worker.config.as_ref()?.entries.get(key));
    written.is_some_and(|entry| entry.value.value == ConfigValue::Bool(true))
}

/// Lays the mode's part over a role: its variables, and what its file must and must not say.
pub fn apply(program: &mut Program, change: &Change) {
    let mut environment = Environment::from(std::mem::take(&mut program.env));
    environment.add_described(&change.env);
    program.env = environment.finish();
    for key in &change.without_config {
        program.settings.shift_remove(&key.value);
    }
    for (key, set) in change.config.iter().flat_map(|block| &block.entries).map(config::entry) {
        let set = match program.settings.get(&key) {
            Some(written) => config::overlay(written.clone(), set),
            None => set,
        };
        program.settings.insert(key, set);
    }
}
