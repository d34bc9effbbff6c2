//! Sizes of one server: `gpus N` against what tp, pp and cp make, and how experts split them.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::topology::ast::Worker;

/// Far above any cluster; keeps what is derived within reach of memory.
const MAX_RANKS: u64 = 200_000;

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mut total: u64 = 0;
    for worker in &subject.topology.workers {
        let world = size(&worker.tp) * size(&worker.pp) * size(&worker.cp);
        total = total.saturating_add(world.saturating_mul(size(&worker.replicas)));
        gpus(worker, world, diagnostics);
        experts(worker, diagnostics);
        if total > MAX_RANKS {
            diagnostics.push(
                Diagnostic::error("sizes/too-many", format!("the topology needs {total} GPUs"))
                    .label(worker.head, "more than any cluster has")
                    .help(format!("the limit is {MAX_RANKS}; check `replicas`, `tp`, `pp` and `cp`")),
            );
            return;
        }
    }
}

fn size(value: &Option<Spanned<u32>>) -> u64 {
    value.as_ref().map_or(1, |v| u64::from(v.value))
}

/// `gpus N` is an assertion (srt-slurm 312 and 466: attention DP was multiplied in).
fn gpus(worker: &Worker, world: u64, diagnostics: &mut Diagnostics) {
    let Some(gpus) = &worker.gpus else { return };
    if u64::from(gpus.value) == world {
        return;
    }
    let mut factors = format!("tp {}", size(&worker.tp));
    for (name, value) in [("pp", &worker.pp), ("cp", &worker.cp)] {
        if size(value) > 1 {
            factors += &format!(" × {name} {}", size(value));
        }
    }
    let mut error = Diagnostic::error(
        "assert/gpus",
        format!("one server takes {world} GPUs, but `gpus {}` is written", gpus.value),
    )
    .label(gpus.span, format!("asserts {}", gpus.value));
    for (name, value) in [("tp", &worker.tp), ("pp", &worker.pp), ("cp", &worker.cp)] {
        if let Some(value) = value {
            error = error.label(value.span, format!("{name} {}", value.value));
        }
    }
    let mut help = format!("{factors} = {world} ranks, one GPU each");
    if worker.ep.is_some() || worker.attention_dp.is_some() {
        help += "; `ep` and `attention-dp` only split these ranks";
    }
    let replicas = size(&worker.replicas);
    if replicas > 1 && u64::from(gpus.value) == world * replicas {
        help += &format!("; `gpus` counts one server, not all {replicas} of them");
    }
    diagnostics.push(error.help(help + "; correct one of the numbers, or leave `gpus` out"));
}

/// Experts are spread over the tensor-parallel ranks (TensorRT-LLM's mapping: moe_tp · moe_ep = tp).
fn experts(worker: &Worker, diagnostics: &mut Diagnostics) {
    let Some(ep) = &worker.ep else { return };
    let ranks = size(&worker.tp) * size(&worker.cp);
    if !ranks.is_multiple_of(u64::from(ep.value)) {
        let mut error = Diagnostic::error(
            "sizes/ep",
            format!("`ep` {} does not divide the {ranks} ranks that it splits", ep.value),
        )
        .label(ep.span, format!("expert parallelism {}", ep.value));
        if let Some(tp) = &worker.tp {
            error = error.label(tp.span, format!("tp {}", tp.value));
        }
        diagnostics
            .push(error.help(format!("write an `ep` that divides {ranks}, usually `ep={ranks}` or none")));
    }
}
