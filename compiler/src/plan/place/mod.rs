//! Which GPUs of which node each server takes, on as few nodes as the shapes allow.
//!
//! A server of at most one node's GPUs stays inside one node; a bigger one takes whole nodes and at
//! most one part of a node, which comes last in rank order, so that rank 0 sits on a whole node.
//! Nobody shares a whole node, so only the parts are packed: `pattern` says which of them fit on one
//! node, `search` finds the fewest nodes for all of them, `first_fit` stands in where that is out of
//! reach, and `bound` says how few there can be at all. `domains` keeps servers inside NVLink domains, and
//! `number` gives nodes and GPUs their numbers.

mod bound;
#[cfg(test)]
mod brute_force;
mod domains;
mod first_fit;
mod join;
mod number;
mod pattern;
mod search;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::Share;
use crate::topology::ast::WorkerKind;
pub use domains::Domain;
pub use join::join;
use pattern::{Part, Rules};

/// What is to be placed, and where.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The positions on a node that servers may take, at least one.
    pub gpus: Vec<u32>,
    /// Nodes of an NVLink domain.
    pub domain_nodes: u32,
    /// Whether the nodes can be asked for in segments of one domain each.
    pub segments: bool,
    /// Servers are numbered pool by pool.
    pub pools: Vec<Pool>,
    /// Servers on one node, of all pools.
    pub most: Option<u32>,
    /// Of these sets of pools, a node has servers of one at most.
    pub apart: Vec<Sets>,
    /// A server of one of these sets shares a node with servers of all the others.
    pub together: Vec<Sets>,
    /// One more node, without servers.
    pub dedicated: bool,
}

/// Indices of pools.
pub type Sets = Vec<Vec<usize>>;

#[derive(Debug, Clone, Copy)]
pub struct Pool {
    pub kind: WorkerKind,
    pub servers: u32,
    /// Of one server.
    pub gpus: u32,
    /// Whether its servers share their nodes with no other.
    pub alone: bool,
    /// Its servers on one node.
    pub most: Option<u32>,
    /// Whether a server stays inside one NVLink domain.
    pub one_domain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub nodes: u32,
    /// For each server, in rank order.
    pub servers: Vec<Vec<Share>>,
    /// The node without servers, if one was wished for.
    pub dedicated: Option<u32>,
    pub domains: Vec<Domain>,
    /// The nodes kind by kind.
    pub components: Vec<Component>,
    pub minimum: Minimum,
}

/// Nodes of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    pub from: u32,
    pub nodes: u32,
    /// Nodes of each segment that it must ask for, so that its domains are domains.
    pub segment: Option<u32>,
}

/// What is known about how few nodes the servers can take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Minimum {
    /// No placement takes fewer.
    pub nodes: u32,
    pub proof: Proof,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The GPUs, or the wishes, need as many.
    LowerBound,
    /// Every other arrangement was looked at.
    ExhaustedSearch,
    /// There may be fewer: too many servers to look at all arrangements.
    #[default]
    Open,
}

impl Proof {
    /// What is proven where one part has this proof and another that.
    fn weaker(self, other: Self) -> Self {
        match (self, other) {
            (Proof::Open, _) | (_, Proof::Open) => Proof::Open,
            (Proof::ExhaustedSearch, _) | (_, Proof::ExhaustedSearch) => Proof::ExhaustedSearch,
            (Proof::LowerBound, Proof::LowerBound) => Proof::LowerBound,
        }
    }
}

/// No placement fulfils the wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Impossible,
    /// There may be one, but among so many servers none was found.
    NotFound,
}

/// Places the servers.
///
/// # Errors
/// If no placement fulfils the wishes.
pub fn place(wishes: &Wishes) -> Result<Placement, Refused> {
    let per_node = u32::try_from(wishes.gpus.len()).unwrap_or(u32::MAX);
    let mut beside = wishes.together.iter().flatten().flatten().map(|&index| (index, &wishes.pools[index]));
    if per_node == 0
        || wishes.pools.iter().any(|pool| pool.leaves_domain(wishes))
        || beside.any(|(index, pool)| pool.part(index, per_node).is_none())
    {
        return Err(Refused::Impossible);
    }
    let rules = Rules::of(wishes);
    let packing = search::pack(&rules)?;
    let alone: u32 = wishes.pools.iter().map(|pool| pool.own_nodes(per_node) * pool.servers).sum();
    let dedicated = u32::from(wishes.dedicated);
    let nodes = alone + packing.nodes() + dedicated;
    let least = alone + bound::nodes(&rules) + dedicated;
    let proof = match packing.exhausted {
        _ if nodes == least => Proof::LowerBound,
        true => Proof::ExhaustedSearch,
        false => Proof::Open,
    };
    let minimum = Minimum { nodes: if proof == Proof::ExhaustedSearch { nodes } else { least }, proof };
    Ok(number::number(wishes, &packing, minimum))
}

impl Pool {
    /// Nodes that a server shares with nobody.
    fn own_nodes(&self, per_node: u32) -> u32 {
        if self.alone { self.gpus.div_ceil(per_node) } else { self.gpus / per_node }
    }

    fn leaves_domain(&self, wishes: &Wishes) -> bool {
        self.one_domain && self.gpus.div_ceil(wishes.gpus.len() as u32) > wishes.domain_nodes
    }

    /// What is left of a server beside its own nodes.
    fn part(&self, pool: usize, per_node: u32) -> Option<Part> {
        let size = self.gpus % per_node;
        let shares = size > 0 && !self.alone && self.servers > 0;
        shares.then(|| Part {
            pool,
            kind: self.kind,
            size,
            count: self.servers,
            most: self.most,
            domain: self.one_domain.then_some(self.gpus / per_node),
        })
    }
}
