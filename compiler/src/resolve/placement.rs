//! What was wished for about nodes.

use super::{Context, Traced};
use crate::source::{Span, Spanned};
use crate::topology::ast::{Worker, WorkerKind};
use crate::topology::placement::Roles;

/// Wishes that are about several pools; a pool has its own.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Of all pools.
    pub servers_per_node: Option<Spanned<u32>>,
    /// Whether no other job may use the nodes.
    pub exclusive: Traced<bool>,
    /// Positions on every node that no server takes.
    pub exclude_gpus: Vec<Spanned<u32>>,
    pub apart: Vec<Wish>,
    pub together: Vec<Wish>,
}

/// Sets of pools that are to share nodes, or not to.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Indices of the pools that run, for each name.
    pub pools: Vec<Vec<usize>>,
    pub head: Span,
}

/// Where a program without GPUs runs.
#[derive(Debug, Clone)]
pub enum Seat {
    /// Wherever there is room.
    Any,
    /// On the first node of this pool.
    Pool(Spanned<String>),
    /// On a node without servers.
    Dedicated(Span),
}

impl Seat {
    pub fn of(on: Option<&Spanned<String>>, dedicated: Option<Span>) -> Self {
        match (on, dedicated) {
            (_, Some(span)) => Seat::Dedicated(span),
            (Some(pool), None) => Seat::Pool(pool.clone()),
            (None, None) => Seat::Any,
        }
    }
}

impl Context<'_> {
    pub(super) fn placement(&self, running: &[(&Worker, WorkerKind)]) -> Placement {
        let written = &self.topology.placement;
        let wishes = |roles: &[Roles]| roles.iter().filter_map(|wish| wish_of(wish, running)).collect();
        Placement {
            servers_per_node: written.servers_per_node.clone(),
            exclusive: Traced::or_rule(
                written.exclusive.as_ref(),
                true,
                "a job has its nodes for itself unless written",
            ),
            exclude_gpus: written.exclude_gpus.clone(),
            apart: wishes(&written.apart),
            together: wishes(&written.together),
        }
    }
}

/// A wish about roles of which the mode leaves one alone says nothing.
fn wish_of(wish: &Roles, running: &[(&Worker, WorkerKind)]) -> Option<Wish> {
    let called = |name: &str| -> Vec<usize> {
        running.iter().enumerate().filter(|(_, (worker, _))| worker.is_called(name)).map(|(i, _)| i).collect()
    };
    let pools: Vec<Vec<usize>> =
        wish.names.iter().map(|name| called(&name.value)).filter(|pools| !pools.is_empty()).collect();
    (pools.len() > 1).then_some(Wish { pools, head: wish.head })
}
