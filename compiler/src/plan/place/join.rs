//! Nodes of several kinds, side by side.

use super::{Component, Domain, Minimum, Placement, Proof};
use crate::plan::Share;

/// The placements of a job's components, one behind the other. `of_server` says for each server in which it is.
pub fn join(parts: Vec<Placement>, of_server: impl Iterator<Item = usize>) -> Placement {
    let mut joined = Placement {
        nodes: 0,
        servers: Vec::new(),
        dedicated: None,
        domains: Vec::new(),
        components: Vec::new(),
        minimum: Minimum { nodes: 0, proof: Proof::LowerBound },
    };
    let mut servers = Vec::new();
    for part in parts {
        let from = joined.nodes;
        let moved = move |share: Share| Share { node: share.node + from, ..share };
        let placed = part.servers.into_iter().map(move |s| s.into_iter().map(moved).collect::<Vec<_>>());
        servers.push(placed);
        joined.dedicated = joined.dedicated.or(part.dedicated.map(|node| node + from));
        joined.domains.extend(part.domains.iter().map(|d| Domain { from: d.from + from, to: d.to + from }));
        joined.components.extend(part.components.iter().map(|c| Component { from: c.from + from, ..*c }));
        joined.minimum.nodes += part.minimum.nodes;
        joined.minimum.proof = joined.minimum.proof.weaker(part.minimum.proof);
        joined.nodes += part.nodes;
    }
    joined.servers = of_server.filter_map(|component| servers.get_mut(component)?.next()).collect();
    joined
}
