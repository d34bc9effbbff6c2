//! What the benchmark asks for against what the servers can take.

pub mod answer;
pub mod dataset;
pub mod idle_ranks;
pub mod overload;
pub mod prompt;
pub mod step;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::topology::ast::{Benchmark, Worker, WorkerKind};

/// Pools that do the context phase, or the generation phase, in the benchmark's mode.
fn doing<'a>(subject: &Subject<'a>, kind: WorkerKind) -> Vec<&'a Worker> {
    if !subject.needs(kind.name()) {
        return Vec::new();
    }
    let does = |worker: &&Worker| worker.kind == kind || worker.kind == WorkerKind::Agg;
    subject.topology.workers.iter().filter(does).collect()
}

/// Marks what makes some requests longer than `isl` and `osl` say.
pub(super) fn varied(finding: Diagnostic, benchmark: &Benchmark) -> Diagnostic {
    match &benchmark.range_ratio {
        Some(ratio) => finding.label(ratio.span, "the longest ones are that much longer"),
        None => finding,
    }
}
