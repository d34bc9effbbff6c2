//! The biggest parts first, each on the first node that has room: never far from the best, and always quick.

use super::pattern::{Counts, Rules};

/// Nodes by what they have, each so many times. Knows nothing of parts that must be together.
pub fn pack(rules: &Rules) -> Vec<(Counts, u32)> {
    let mut nodes: Vec<(Counts, u32)> = Vec::new();
    for (index, part) in rules.parts.iter().enumerate() {
        let mut left = part.count;
        let mut fuller = Vec::new();
        for (counts, times) in nodes {
            left = fill(rules, index, (counts, times), left, &mut fuller);
        }
        if left > 0 {
            fill(rules, index, (vec![0; rules.parts.len()], left), left, &mut fuller);
        }
        // What got none of the new nodes is no node.
        fuller.retain(|(counts, _)| counts.iter().any(|count| *count > 0));
        nodes = fuller;
    }
    nodes
}

/// Puts up to `left` of a part on nodes that are alike, the first ones full; how many are left then.
fn fill(
    rules: &Rules,
    part: usize,
    (counts, times): (Counts, u32),
    left: u32,
    to: &mut Vec<(Counts, u32)>,
) -> u32 {
    let with = |more: u32| -> Counts {
        let mut counts = counts.clone();
        counts[part] += more;
        counts
    };
    let room =
        (1..=left.min(rules.per_node)).take_while(|&more| rules.allow(&with(more))).last().unwrap_or(0);
    if room == 0 {
        to.push((counts, times));
        return left;
    }
    let full = times.min(left / room);
    let rest = if full < times { left % room } else { 0 };
    let some = u32::from(rest > 0);
    for (more, times) in [(room, full), (rest, some), (0, times - full - some)] {
        if times > 0 {
            to.push((with(more), times));
        }
    }
    left - room * full - rest
}
