//! The launcher rule, where somebody writes `launcher` or `mpi` by hand.
//!
//! Both are derived: a worker has launcher and MPI exactly if the job has more than one node or
//! more than one GPU a node; the coordinator and the client never have either.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::Processes;
use crate::resolve::mode::running;
use crate::source::Spanned;
use crate::topology::ast::{MpiWish, Worker};

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    for worker in &topology.workers {
        self::worker(subject, worker, diagnostics);
    }
    if let Some(server) = &topology.server {
        bystander("coordinator", &server.mpi, diagnostics);
    }
    if let Some(benchmark) = &topology.benchmark {
        bystander("client", &benchmark.mpi, diagnostics);
    }
}

fn worker(subject: &Subject, worker: &Worker, diagnostics: &mut Diagnostics) {
    let Some(cluster) = subject.cluster else { return };
    let per_node = cluster.gpus_per_node.as_ref().map_or(1, |g| g.value);
    let total: u64 = match subject.mode() {
        Some(mode) => running(subject.topology, mode)
            .into_iter()
            // A mode that makes a worker another kind runs one server of it.
            .map(|(worker, kind)| {
                world(worker).saturating_mul(if kind == worker.kind { replicas(worker) } else { 1 })
            })
            .sum(),
        None => subject.topology.workers.iter().map(|w| world(w).saturating_mul(replicas(w))).sum(),
    };
    let role = subject.engine.and_then(|engine| engine.role(worker.kind.name()));
    let processes = role.and_then(|role| role.processes.as_ref());
    let by_node = processes.filter(|processes| processes.value == Processes::Node);
    let launched = by_node.is_none() && (per_node > 1 || total > 1);
    if let Some(engine) = subject.engine.filter(|engine| launched && engine.launcher.is_none()) {
        // Once is enough: it is the engine's fault, not the worker's.
        if std::ptr::eq(worker, &subject.topology.workers[0]) {
            diagnostics.push(
                Diagnostic::error("launcher/none", "the engine's description has no launcher")
                    .label(engine.name.span, "this engine")
                    .label(worker.head, "its ranks could not be one world")
                    .help(
                        "add `launcher \"PROGRAM\"` to the description; only a job of one node with one GPU needs none",
                    ),
            );
        }
        return;
    }
    if let Some(wish) = worker.mpi.launcher.as_ref().filter(|w| w.value != launched) {
        let help = if by_node.is_some() {
            "this engine starts one process on each node, which has all of its GPUs: nothing launches ranks; leave \
             `launcher` out"
        } else if launched {
            "without it the server is one process on one GPU: no tensor parallelism, no NCCL. Every worker of a \
             job with more than one node, or more than one GPU a node, starts through the launcher; leave \
             `launcher` out"
        } else {
            "a job of one node with one GPU has one rank and nothing to launch; leave `launcher` out"
        };
        diagnostics.push(
            Diagnostic::error("launcher/worker", "this breaks the launcher rule")
                .label(
                    wish.span,
                    if launched { "a worker needs the launcher here" } else { "no launcher here" },
                )
                .help(help),
        );
    }
    let Some(mpi) = &worker.mpi.mpi else { return };
    let used = cluster.mpi.as_ref().map_or("pmix", |m| m.value.as_str());
    if !launched {
        diagnostics.push(
            Diagnostic::error("launcher/mpi", "this worker is one process: it has no MPI")
                .label(mpi.span, "asks for MPI")
                .help(if by_node.is_some() {
                    "this engine starts one process on each node, without MPI; leave `mpi` out"
                } else {
                    "a job of one node with one GPU starts no ranks; leave `mpi` out"
                }),
        );
    } else if mpi.value != used {
        let mut error = Diagnostic::error(
            "launcher/mpi",
            format!("workers start through `--mpi={used}`, not \"{}\"", mpi.value),
        )
        .label(mpi.span, "another MPI");
        if let Some(cluster) = &cluster.mpi {
            error = error.label(cluster.span, "what the cluster's Slurm and the engine's image agree on");
        }
        diagnostics.push(error.help(
            "an image that was built for PMIx makes worlds of one rank under another MPI \
             (TensorRT-LLM 13491); leave `mpi` out, or set it in the site's `cluster`",
        ));
    }
}

fn world(worker: &Worker) -> u64 {
    size(&worker.tp).saturating_mul(size(&worker.pp)).saturating_mul(size(&worker.cp))
}

fn replicas(worker: &Worker) -> u64 {
    size(&worker.replicas)
}

fn size(value: &Option<Spanned<u32>>) -> u64 {
    value.as_ref().map_or(1, |v| u64::from(v.value))
}

/// The coordinator and the client.
fn bystander(who: &str, wish: &MpiWish, diagnostics: &mut Diagnostics) {
    if let Some(launcher) = wish.launcher.as_ref().filter(|l| l.value) {
        diagnostics.push(
            Diagnostic::error("launcher/bystander", format!("the {who} never has the launcher"))
                .label(launcher.span, "asks for it")
                .help(format!(
                    "the {who} is one process that talks HTTP; the launcher would make it wait for the ranks of \
                     a world that doesn't exist. Leave `launcher` out"
                )),
        );
    }
    if let Some(mpi) = wish.mpi.as_ref().filter(|m| m.value != "none") {
        diagnostics.push(
            Diagnostic::error("launcher/bystander", format!("the {who} never has MPI"))
                .label(mpi.span, "asks for it")
                .help(format!(
                    "the {who} is one process that talks HTTP; with `--mpi` it would join an MPI world that it \
                     must not be part of (TensorRT-LLM 12020). Leave `mpi` out"
                )),
        );
    }
}
