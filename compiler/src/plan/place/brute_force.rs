//! All small instances against brute force.

use super::*;

/// A part of a server: its pool, and how many GPUs.
type Seat = (usize, u32);

/// All ways to put the parts on nodes, one after the other.
struct BruteForce<'a> {
    wishes: &'a Wishes,
    nodes: Vec<Vec<Seat>>,
}

impl BruteForce<'_> {
    /// The fewest nodes, if there is a way at all.
    fn fewest(wishes: &Wishes) -> Option<u32> {
        let per_node = wishes.gpus.len() as u32;
        let mut own = 0;
        let mut parts = Vec::new();
        for (index, pool) in wishes.pools.iter().enumerate() {
            for _ in 0..pool.servers {
                own += pool.gpus / per_node;
                match pool.gpus % per_node {
                    0 => {}
                    _ if pool.alone => own += 1,
                    rest => parts.push((index, rest)),
                }
            }
        }
        let on_whole_nodes = |&index: &usize| !parts.iter().any(|(pool, _)| *pool == index);
        if wishes.together.iter().flatten().flatten().any(on_whole_nodes) {
            return None;
        }
        let mut all = BruteForce { wishes, nodes: Vec::new() };
        Some(own + all.with(&parts)?)
    }

    fn with(&mut self, parts: &[Seat]) -> Option<u32> {
        let Some((part, rest)) = parts.split_first() else {
            return self.nodes.iter().all(|node| self.complete(node)).then_some(self.nodes.len() as u32);
        };
        let mut best = None;
        for index in 0..=self.nodes.len() {
            if index == self.nodes.len() {
                self.nodes.push(Vec::new());
            }
            self.nodes[index].push(*part);
            if self.allowed(&self.nodes[index]) {
                best = [best, self.with(rest)].into_iter().flatten().min();
            }
            self.nodes[index].pop();
        }
        self.nodes.pop();
        best
    }

    fn allowed(&self, node: &[Seat]) -> bool {
        let of = |index: usize| node.iter().filter(|(pool, _)| *pool == index).count() as u32;
        let mut pools = self.wishes.pools.iter().enumerate();
        node.iter().map(|(_, size)| size).sum::<u32>() <= self.wishes.gpus.len() as u32
            && self.wishes.most.is_none_or(|most| node.len() as u32 <= most)
            && pools.all(|(index, pool)| pool.most.is_none_or(|most| of(index) <= most))
            && self.wishes.apart.iter().all(|sets| present(sets, node) <= 1)
    }

    fn complete(&self, node: &[Seat]) -> bool {
        self.wishes.together.iter().all(|sets| [0, sets.len()].contains(&present(sets, node)))
    }
}

fn present(sets: &Sets, node: &[Seat]) -> usize {
    sets.iter().filter(|set| node.iter().any(|(pool, _)| set.contains(pool))).count()
}

/// How an instance came out.
#[derive(Default)]
struct Seen {
    by_bound: u32,
    by_search: u32,
    refused: u32,
}

impl Seen {
    fn agree(&mut self, wishes: &Wishes) {
        let expected = BruteForce::fewest(wishes);
        match place(wishes) {
            Ok(placement) => {
                assert_eq!(Some(placement.nodes), expected, "{wishes:?}");
                assert_eq!(placement.minimum.nodes, placement.nodes, "{wishes:?}");
                match placement.minimum.proof {
                    Proof::LowerBound => self.by_bound += 1,
                    Proof::ExhaustedSearch => self.by_search += 1,
                    Proof::Open => panic!("{wishes:?}"),
                }
            }
            Err(refused) => {
                assert_eq!((refused, expected), (Refused::Impossible, None), "{wishes:?}");
                self.refused += 1;
            }
        }
    }
}

/// Sets of up to three pools, each so many servers of so many GPUs, with up to six servers that need up to four nodes.
fn instances(per_node: u32) -> Vec<Vec<(u32, u32)>> {
    let shapes: Vec<(u32, u32)> =
        (1..=6).flat_map(|servers| (1..=2 * per_node).map(move |gpus| (servers, gpus))).collect();
    let small = |pools: &Vec<(u32, u32)>| {
        pools.iter().map(|(servers, _)| servers).sum::<u32>() <= 6
            && pools.iter().map(|(servers, gpus)| servers * gpus).sum::<u32>() <= 4 * per_node
    };
    let mut all: Vec<Vec<(u32, u32)>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..3 {
        let to = all.len();
        for index in from..to {
            let extended = shapes.iter().map(|shape| [&all[index][..], &[*shape]].concat());
            let extended: Vec<_> = extended.filter(small).collect();
            all.extend(extended);
        }
        from = to;
    }
    all.split_off(1)
}

#[test]
fn as_few_nodes_as_brute_force_on_all_small_instances() {
    let (mut plain, mut wished) = (Seen::default(), Seen::default());
    for per_node in 1..=5 {
        for shapes in instances(per_node) {
            let kinds = [WorkerKind::Gen, WorkerKind::Ctx, WorkerKind::Ctx];
            let pools = kinds.iter().zip(&shapes).map(|(&kind, &(servers, gpus))| Pool {
                kind,
                servers,
                gpus,
                alone: false,
                most: None,
                one_domain: false,
            });
            let wishes = Wishes {
                gpus: (0..per_node).collect(),
                domain_nodes: 1,
                pools: pools.collect(),
                ..Wishes::default()
            };
            plain.agree(&wishes);
            let changed = |change: fn(&mut Pool)| {
                let mut wishes = wishes.clone();
                change(&mut wishes.pools[0]);
                wishes
            };
            wished.agree(&changed(|pool| pool.alone = true));
            wished.agree(&changed(|pool| pool.most = Some(1)));
            wished.agree(&Wishes { most: Some(2), ..wishes.clone() });
            if shapes.len() > 1 {
                let sets = vec![vec![vec![0], vec![1]]];
                wished.agree(&Wishes { apart: sets.clone(), ..wishes.clone() });
                wished.agree(&Wishes { together: sets, ..wishes.clone() });
            }
        }
    }
    assert!(plain.by_bound > 1000 && plain.refused == 0, "{}", plain.by_bound);
    assert!(wished.by_bound > 1000 && wished.by_search > 100 && wished.refused > 100);
}
