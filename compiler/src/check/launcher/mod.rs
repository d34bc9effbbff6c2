//! The launcher rule, where somebody writes `launcher` or `mpi` by hand.
//!
//! Both are derived: a worker has launcher and MPI exactly if the job has more than one node or more than one GPU a
//! node; the coordinator and the client never have either.

pub mod bystander;
pub mod mpi;
pub mod none;
pub mod worker;

use super::Subject;
use super::sizes::{size, world};
use crate::plan::Processes;
use crate::resolve::mode::running;
use crate::topology::ast::Worker;

/// How the processes of a server start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// One rank a GPU, through the launcher.
    Ranks,
    /// One process a node, which has all of the node's GPUs.
    Nodes,
    /// The one rank of a job that has one GPU.
    Alone,
}

/// `None` if it is not known on what it runs.
fn start(subject: &Subject, worker: &Worker) -> Option<Start> {
    if !subject.topology.has_all_servers() {
        return None;
    }
    let clusters = std::iter::once(subject.cluster?).chain(subject.node_kinds().map(|kind| &kind.cluster));
    let per_node = clusters.filter_map(|cluster| cluster.gpus_per_node.as_ref()).map(|gpus| gpus.value);
    let per_node = per_node.max().unwrap_or(1);
    let role = subject.engine.and_then(|engine| engine.role(worker.kind.name()));
    let processes = role.and_then(|role| role.processes.as_ref());
    Some(if processes.is_some_and(|processes| processes.value == Processes::Node) {
        Start::Nodes
    } else if per_node > 1 || ranks(subject) > 1 {
        Start::Ranks
    } else {
        Start::Alone
    })
}

/// [`start`], where what is written by hand can be held against it: not where `launcher/none` has its say.
fn planned(subject: &Subject, worker: &Worker) -> Option<Start> {
    let possible = subject.engine.is_none_or(|engine| engine.launcher.is_some());
    start(subject, worker).filter(|start| possible || *start != Start::Ranks)
}

/// All ranks of the job.
fn ranks(subject: &Subject) -> u64 {
    let servers = |worker: &Worker| world(worker).saturating_mul(size(&worker.replicas));
    let counts: Vec<u64> = match subject.mode() {
        // A mode that makes a worker another kind runs one server of it.
        Some(mode) => running(subject.topology, mode)
            .into_iter()
            .map(|(worker, kind)| if kind == worker.kind { servers(worker) } else { world(worker) })
            .collect(),
        None => subject.topology.workers.iter().map(servers).collect(),
    };
    counts.into_iter().fold(0, u64::saturating_add)
}
