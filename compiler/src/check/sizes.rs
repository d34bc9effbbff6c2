//! Sizes of one server: `gpus N` against what tp, pp and cp make, and how experts split them.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::stdlib::role::Role;
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
        if let Some(role) = subject.engine.and_then(|engine| engine.role(worker.kind.name())) {
            unused(worker, role, diagnostics);
            uneven(subject, worker, role, world, diagnostics);
        }
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

/// What the engine's program can't be told must not look as if it were.
fn unused(worker: &Worker, role: &Role, diagnostics: &mut Diagnostics) {
    let shape: [(&str, Option<Span>, &[&str]); 4] = [
        ("pp", span(&worker.pp), &["pp"]),
        ("cp", span(&worker.cp), &["cp"]),
        ("ep", span(&worker.ep), &["ep", "expert-parallel"]),
        (
            "attention-dp",
            worker.attention_dp.as_ref().filter(|dp| dp.value).map(|dp| dp.span),
            &["attention-dp", "dp"],
        ),
    ];
    for (name, span, placeholders) in shape {
        let Some(span) = span.filter(|_| !role.any_shape && !placeholders.iter().any(|p| role.uses(p)))
        else {
            continue;
        };
        diagnostics.push(
            Diagnostic::error("sizes/unused", format!("this engine's program has no `{name}`"))
                .label(span, "would change nothing")
                .help(format!(
                    "leave `{name}` out; where the program has an option for it, write it in `args`"
                )),
        );
    }
}

/// One that is 1 says nothing.
fn span(size: &Option<Spanned<u32>>) -> Option<Span> {
    size.as_ref().filter(|size| size.value > 1).map(|size| size.span)
}

/// Programs that count their nodes share a server evenly among them.
fn uneven(subject: &Subject, worker: &Worker, role: &Role, world: u64, diagnostics: &mut Diagnostics) {
    let Some(per_node) = subject.cluster.and_then(|cluster| cluster.gpus_per_node.as_ref()) else { return };
    let gpus = u64::from(per_node.value);
    if role.even_nodes && world > gpus && !world.is_multiple_of(gpus) {
        diagnostics.push(
            Diagnostic::error("sizes/uneven", format!("{world} GPUs don't fill nodes of {gpus}"))
                .label(worker.head, "over several nodes")
                .label(per_node.span, format!("{gpus} GPUs a node"))
                .help(format!(
                    "this engine starts one process on each node, with the same number of GPUs: take {} or {} GPUs",
                    world / gpus * gpus,
                    world.div_ceil(gpus) * gpus
                )),
        );
    }
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
