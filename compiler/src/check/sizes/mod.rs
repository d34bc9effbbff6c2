//! Counts and shapes: ranks, GPUs, replicas.

pub mod attention_dp;
pub mod domain;
pub mod ep;
pub mod gpus;
pub mod too_many;
pub mod uneven;
pub mod unused;

use super::Subject;
use crate::source::Spanned;
use crate::topology::ast::Worker;

/// The workers whose sizes could all be read.
pub fn sized<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Worker> + use<'a> {
    subject.topology.workers.iter().filter(|worker| worker.is_sized())
}

/// What is written, or 1.
pub fn size(value: &Option<Spanned<u32>>) -> u64 {
    value.as_ref().map_or(1, |v| u64::from(v.value))
}

/// Ranks, and so GPUs, of one server.
pub fn world(worker: &Worker) -> u64 {
    size(&worker.tp).saturating_mul(size(&worker.pp)).saturating_mul(size(&worker.cp))
}
