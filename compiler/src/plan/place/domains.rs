//! Nodes that belong into one NVLink domain. Which hosts share one is only known to the cluster: the plan says which
//! nodes should, and where a server must not leave its domain, in which segments the job has to ask for them.

use serde::Serialize;

/// The job's nodes that should share an NVLink domain, first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Domain {
    pub from: u32,
    pub to: u32,
}

/// Clusters of nodes that stay together, in domains.
pub struct Grouping {
    /// Indices of clusters.
    pub domains: Vec<Vec<usize>>,
    pub segment: Option<u32>,
}

/// Whether clusters must be inside one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    Not,
    /// Yes, but it can't be asked for.
    Hope,
    /// Yes, and it is asked for.
    Ask,
}

/// Groups clusters of so many nodes each.
pub fn group(clusters: &[u32], domain_nodes: u32, must: Must) -> Grouping {
    let order: Vec<usize> = (0..clusters.len()).collect();
    match must {
        Must::Ask => {
            segments(clusters, domain_nodes).unwrap_or_else(|| group(clusters, domain_nodes, Must::Hope))
        }
        // The job looks for a domain for each cluster: the less beside it, the better.
        Must::Hope => {
            let (single, several): (Vec<usize>, Vec<usize>) =
                order.into_iter().partition(|&c| clusters[c] == 1);
            let mut domains = first_fit(clusters, &single, domain_nodes);
            domains.extend(several.into_iter().map(|cluster| vec![cluster]));
            domains.sort_by_key(|members| members[0]);
            Grouping { domains, segment: None }
        }
        Must::Not => Grouping { domains: first_fit(clusters, &order, domain_nodes), segment: None },
    }
}

/// Domains' shares of one size, as `sbatch --segment` wants them: the smallest that works is the easiest to find.
fn segments(clusters: &[u32], domain_nodes: u32) -> Option<Grouping> {
    let nodes: u32 = clusters.iter().sum();
    let biggest = clusters.iter().copied().max()?;
    let mut order: Vec<usize> = (0..clusters.len()).collect();
    order.sort_by_key(|&cluster| std::cmp::Reverse(clusters[cluster]));
    let sizes = (biggest..=domain_nodes.min(nodes)).filter(|size| nodes.is_multiple_of(*size));
    for segment in sizes {
        let domains = first_fit(clusters, &order, segment);
        if domains.len() as u32 == nodes / segment {
            return Some(Grouping { domains, segment: Some(segment) });
        }
    }
    None
}

fn first_fit(clusters: &[u32], order: &[usize], domain_nodes: u32) -> Vec<Vec<usize>> {
    let mut domains: Vec<Vec<usize>> = Vec::new();
    // Those with room, and how much.
    let mut open: Vec<(usize, u32)> = Vec::new();
    for &cluster in order {
        let size = clusters[cluster];
        let found = open.iter().position(|(_, room)| *room >= size);
        let at = found.unwrap_or_else(|| {
            // One that no domain holds takes several, and the rest of the last may be somebody else's.
            open.push((domains.len(), size.next_multiple_of(domain_nodes)));
            domains.push(Vec::new());
            open.len() - 1
        });
        let (domain, room) = &mut open[at];
        domains[*domain].push(cluster);
        *room -= size;
        if *room == 0 {
            open.remove(at);
        }
    }
    domains.iter_mut().for_each(|members| members.sort_unstable());
    domains.sort_by_key(|members| members.first().copied());
    domains
}
