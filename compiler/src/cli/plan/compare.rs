//! How many nodes the rules of other tools would take for the same servers.

use std::fmt::Write as _;

use disaggc::plan::{Part, Plan, Role};

use super::table::how_good;

/// A rule, what it takes, and what is wrong with it.
struct Other {
    rule: &'static str,
    nodes: u32,
    but: String,
}

/// Servers of one pool.
struct Pool<'a> {
    kind: &'a str,
    servers: u32,
    gpus: u32,
}

pub fn render(plan: &Plan) -> String {
    let excluded = plan.placement.excluded_gpus.len() as u32;
    let per_node = plan.cluster.gpus_per_node.saturating_sub(excluded).max(1);
    let worker = |role: &&Role| role.part == Part::Worker;
    let pools: Vec<Pool> = plan.roles.iter().filter(worker).map(|role| pool(plan, role)).collect();
    let dedicated = u32::from(plan.placement.dedicated.is_some());
    let mut out = format!("\n{:4} nodes: this plan, {}\n", plan.nodes, how_good(plan));
    for other in [whole_nodes(&pools, per_node), cursor(&pools, per_node)] {
        let _ = writeln!(out, "{:4} nodes: {}{}", other.nodes + dedicated, other.rule, other.but);
    }
    out
}

fn pool<'a>(plan: &Plan, role: &'a Role) -> Pool<'a> {
    let gpus = role.parallel.map_or(0, |p| p.tp * p.pp * p.cp);
    let servers = plan.steps.iter().filter(|step| step.role == role.name).count() as u32;
    let kind = role.name.split('_').next().unwrap_or_default();
    Pool { kind, servers, gpus }
}

/// Every server begins a node, as in the perf tests of TensorRT-LLM's CI.
fn whole_nodes(pools: &[Pool], per_node: u32) -> Other {
    let nodes = pools.iter().map(|pool| pool.servers * pool.gpus.div_ceil(per_node)).sum();
    Other { rule: "whole nodes for each server", nodes, but: String::new() }
}

/// GPUs are counted through, kind by kind, as in TensorRT-LLM's submit.py; a server that would fit on a node may be
/// cut in two by that.
fn cursor(pools: &[Pool], per_node: u32) -> Other {
    let (mut nodes, mut cut) = (0, 0);
    for kind in ["gen", "ctx", "agg"] {
        let mut next = 0;
        for pool in pools.iter().filter(|pool| pool.kind == kind) {
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
        let pool = |kind, servers, gpus| Pool { kind, servers, gpus };
        let both =
            |pools: &[Pool], per_node| (whole_nodes(pools, per_node).nodes, cursor(pools, per_node).nodes);
        // InferenceX 387: one generation server of 16, seven context servers of one GPU.
        assert_eq!(both(&[pool("gen", 1, 16), pool("ctx", 7, 1)], 4), (11, 6));
        assert_eq!(both(&[pool("gen", 1, 2), pool("ctx", 1, 1)], 4), (2, 2));
        let cuts = cursor(&[pool("gen", 2, 6), pool("ctx", 3, 3)], 4);
        assert_eq!(
            (cuts.nodes, cuts.but.as_str()),
            (6, ", which spreads 2 servers over a node more than they need")
        );
    }
}
