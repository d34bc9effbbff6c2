//! Which roles a topology must have.

pub mod agg_replicas;
pub mod benchmark_incomplete;
pub mod missing;
pub mod mixed;

use super::Subject;
use crate::topology::ast::{Worker, WorkerKind};

fn first<'a>(subject: &Subject<'a>, kind: WorkerKind) -> Option<&'a Worker> {
    subject.topology.workers.iter().find(|worker| worker.kind == kind)
}

/// Whether requests reach aggregated servers through a coordinator only.
fn behind_server(subject: &Subject) -> bool {
    subject.engine.and_then(|engine| engine.role("agg")).is_some_and(|role| role.behind_server)
}
