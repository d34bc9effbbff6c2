//! Large random placements: legal, never below what the GPUs need, never above first-fit-decreasing.

use std::collections::{BTreeMap, BTreeSet};

use disaggc::plan::Proof;
use disaggc::plan::place::{Placement, Pool, Refused, Wishes, place};
use disaggc::topology::WorkerKind;
use proptest::prelude::*;

fn pools() -> impl Strategy<Value = Vec<Pool>> {
    let kind = prop_oneof![Just(WorkerKind::Ctx), Just(WorkerKind::Gen)];
    let one = (
        kind,
        1..120_u32,
        1..40_u32,
        prop::bool::weighted(0.1),
        prop::option::weighted(0.2, 1..4_u32),
        any::<bool>(),
    );
    prop::collection::vec(one, 1..7).prop_map(|pools| {
        let pool = |(kind, servers, gpus, alone, most, one_domain)| Pool {
            kind,
            servers,
            gpus,
            alone,
            most,
            one_domain,
        };
        pools.into_iter().map(pool).collect()
    })
}

fn plain(pools: Vec<Pool>, per_node: u32) -> Wishes {
    let pools =
        pools.into_iter().map(|pool| Pool { alone: false, most: None, one_domain: false, ..pool }).collect();
    Wishes { gpus: (0..per_node).collect(), domain_nodes: 18, pools, ..Wishes::default() }
}

/// Each server's pool.
fn owners(wishes: &Wishes) -> Vec<usize> {
    let pools = wishes.pools.iter().enumerate();
    pools.flat_map(|(index, pool)| std::iter::repeat_n(index, pool.servers as usize)).collect()
}

/// Counted from the placement alone.
fn assert_legal(wishes: &Wishes, placement: &Placement) {
    let per_node = wishes.gpus.len();
    let owners = owners(wishes);
    assert_eq!(placement.servers.len(), owners.len());
    let mut taken = BTreeSet::new();
    let mut on_node: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (&owner, shares) in owners.iter().zip(&placement.servers) {
        let pool = &wishes.pools[owner];
        assert_eq!(shares.iter().map(|share| share.gpus.len()).sum::<usize>(), pool.gpus as usize);
        assert_eq!(shares.len(), (pool.gpus as usize).div_ceil(per_node));
        for (index, share) in shares.iter().enumerate() {
            assert!(index + 1 == shares.len() || share.gpus == wishes.gpus);
            assert!(
                share.gpus.iter().all(|gpu| wishes.gpus.contains(gpu) && taken.insert((share.node, *gpu)))
            );
            on_node.entry(share.node).or_default().push(owner);
        }
        if pool.one_domain && !placement.domains.is_empty() {
            let domain =
                placement.domains.iter().find(|d| (d.from..=d.to).contains(&shares[0].node)).expect("listed");
            assert!(shares.iter().all(|share| (domain.from..=domain.to).contains(&share.node)), "{shares:?}");
        }
    }
    on_node.extend(placement.dedicated.map(|node| (node, Vec::new())));
    assert_eq!(on_node.keys().copied().collect::<Vec<_>>(), (0..placement.nodes).collect::<Vec<_>>());
    for owners in on_node.values().filter(|owners| !owners.is_empty()) {
        assert!(wishes.most.is_none_or(|most| owners.len() <= most as usize));
        let present =
            |sets: &Vec<Vec<usize>>| sets.iter().filter(|set| set.iter().any(|p| owners.contains(p))).count();
        assert!(wishes.apart.iter().all(|sets| present(sets) <= 1));
        for &owner in owners {
            let pool = &wishes.pools[owner];
            assert!(!pool.alone || owners.len() == 1);
            assert!(
                pool.most.is_none_or(
                    |most| owners.iter().filter(|other| **other == owner).count() <= most as usize
                )
            );
        }
    }
    for sets in &wishes.together {
        for (owner, shares) in
            owners.iter().zip(&placement.servers).filter(|(owner, _)| sets.concat().contains(owner))
        {
            let all = |node: &u32| sets.iter().all(|set| set.iter().any(|pool| on_node[node].contains(pool)));
            assert!(shares.iter().any(|share| all(&share.node)), "a server of {owner} is alone: {shares:?}");
        }
    }
    if let Some(segment) = placement.components[0].segment {
        assert!(segment <= wishes.domain_nodes && placement.nodes.is_multiple_of(segment));
    }
    assert!(placement.minimum.nodes <= placement.nodes);
    assert!(placement.minimum.nodes == placement.nodes || placement.minimum.proof == Proof::Open);
}

/// The biggest parts first, each on the first node with room.
fn first_fit_decreasing(wishes: &Wishes) -> u32 {
    let per_node = wishes.gpus.len() as u32;
    let worlds = owners(wishes).into_iter().map(|owner| wishes.pools[owner].gpus).collect::<Vec<_>>();
    let mut parts: Vec<u32> = worlds.iter().map(|gpus| gpus % per_node).filter(|rest| *rest > 0).collect();
    parts.sort_unstable_by(|a, b| b.cmp(a));
    let mut room: Vec<u32> = Vec::new();
    for part in parts {
        match room.iter_mut().find(|room| **room >= part) {
            Some(room) => *room -= part,
            None => room.push(per_node - part),
        }
    }
    worlds.iter().map(|gpus| gpus / per_node).sum::<u32>() + room.len() as u32
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn between_the_gpus_and_first_fit(pools in pools(), per_node in 1..17_u32) {
        let wishes = plain(pools, per_node);
        let placement = place(&wishes).expect("nothing was wished for");
        assert_legal(&wishes, &placement);
        let gpus: u32 = wishes.pools.iter().map(|pool| pool.gpus * pool.servers).sum();
        prop_assert!(placement.nodes >= gpus.div_ceil(per_node));
        prop_assert!(placement.nodes <= first_fit_decreasing(&wishes));
        prop_assert!(placement.minimum.nodes >= gpus.div_ceil(per_node));
        // Not a law, but so far away it never is.
        prop_assert!(placement.nodes - placement.minimum.nodes <= 1 + placement.nodes / 20, "{:?}", placement.minimum);
    }

    #[test]
    fn wishes_are_fulfilled_or_refused(
        pools in pools(),
        per_node in 1..9_u32,
        most in prop::option::of(1..5_u32),
        excluded in prop::collection::btree_set(0..8_u32, 0..3),
        apart in any::<bool>(),
        together in any::<bool>(),
        dedicated in any::<bool>(),
    ) {
        let one = vec![vec![vec![0], vec![1]]];
        let both = |wished: bool, pools: &[Pool]| if wished && pools.len() > 1 { one.clone() } else { Vec::new() };
        let wishes = Wishes {
            gpus: (0..per_node).filter(|gpu| !excluded.contains(gpu)).collect(),
            domain_nodes: 18,
            segments: true,
            most,
            apart: both(apart, &pools),
            together: both(together, &pools),
            dedicated,
            pools,
        };
        match place(&wishes) {
            Ok(placement) => assert_legal(&wishes, &placement),
            Err(refused) => {
                // Without these three every server has a place.
                let size = wishes.gpus.len() as u32;
                let far = wishes.pools.iter().any(|p| p.one_domain && size > 0 && p.gpus.div_ceil(size) > 18);
                prop_assert!(size == 0 || far || !wishes.together.is_empty(), "{refused:?}");
            }
        }
    }
}

#[test]
fn ten_thousand_servers_have_a_proof() {
    let pool =
        |kind, servers, gpus| Pool { kind, servers, gpus, alone: false, most: None, one_domain: false };
    let wishes = plain(
        vec![pool(WorkerKind::Gen, 4000, 12), pool(WorkerKind::Ctx, 3000, 3), pool(WorkerKind::Ctx, 3000, 2)],
        8,
    );
    let placement = place(&wishes).expect("nothing was wished for");
    assert_legal(&wishes, &placement);
    assert_eq!(placement.minimum.proof, Proof::LowerBound);
    let together = Wishes { together: vec![vec![vec![1], vec![2]]], ..wishes };
    match place(&together) {
        Ok(placement) => assert_legal(&together, &placement),
        Err(refused) => assert_eq!(refused, Refused::NotFound),
    }
}
