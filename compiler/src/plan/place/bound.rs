//! How few nodes there can be for parts of servers, whatever their arrangement.

use super::pattern::Rules;

/// The best of some bounds that are quick to work out.
pub fn nodes(rules: &Rules) -> u32 {
    let sizes: Vec<(u32, u32)> = rules.parts.iter().map(|part| (part.size, part.count)).collect();
    let servers: u32 = rules.parts.iter().map(|part| part.count).sum();
    let of_all = rules.most.map_or(0, |most| servers.div_ceil(most));
    let of_pool = |part: &super::Part| part.most.map_or(0, |most| part.count.div_ceil(most));
    // Parts that are kept apart need nodes of their own.
    let apart = |sets: &super::Sets| -> u32 {
        let own = |set: &Vec<usize>| {
            by_size(&set.iter().map(|&part| sizes[part]).collect::<Vec<_>>(), rules.per_node)
        };
        sets.iter().map(own).sum()
    };
    let pools = rules.parts.iter().map(of_pool);
    let bounds = pools.chain(rules.apart.iter().map(apart)).chain([of_all, by_size(&sizes, rules.per_node)]);
    bounds.max().unwrap_or(0)
}

/// For sizes with their counts. Weights are given to the sizes so that no node holds more than `unit` of them.
fn by_size(sizes: &[(u32, u32)], per_node: u32) -> u32 {
    let (node, half) = (u64::from(per_node), u64::from(per_node / 2));
    let needed = |weight: &dyn Fn(u64) -> u64, unit: u64| -> u64 {
        let total: u64 = sizes.iter().map(|(size, count)| weight(u64::from(*size)) * u64::from(*count)).sum();
        total.div_ceil(unit)
    };
    // A part that leaves less than `small` counts as a whole node, if those below `small` count nothing.
    let thresholds = (0..=half).map(|small| {
        let weight = move |size: u64| match size {
            size if size > node - small => node,
            size if size < small => 0,
            size => size,
        };
        needed(&weight, node)
    });
    // Of parts above one k-th of a node, fewer than k fit (Fekete and Schepers' u^(k), times k·node).
    let shares = (1..=node).map(|k| {
        let weight = move |size: u64| match size * (k + 1) {
            exact if exact.is_multiple_of(node) => size * k,
            more => more / node * node,
        };
        needed(&weight, node * k)
    });
    u32::try_from(thresholds.chain(shares).max().unwrap_or(0)).unwrap_or(u32::MAX)
}
