//! Which parts of servers fit on one node.

use super::{Sets, Wishes};
use crate::topology::ast::WorkerKind;

/// Ways to use a node that are looked at: with more, the search is given up before it begins.
const MOST_PATTERNS: usize = 20_000;

/// What one pool's servers take beside whole nodes: alike for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub pool: usize,
    pub kind: WorkerKind,
    pub size: u32,
    pub count: u32,
    pub most: Option<u32>,
    /// The server's whole nodes, if it may not leave their domain.
    pub domain: Option<u32>,
}

/// The parts, the biggest first, and what holds for each node that they share.
#[derive(Debug, Clone)]
pub struct Rules {
    pub parts: Vec<Part>,
    pub per_node: u32,
    pub most: Option<u32>,
    pub domain_nodes: u32,
    /// Sets of indices of `parts`.
    pub apart: Vec<Sets>,
    pub together: Vec<Sets>,
}

/// How many of each part one node has.
pub type Counts = Vec<u32>;

/// Nodes, then nodes with context and generation servers, then pools summed over the nodes: what is better is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u64);

impl Cost {
    pub const NONE: Cost = Cost(0);
    pub const IMPOSSIBLE: Cost = Cost(u64::MAX);
    const BITS: u32 = 20;

    pub fn plus(self, other: Cost) -> Cost {
        Cost(self.0.saturating_add(other.0))
    }
}

#[derive(Debug, Clone)]
pub struct Pattern {
    pub counts: Counts,
    pub cost: Cost,
}

impl Rules {
    pub fn of(wishes: &Wishes) -> Self {
        let per_node = wishes.gpus.len() as u32;
        let pools = wishes.pools.iter().enumerate();
        let mut parts: Vec<Part> = pools.filter_map(|(index, pool)| pool.part(index, per_node)).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.size));
        let of_parts = |sets: &Sets| -> Sets {
            let indices = |pools: &Vec<usize>| {
                parts.iter().enumerate().filter(|(_, p)| pools.contains(&p.pool)).map(|(i, _)| i).collect()
            };
            sets.iter().map(indices).collect()
        };
        Rules {
            apart: wishes.apart.iter().map(of_parts).collect(),
            together: wishes.together.iter().map(of_parts).collect(),
            per_node,
            most: wishes.most,
            domain_nodes: wishes.domain_nodes,
            parts,
        }
    }

    /// Whether a node may have these parts, and more of them perhaps.
    pub fn allow(&self, counts: &[u32]) -> bool {
        let with = |each: &dyn Fn(&Part) -> u32| -> u32 {
            self.parts.iter().zip(counts).map(|(part, count)| each(part).saturating_mul(*count)).sum()
        };
        let in_domain = |part: &Part| part.domain.unwrap_or(0);
        let held = self.parts.iter().zip(counts).any(|(part, count)| *count > 0 && part.domain.is_some());
        with(&|part| part.size) <= self.per_node
            && self.most.is_none_or(|most| counts.iter().sum::<u32>() <= most)
            && self.parts.iter().zip(counts).all(|(part, count)| part.most.is_none_or(|most| *count <= most))
            && self.apart.iter().all(|sets| present(sets, counts) <= 1)
            && (!held || with(&in_domain) < self.domain_nodes)
    }

    /// Whether nothing is missed beside these parts.
    fn complete(&self, counts: &[u32]) -> bool {
        let fulfilled = |sets: &Sets| [0, sets.len()].contains(&present(sets, counts));
        self.together.iter().all(fulfilled)
    }

    fn cost(&self, counts: &[u32]) -> Cost {
        let has = |kind| self.parts.iter().zip(counts).any(|(part, count)| *count > 0 && part.kind == kind);
        let mixed = has(WorkerKind::Ctx) && has(WorkerKind::Gen);
        let pools = counts.iter().filter(|count| **count > 0).count() as u64;
        Cost((1 << (2 * Cost::BITS)) | (u64::from(mixed) << Cost::BITS) | pools)
    }

    /// All ways to use one node for some of the parts, the biggest part most often first; `None` if there are too
    /// many to go through.
    pub fn patterns(&self) -> Option<Vec<Pattern>> {
        let mut patterns = Vec::new();
        let mut counts = vec![0; self.parts.len()];
        let mut left = MOST_PATTERNS;
        self.extend(0, &mut counts, &mut left, &mut patterns).then_some(patterns)
    }

    /// False when there is nothing `left`.
    fn extend(
        &self,
        from: usize,
        counts: &mut Counts,
        left: &mut usize,
        patterns: &mut Vec<Pattern>,
    ) -> bool {
        if from == counts.len() {
            if counts.iter().any(|count| *count > 0) && self.complete(counts) {
                patterns.push(Pattern { counts: counts.clone(), cost: self.cost(counts) });
            }
            *left -= 1;
            return *left > 0;
        }
        while counts[from] < self.parts[from].count {
            counts[from] += 1;
            if !self.allow(counts) {
                counts[from] -= 1;
                break;
            }
        }
        loop {
            if !self.extend(from + 1, counts, left, patterns) {
                return false;
            }
            if counts[from] == 0 {
                return true;
            }
            counts[from] -= 1;
        }
    }
}

/// How many of the sets have a part on the node.
fn present(sets: &Sets, counts: &[u32]) -> usize {
    sets.iter().filter(|set| set.iter().any(|&part| counts[part] > 0)).count()
}
