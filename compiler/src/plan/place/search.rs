//! The fewest nodes for parts of servers.
//!
//! Servers of a pool are alike, so all that matters about a set of parts is how many of each pool it has. For
//! each such set, small ones first, the best node is looked for that has one of its biggest parts; what is left is a
//! smaller set. Where there are too many sets, half of the parts are packed and everything is taken twice; then the
//! worst nodes and what halving had left over are packed once more.

use super::Refused;
use super::first_fit;
use super::pattern::{Cost, Counts, Pattern, Rules};

/// Sets, and sets times patterns, that are looked at.
const MOST_SETS: u64 = 300_000;
const MOST_STEPS: u64 = 2_000_000;

/// Nodes by what they have, each so many times, those with the biggest parts first.
#[derive(Debug)]
pub struct Packing {
    pub nodes: Vec<(Counts, u32)>,
    /// Whether every other arrangement was looked at.
    pub exhausted: bool,
}

impl Packing {
    pub fn nodes(&self) -> u32 {
        self.nodes.iter().map(|(_, times)| times).sum()
    }
}

/// Packs all parts.
///
/// # Errors
/// If there is no way to do it, or if none was found.
pub fn pack(rules: &Rules) -> Result<Packing, Refused> {
    let counts: Counts = rules.parts.iter().map(|part| part.count).collect();
    let first_fit = || Some(first_fit::pack(rules)).filter(|_| rules.together.is_empty());
    let Some(patterns) = rules.patterns() else {
        let nodes = first_fit().ok_or(Refused::NotFound)?;
        return Ok(Packing { nodes, exhausted: false });
    };
    let search = Search::new(&patterns, counts.len());
    let exhausted = search.within_reach(&counts);
    let found = search.best(&counts).map(|times| {
        let used = patterns.iter().zip(times).filter(|(_, times)| *times > 0);
        used.map(|(pattern, times)| (pattern.counts.clone(), times)).collect::<Vec<_>>()
    });
    let nodes = |packed: &Vec<(Counts, u32)>| packed.iter().map(|(_, times)| times).sum::<u32>();
    let other = first_fit().filter(|_| !exhausted);
    match found.into_iter().chain(other).min_by_key(nodes) {
        Some(nodes) => Ok(Packing { nodes, exhausted }),
        None => Err(if exhausted { Refused::Impossible } else { Refused::NotFound }),
    }
}

struct Search<'a> {
    patterns: &'a [Pattern],
    /// The patterns whose biggest part is this one.
    by_biggest: Vec<Vec<usize>>,
}

/// How often each pattern is used.
type Times = Vec<u32>;

impl<'a> Search<'a> {
    fn new(patterns: &'a [Pattern], parts: usize) -> Self {
        let mut by_biggest = vec![Vec::new(); parts];
        for (index, pattern) in patterns.iter().enumerate() {
            if let Some(biggest) = pattern.counts.iter().position(|count| *count > 0) {
                by_biggest[biggest].push(index);
            }
        }
        Search { patterns, by_biggest }
    }

    fn within_reach(&self, counts: &[u32]) -> bool {
        let sets = counts.iter().fold(1_u64, |sets, count| sets.saturating_mul(u64::from(*count) + 1));
        sets <= MOST_SETS && sets.saturating_mul(self.patterns.len() as u64) <= MOST_STEPS
    }

    /// The best packing that can be found, exact where it is within reach.
    fn best(&self, counts: &[u32]) -> Option<Times> {
        if self.within_reach(counts) {
            return self.exact(counts);
        }
        if counts.iter().all(|count| *count <= 1) {
            return None;
        }
        let half: Counts = counts.iter().map(|count| count / 2).collect();
        let mut times = self.best(&half)?;
        times.iter_mut().for_each(|times| *times *= 2);
        let mut open: Counts = counts.iter().zip(&half).map(|(count, half)| count - 2 * half).collect();
        self.take_back(&mut times, &mut open);
        let rest = self.exact(&open)?;
        Some(times.iter().zip(rest).map(|(times, more)| times + more).collect())
    }

    /// Takes nodes apart, the emptiest first, as long as what is open is within reach.
    fn take_back(&self, times: &mut Times, open: &mut Counts) {
        let mut emptiest: Vec<usize> = (0..self.patterns.len()).filter(|&index| times[index] > 0).collect();
        emptiest.sort_by_key(|&index| self.patterns[index].counts.iter().sum::<u32>());
        let mut changed = true;
        while changed {
            changed = false;
            for &index in &emptiest {
                let counts = &self.patterns[index].counts;
                let more: Counts = open.iter().zip(counts).map(|(open, count)| open + count).collect();
                if times[index] > 0 && self.within_reach(&more) {
                    times[index] -= 1;
                    *open = more;
                    changed = true;
                }
            }
        }
    }

    /// The best packing of all, if there is one.
    fn exact(&self, counts: &[u32]) -> Option<Times> {
        let mut strides = Vec::new();
        let mut sets = 1;
        for count in counts {
            strides.push(sets);
            sets *= *count as usize + 1;
        }
        let step = |pattern: &Pattern| -> usize {
            pattern.counts.iter().zip(&strides).map(|(count, stride)| *count as usize * stride).sum()
        };
        let steps: Vec<usize> = self.patterns.iter().map(step).collect();
        let mut best = vec![Cost::IMPOSSIBLE; sets];
        let mut chosen = vec![usize::MAX; sets];
        best[0] = Cost::NONE;
        let mut set = vec![0; counts.len()];
        for index in 1..sets {
            next(&mut set, counts);
            let biggest = set.iter().position(|count| *count > 0).expect("only the first set is empty");
            for &pattern in &self.by_biggest[biggest] {
                let Pattern { counts, cost } = &self.patterns[pattern];
                if counts.iter().zip(&set).any(|(count, there)| count > there) {
                    continue;
                }
                let cost = best[index - steps[pattern]].plus(*cost);
                if cost < best[index] {
                    (best[index], chosen[index]) = (cost, pattern);
                }
            }
        }
        let mut index = sets - 1;
        if best[index] == Cost::IMPOSSIBLE {
            return None;
        }
        let mut times = vec![0; self.patterns.len()];
        while index > 0 {
            let pattern = chosen[index];
            times[pattern] += 1;
            index -= steps[pattern];
        }
        Some(times)
    }
}

/// The set behind `set`, as its index counts.
fn next(set: &mut [u32], counts: &[u32]) {
    for (there, count) in set.iter_mut().zip(counts) {
        if *there < *count {
            *there += 1;
            return;
        }
        *there = 0;
    }
}
