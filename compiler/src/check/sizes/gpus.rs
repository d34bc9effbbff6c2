//! # `gpus N` is not what tp, pp and cp make
//!
//! A server has one rank a GPU: tp · pp · cp of them. Attention data parallelism and expert parallelism only split
//! these ranks and never multiply them; scripts that counted otherwise asked for twice the GPUs, or for fewer than
//! the ranks needed (NVIDIA/srt-slurm issues 312 and 466). `gpus` is checked against that number.
//!
//! ```kdl
//! gen tp=8 pp=2 {
//!     gpus 8
//! //       ^
//! }
//! ```
//!
//! Write the number of ranks, or leave `gpus` out:
//!
//! ```kdl
//! gen tp=8 pp=2 {
//!     gpus 16
//! }
//! ```

use super::{size, sized, world};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::topology::ast::Worker;

pub const RULE: Rule = Rule::error("assert/gpus", include_str!("gpus.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    diagnostics.extend(sized(subject).filter_map(asserted));
}

fn asserted(worker: &Worker) -> Option<Diagnostic> {
    let gpus = worker.gpus.as_ref()?;
    let world = world(worker);
    if u64::from(gpus.value) == world {
        return None;
    }
    let message = format!("one server takes {world} GPUs, but `gpus {}` is written", gpus.value);
    let mut error = RULE.finding(message).label(gpus.span, format!("asserts {}", gpus.value));
    let mut factors = format!("tp {}", size(&worker.tp));
    for (name, value) in [("tp", &worker.tp), ("pp", &worker.pp), ("cp", &worker.cp)] {
        if let Some(value) = value {
            error = error.label(value.span, format!("{name} {}", value.value));
        }
        if name != "tp" && size(value) > 1 {
            factors += &format!(" × {name} {}", size(value));
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
    Some(error.help(help + "; correct one of the numbers, or leave `gpus` out"))
}
