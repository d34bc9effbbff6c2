//! Nodes and GPUs get their numbers.

use super::domains::{self, Domain, Must};
use super::search::Packing;
use super::{Component, Minimum, Placement, Wishes};
use crate::plan::Share;

/// Servers on nodes that have no number yet.
struct Draft {
    /// For each server its nodes in rank order: first position, and how many GPUs.
    servers: Vec<Vec<Seat>>,
    nodes: usize,
}

#[derive(Clone, Copy)]
struct Seat {
    node: usize,
    first: u32,
    gpus: u32,
}

/// The first server's nodes come first. Nodes that servers join stand side by side, in one domain where possible.
pub fn number(wishes: &Wishes, packing: &Packing, minimum: Minimum) -> Placement {
    let draft = draft(wishes, packing);
    let must = match wishes.pools.iter().any(|pool| pool.one_domain && pool.servers > 0) {
        true if wishes.segments => Must::Ask,
        true => Must::Hope,
        false => Must::Not,
    };
    let mut clusters = clusters(wishes, &draft, must != Must::Not);
    if wishes.dedicated {
        clusters.push(vec![draft.nodes]);
    }
    let sizes: Vec<u32> = clusters.iter().map(|nodes| nodes.len() as u32).collect();
    let grouping = domains::group(&sizes, wishes.domain_nodes, must);
    let size = grouping.segment.unwrap_or(wishes.domain_nodes).max(1);
    let mut numbers = vec![0; draft.nodes + 1];
    let (mut next, mut domains) = (0, Vec::new());
    for members in &grouping.domains {
        let from = next;
        for &node in members.iter().flat_map(|&cluster| &clusters[cluster]) {
            numbers[node] = next;
            next += 1;
        }
        let starts = (from..next).step_by(size as usize);
        domains.extend(starts.map(|from| Domain { from, to: (from + size).min(next) - 1 }));
    }
    let share = |seat: &Seat| Share {
        node: numbers[seat.node],
        ranks: seat.gpus,
        gpus: wishes.gpus[seat.first as usize..(seat.first + seat.gpus) as usize].to_vec(),
    };
    Placement {
        nodes: next,
        servers: draft.servers.iter().map(|seats| seats.iter().map(share).collect()).collect(),
        dedicated: wishes.dedicated.then(|| numbers[draft.nodes]),
        domains: if wishes.domain_nodes > 1 { domains } else { Vec::new() },
        components: vec![Component { from: 0, nodes: next, segment: grouping.segment }],
        minimum,
    }
}

fn draft(wishes: &Wishes, packing: &Packing) -> Draft {
    let per_node = wishes.gpus.len() as u32;
    let mut draft = Draft { servers: Vec::new(), nodes: 0 };
    // The first server of each pool that has no part yet.
    let mut waiting = Vec::new();
    for pool in &wishes.pools {
        waiting.push(draft.servers.len());
        for _ in 0..pool.servers {
            let (whole, rest) = (pool.gpus / per_node, pool.gpus % per_node);
            let alone = (rest > 0 && pool.alone).then_some(rest);
            let own = (0..whole).map(|_| per_node).chain(alone).zip(draft.nodes..);
            let seats: Vec<Seat> = own.map(|(gpus, node)| Seat { node, first: 0, gpus }).collect();
            draft.nodes += seats.len();
            draft.servers.push(seats);
        }
    }
    let parts = super::Rules::of(wishes).parts;
    let shared = packing.nodes.iter().flat_map(|(counts, times)| (0..*times).map(move |_| counts));
    for counts in shared {
        let mut first = 0;
        for (part, count) in parts.iter().zip(counts) {
            for _ in 0..*count {
                let seat = Seat { node: draft.nodes, first, gpus: part.size };
                draft.servers[waiting[part.pool]].push(seat);
                waiting[part.pool] += 1;
                first += part.size;
            }
        }
        draft.nodes += 1;
    }
    draft
}

/// Nodes that servers join: by all servers as far as a domain holds them, or by those alone that must be in one.
fn clusters(wishes: &Wishes, draft: &Draft, must: bool) -> Vec<Vec<usize>> {
    let mut cluster_of: Vec<Option<usize>> = vec![None; draft.nodes];
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let pools = wishes.pools.iter().flat_map(|pool| (0..pool.servers).map(move |_| pool));
    for (pool, seats) in pools.zip(&draft.servers) {
        let joins = !must || pool.one_domain;
        // Only the part, which comes last, can be on a node that was seen before.
        let mut cluster = seats.last().and_then(|seat| cluster_of[seat.node]).filter(|_| joins);
        let fresh: Vec<usize> =
            seats.iter().map(|seat| seat.node).filter(|&node| cluster_of[node].is_none()).collect();
        let fits = |cluster: &usize| clusters[*cluster].len() + fresh.len() <= wishes.domain_nodes as usize;
        cluster = cluster.filter(fits);
        for node in fresh {
            let own = *cluster.get_or_insert_with(|| {
                clusters.push(Vec::new());
                clusters.len() - 1
            });
            clusters[own].push(node);
            cluster_of[node] = Some(own);
            if !joins {
                cluster = None;
            }
        }
    }
    clusters
}
