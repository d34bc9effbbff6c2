//! Where programs without GPUs run.

use super::place::Placement;
use crate::resolve::{Resolved, Seat};
use crate::source::Spanned;

/// Gives coordinator and client their nodes, one after the other.
pub struct Seats<'a> {
    resolved: &'a Resolved,
    /// The pool and number of each server.
    servers: &'a [(usize, u32)],
    placement: &'a Placement,
    /// For each node the programs that were given to it, and its servers' GPUs.
    load: Vec<(u32, usize)>,
}

impl<'a> Seats<'a> {
    pub fn new(resolved: &'a Resolved, servers: &'a [(usize, u32)], placement: &'a Placement) -> Self {
        let mut load = vec![(0, 0); placement.nodes as usize];
        for share in placement.servers.iter().flatten() {
            load[share.node as usize].1 += share.gpus.len();
        }
        Seats { resolved, servers, placement, load }
    }

    pub fn node(&mut self, seat: &Seat) -> u32 {
        let node = match seat {
            Seat::Any => self.least_loaded(),
            Seat::Dedicated(_) => self.placement.dedicated.unwrap_or(0),
            Seat::Pool(pool) => self.first(pool),
        };
        self.load[node as usize].0 += 1;
        node
    }

    /// The first node of a pool.
    pub fn first(&self, pool: &Spanned<String>) -> u32 {
        let wanted = pool.value.replace('-', "_");
        let ours = |&(pool, _): &(usize, u32)| {
            let pool = &self.resolved.pools[pool];
            pool.role == wanted || pool.kind.name() == wanted
        };
        let found =
            self.servers.iter().position(ours).and_then(|index| self.placement.servers[index].first());
        found.map_or(0, |share| share.node)
    }

    /// Coordinator and client keep out of each other's way, and out of the servers'; they take nodes of the first
    /// component, where the job's script runs. Tests are measured where others
    /// run them: on the first node.
    fn least_loaded(&self) -> u32 {
        if self.resolved.harness.is_some() {
            return 0;
        }
        let usual = self.placement.components.first().map_or(0, |component| component.nodes);
        let nodes = (0..usual).filter(|node| Some(*node) != self.placement.dedicated);
        nodes.min_by_key(|node| self.load[*node as usize]).unwrap_or(0)
    }
}
