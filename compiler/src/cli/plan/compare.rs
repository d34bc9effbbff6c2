//! How many nodes the rules of other tools would take for the same servers.

use std::fmt::Write as _;

use disaggc::plan::{Component, Part, Plan, Role};
use indexmap::IndexMap;

use super::table::how_good;

/// A rule, what it takes, and what is wrong with it.
struct Other {
    rule: &'static str,
    nodes: u32,
    but: String,
}

/// Servers of one pool, with the GPUs of their nodes.
struct Pool<'a> {
    kind: &'a str,
    servers: u32,
    gpus: u32,
    component: usize,
    per_node: u32,
}

/// `declared` is what somebody said who counted by hand.
pub fn render(plan: &Plan, declared: Option<u32>) -> String {
    let worker = |role: &&Role| role.part == Part::Worker;
    let pools: Vec<Pool> = plan.roles.iter().filter(worker).map(|role| pool(plan, role)).collect();
    let dedicated = u32::from(plan.placement.dedicated.is_some());
    let mut out = format!("\n{:4} nodes: this plan, {}\n", plan.nodes, how_good(plan));
    for other in [whole_nodes(&pools), cursor(&pools)] {
        let _ = writeln!(out, "{:4} nodes: {}{}", other.nodes + dedicated, other.rule, other.but);
    }
    if let Some(nodes) = declared {
        let but = if nodes < plan.placement.minimum.nodes { ", which is too few" } else { "" };
        let _ = writeln!(out, "{nodes:4} nodes: declared by `nodes {nodes}`{but}");
    }
    out
}

fn pool<'a>(plan: &Plan, role: &'a Role) -> Pool<'a> {
    let gpus = role.parallel.map_or(0, |p| p.tp * p.pp * p.cp);
    let servers = plan.steps.iter().filter(|step| step.role == role.name).count() as u32;
    let kind = role.name.split('_').next().unwrap_or_default();
    let first = plan.steps.iter().find(|step| step.role == role.name).and_then(|step| step.nodes.first());
    let here = |component: &Component| first.is_some_and(|share| component.has(share.node));
    let component = plan.components.iter().position(here).unwrap_or(0);
    let excluded = &plan.placement.excluded_gpus;
    let on_node = plan.components.get(component).map_or(1, |component| component.gpus_per_node);
    let per_node = (0..on_node).filter(|gpu| !excluded.contains(gpu)).count().max(1) as u32;
    Pool { kind, servers, gpus, component, per_node }
}

/// Every server begins a node, as in the perf tests of TensorRT-LLM's CI.
fn whole_nodes(pools: &[Pool]) -> Other {
    let nodes = pools.iter().map(|pool| pool.servers * pool.gpus.div_ceil(pool.per_node)).sum();
    Other { rule: "whole nodes for each server", nodes, but: String::new() }
}

/// GPUs are counted through, kind by kind, as in TensorRT-LLM's submit.py; a server that would fit on a node may be
/// cut in two by that.
fn cursor(pools: &[Pool]) -> Other {
    let (mut nodes, mut cut) = (0, 0);
    let mut cursors: IndexMap<(&str, usize), Vec<&Pool>> = IndexMap::new();
    for pool in pools {
        cursors.entry((pool.kind, pool.component)).or_default().push(pool);
    }
    for pools in cursors.into_values() {
        let (per_node, mut next) = (pools[0].per_node, 0);
        for pool in pools {
            for _ in 0..pool.servers {
                let spanned = (next + pool.gpus).div_ceil(per_node) - next / per_node;
                cut += u32::from(spanned > pool.gpus.div_ceil(per_node));
                next += pool.gpus;
            }
        }
        nodes += next.div_ceil(per_node);
    }
    let but = match cut {
        0 => String::new(),
        1 => ", which spreads a server over a node more than it needs".to_owned(),
        cut => format!(", which spreads {cut} servers over a node more than they need"),
    };
    Other { rule: "one GPU cursor for each kind", nodes, but }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_as_their_tools_do() {
        let pool = |kind, servers, gpus| Pool { kind, servers, gpus, component: 0, per_node: 4 };
        let both = |pools: &[Pool]| (whole_nodes(pools).nodes, cursor(pools).nodes);
        // InferenceX 387: one generation server of 16, seven context servers of one GPU.
        assert_eq!(both(&[pool("gen", 1, 16), pool("ctx", 7, 1)]), (11, 6));
        // Two kinds of nodes share none.
        let eight = Pool { component: 1, per_node: 8, ..pool("gen", 1, 8) };
        assert_eq!(both(&[pool("gen", 1, 6), eight]), (3, 3));
        assert_eq!(both(&[pool("gen", 1, 2), pool("ctx", 1, 1)]), (2, 2));
        let cuts = cursor(&[pool("gen", 2, 6), pool("ctx", 3, 3)]);
        assert_eq!(
            (cuts.nodes, cuts.but.as_str()),
            (6, ", which spreads 2 servers over a node more than they need")
        );
    }
}
