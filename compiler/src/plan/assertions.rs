//! `nodes N` and `gpus N` of a topology are assertions: where they don't hold, what is missing or idle, and where.

use super::place::Placement;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{Origin, Resolved};

/// Places that are named; the others are counted.
const NAMED: usize = 4;

/// `servers` are the pool and number of each.
pub fn check(
    resolved: &Resolved,
    servers: &[(usize, u32)],
    placement: &Placement,
    diagnostics: &mut Diagnostics,
) {
    let found = Found { resolved, servers, placement };
    found.nodes(diagnostics);
    found.gpus(diagnostics);
}

struct Found<'a> {
    resolved: &'a Resolved,
    servers: &'a [(usize, u32)],
    placement: &'a Placement,
}

impl Found<'_> {
    fn nodes(&self, diagnostics: &mut Diagnostics) {
        let (resolved, taken) = (self.resolved, self.placement.nodes);
        let Some(nodes) = resolved.nodes.as_ref().filter(|nodes| nodes.value != taken) else { return };
        let message =
            format!("the job takes {}, but `nodes {}` is written", counted(taken, "node"), nodes.value);
        let mut error =
            Diagnostic::error("assert/nodes", message).label(nodes.span, format!("asserts {}", nodes.value));
        for component in &resolved.components {
            if let Origin::At(span) = component.gpus_per_node.origin {
                error = error.label(span, format!("{} GPUs a node", component.gpus_per_node.value));
            }
        }
        if let Origin::At(span) = resolved.mode.origin
            && resolved.engine.mode(Some(&resolved.mode.value)).is_some_and(|mode| !mode.without.is_empty())
        {
            error = error.label(span, "does not start every role");
        }
        let difference = match nodes.value.checked_sub(taken) {
            Some(idle) => format!("{}{} would be idle", counted(idle, "node"), self.gpus_in(idle)),
            None => format!("{} would have no place", self.beyond(nodes.value)),
        };
        diagnostics
            .push(error.help(format!("{}; {difference}; correct `nodes`, or leave it out", self.sum())));
    }

    fn gpus(&self, diagnostics: &mut Diagnostics) {
        let resolved = self.resolved;
        let taken: u32 = self.placement.servers.iter().flatten().map(|share| share.gpus.len() as u32).sum();
        let Some(gpus) = resolved.gpus.as_ref().filter(|gpus| gpus.value != taken) else { return };
        let message =
            format!("the servers take {}, but `gpus {}` is written", counted(taken, "GPU"), gpus.value);
        let mut error =
            Diagnostic::error("assert/job-gpus", message).label(gpus.span, format!("asserts {}", gpus.value));
        for pool in &resolved.pools {
            let all = pool.world() * u64::from(pool.replicas.value);
            error = error.label(pool.head, format!("{all} of them"));
        }
        let idle = self.idle();
        let places =
            if idle.is_empty() { "none is idle".to_owned() } else { format!("idle: {}", listed(&idle)) };
        diagnostics.push(error.help(format!("{}; {places}; correct `gpus`, or leave it out", self.sum())));
    }

    /// ` (8 GPUs)`, where all nodes have as many.
    fn gpus_in(&self, nodes: u32) -> String {
        match self.resolved.components.as_slice() {
            [only] => format!(" ({})", counted(nodes * only.gpus_per_node.value, "GPU")),
            _ => String::new(),
        }
    }

    /// `2 × 4 GPUs for `ctx` and …, on nodes of 4 GPUs`.
    fn sum(&self) -> String {
        let resolved = self.resolved;
        let part = |pool: &crate::resolve::Pool| {
            let name = pool.role.replacen('_', " ", 1);
            format!("{} × {} GPUs for `{name}`", pool.replicas.value, pool.world())
        };
        let mut parts: Vec<String> = resolved.pools.iter().map(part).collect();
        parts.extend(self.placement.dedicated.map(|_| "a node without servers".to_owned()));
        let sizes = resolved.components.iter().map(|nodes| nodes.gpus_per_node.value.to_string());
        format!("{}, on nodes of {} GPUs", parts.join(" and "), sizes.collect::<Vec<_>>().join(" and "))
    }

    /// The servers, and what else, that the nodes from this one on are for.
    fn beyond(&self, nodes: u32) -> String {
        let there = |(index, shares): (usize, &Vec<super::Share>)| {
            let (pool, number) = self.servers[index];
            let name = format!("{}_{number}", self.resolved.pools[pool].role);
            shares.iter().any(|share| share.node >= nodes).then_some(name)
        };
        let mut names: Vec<String> = self.placement.servers.iter().enumerate().filter_map(there).collect();
        names.extend(self.placement.dedicated.map(|_| "what asks for a dedicated node".to_owned()));
        listed(&names)
    }

    /// The nodes with GPUs that no server takes, and which.
    fn idle(&self) -> Vec<String> {
        let excluded = &self.resolved.placement.exclude_gpus;
        let usable = |gpu: u32| !excluded.iter().any(|excluded| excluded.value == gpu);
        let mut free: Vec<Vec<bool>> = Vec::new();
        for (nodes, component) in self.resolved.components.iter().zip(&self.placement.components) {
            let gpus: Vec<bool> = (0..nodes.gpus_per_node.value).map(usable).collect();
            free.extend((0..component.nodes).map(|_| gpus.clone()));
        }
        for share in self.placement.servers.iter().flatten() {
            share.gpus.iter().for_each(|gpu| free[share.node as usize][*gpu as usize] = false);
        }
        let positions = |gpus: &[bool]| -> Vec<String> {
            gpus.iter().enumerate().filter(|(_, free)| **free).map(|(gpu, _)| gpu.to_string()).collect()
        };
        let nodes = free.iter().map(|gpus| positions(gpus)).enumerate().filter(|(_, gpus)| !gpus.is_empty());
        nodes.map(|(node, gpus)| format!("node {node} (GPU {})", gpus.join(", "))).collect()
    }
}

fn counted(n: u32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn listed(names: &[String]) -> String {
    let (shown, more) = names.split_at(names.len().min(NAMED));
    match more.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
