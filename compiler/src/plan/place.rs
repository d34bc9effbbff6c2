//! Which GPUs of which node each server takes.
//!
//! A server of at most one node's GPUs stays inside one node; a bigger one takes whole nodes and at
//! most one part of a node, which comes last in rank order, so that rank 0 sits on a whole node.
//! Parts share nodes, the biggest placed first, each on the first node that has room.

use std::collections::BTreeSet;

use super::Share;

/// What is to be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Ranks, and so GPUs, of the server.
    pub gpus: u32,
    /// Whether it shares its nodes with no other server.
    pub alone: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub nodes: u32,
    /// For each wish, in rank order.
    pub servers: Vec<Vec<Share>>,
}

/// Places `wishes` on nodes of `per_node` GPUs (at least 1). Nodes are numbered in the order of the wishes.
pub fn place(wishes: &[Wish], per_node: u32) -> Placement {
    let mut nodes =
        Nodes { per_node, used: Vec::new(), by_room: vec![BTreeSet::new(); per_node as usize + 1] };
    let mut servers: Vec<Vec<(usize, u32, u32)>> = vec![Vec::new(); wishes.len()];
    for (wish, server) in wishes.iter().zip(&mut servers) {
        server.extend((0..wish.gpus / per_node).map(|_| (nodes.add(per_node), 0, per_node)));
    }
    let mut parts: Vec<(usize, u32)> =
        wishes.iter().map(|w| w.gpus % per_node).enumerate().filter(|(_, rest)| *rest > 0).collect();
    parts.sort_by_key(|(_, rest)| std::cmp::Reverse(*rest));
    for (index, rest) in parts {
        let (node, first) = nodes.take(rest, wishes[index].alone);
        servers[index].push((node, first, rest));
    }
    number(servers, nodes.used.len())
}

struct Nodes {
    per_node: u32,
    /// How many GPUs of each node are taken, from position 0 on.
    used: Vec<u32>,
    /// The nodes with exactly this many free GPUs that may be shared.
    by_room: Vec<BTreeSet<usize>>,
}

impl Nodes {
    fn add(&mut self, used: u32) -> usize {
        self.used.push(used);
        self.used.len() - 1
    }

    /// The node and the first position of `count` free GPUs.
    fn take(&mut self, count: u32, alone: bool) -> (usize, u32) {
        if alone {
            return (self.add(count), 0);
        }
        let fitting = self.by_room[count as usize..].iter().filter_map(BTreeSet::first).min().copied();
        let node = fitting.unwrap_or_else(|| self.add(0));
        let first = self.used[node];
        self.by_room[(self.per_node - first) as usize].remove(&node);
        self.used[node] += count;
        self.by_room[(self.per_node - first - count) as usize].insert(node);
        (node, first)
    }
}

/// Gives the nodes their final numbers: those of the first server first.
fn number(servers: Vec<Vec<(usize, u32, u32)>>, count: usize) -> Placement {
    let mut numbers: Vec<Option<u32>> = vec![None; count];
    let mut next = 0;
    let mut share = |(node, first, gpus): (usize, u32, u32)| {
        let node = *numbers[node].get_or_insert_with(|| {
            next += 1;
            next - 1
        });
        Share { node, ranks: gpus, gpus: (first..first + gpus).collect() }
    };
    let servers = servers.into_iter().map(|shares| shares.into_iter().map(&mut share).collect()).collect();
    Placement { nodes: next, servers }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(gpus: &[u32], per_node: u32) -> (u32, Vec<String>) {
        let wishes: Vec<Wish> = gpus.iter().map(|&gpus| Wish { gpus, alone: false }).collect();
        let placement = place(&wishes, per_node);
        let show = |shares: &Vec<Share>| {
            shares.iter().map(|s| format!("{}:{:?}", s.node, s.gpus)).collect::<Vec<_>>().join(" ")
        };
        (placement.nodes, placement.servers.iter().map(show).collect())
    }

    #[test]
    fn worlds_that_do_not_fill_nodes_share_the_rest() {
        let (nodes, servers) = shape(&[6, 6, 8, 2], 4);
        assert_eq!(nodes, 6);
        assert_eq!(
            servers,
            [
                "0:[0, 1, 2, 3] 1:[0, 1]",
                "2:[0, 1, 2, 3] 1:[2, 3]",
                "3:[0, 1, 2, 3] 4:[0, 1, 2, 3]",
                "5:[0, 1]",
            ]
        );
    }

    #[test]
    fn whole_nodes_are_left_alone() {
        let wish = |gpus, alone| Wish { gpus, alone };
        let placement = place(&[wish(2, true), wish(1, false), wish(1, false)], 4);
        assert_eq!(placement.nodes, 2);
        assert_eq!(placement.servers[0][0].node, 0);
        assert_eq!(placement.servers[1][0].node, placement.servers[2][0].node);
    }
}
