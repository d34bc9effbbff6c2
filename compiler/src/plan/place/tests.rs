//! Placements whose best is known.

use super::*;

fn pool(kind: WorkerKind, servers: u32, gpus: u32) -> Pool {
    Pool { kind, servers, gpus, alone: false, most: None, one_domain: false }
}

fn wishes(pools: &[Pool], per_node: u32) -> Wishes {
    Wishes { gpus: (0..per_node).collect(), domain_nodes: 1, pools: pools.to_vec(), ..Wishes::default() }
}

/// Context servers, one pool for each size.
fn sizes(gpus: &[u32], per_node: u32) -> Wishes {
    wishes(&gpus.iter().map(|&gpus| pool(WorkerKind::Ctx, 1, gpus)).collect::<Vec<_>>(), per_node)
}

fn placed(wishes: &Wishes) -> Placement {
    place(wishes).unwrap_or_else(|refused| panic!("{refused:?}: {wishes:?}"))
}

fn segment(placement: &Placement) -> Option<u32> {
    placement.components[0].segment
}

fn shown(placement: &Placement) -> Vec<String> {
    let share = |share: &Share| format!("{}:{:?}", share.node, share.gpus);
    placement.servers.iter().map(|s| s.iter().map(share).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn worlds_that_do_not_fill_nodes_share_the_rest() {
    let placement = placed(&sizes(&[6, 6, 8, 2], 4));
    assert_eq!(placement.nodes, 6);
    let expected =
        ["0:[0, 1, 2, 3] 1:[0, 1]", "2:[0, 1, 2, 3] 1:[2, 3]", "3:[0, 1, 2, 3] 4:[0, 1, 2, 3]", "5:[0, 1]"];
    assert_eq!(shown(&placement), expected);
    assert_eq!(placement.minimum, Minimum { nodes: 6, proof: Proof::LowerBound });
}

#[test]
fn whole_nodes_are_left_alone() {
    let alone = Pool { alone: true, ..pool(WorkerKind::Gen, 1, 2) };
    let placement = placed(&wishes(&[alone, pool(WorkerKind::Ctx, 2, 1)], 4));
    assert_eq!(shown(&placement), ["0:[0, 1]", "1:[0]", "1:[1]"]);
}

/// First fit, the biggest first, takes three nodes here.
#[test]
fn fewer_nodes_than_first_fit() {
    let wishes = sizes(&[5, 4, 4, 3, 2, 2], 10);
    let first_fit = first_fit::pack(&Rules::of(&wishes));
    assert_eq!(first_fit.iter().map(|(_, times)| times).sum::<u32>(), 3);
    assert_eq!(placed(&wishes).nodes, 2);
}

#[test]
fn phases_are_kept_on_nodes_of_their_own_where_that_costs_none() {
    let pools = [pool(WorkerKind::Gen, 2, 2), pool(WorkerKind::Ctx, 4, 1)];
    assert_eq!(
        shown(&placed(&wishes(&pools, 4))),
        ["0:[0, 1]", "0:[2, 3]", "1:[0]", "1:[1]", "1:[2]", "1:[3]"]
    );
}

#[test]
fn pools_are_kept_together_where_that_costs_none() {
    let pools = [pool(WorkerKind::Ctx, 2, 3), pool(WorkerKind::Ctx, 2, 2), pool(WorkerKind::Ctx, 2, 1)];
    let nodes = |index: usize| placed(&wishes(&pools, 6)).servers[index][0].node;
    assert_eq!([0, 1, 2, 3, 4, 5].map(nodes), [0, 0, 1, 1, 1, 1]);
}

#[test]
fn a_search_that_finds_no_better_is_a_proof() {
    // Five of 3 on nodes of 8: two a node, though 15 GPUs would fit two nodes.
    let placement = placed(&wishes(&[pool(WorkerKind::Gen, 5, 3)], 8));
    assert_eq!(placement.minimum, Minimum { nodes: 3, proof: Proof::LowerBound });
    // No bound knows that 6 and 4, 5 and 5 are the only pairs.
    let placement = placed(&sizes(&[6, 6, 5, 5, 4, 4, 3, 3, 3, 1], 10));
    assert_eq!((placement.nodes, placement.minimum.nodes), (4, 4));
}

fn apart(wishes: Wishes) -> Wishes {
    Wishes { apart: vec![vec![vec![0], vec![1]]], ..wishes }
}

fn together(wishes: Wishes) -> Wishes {
    Wishes { together: vec![vec![vec![0], vec![1]]], ..wishes }
}

#[test]
fn wishes_cost_nodes_or_are_refused() {
    let pools = [pool(WorkerKind::Gen, 2, 1), pool(WorkerKind::Ctx, 2, 1)];
    let base = wishes(&pools, 4);
    assert_eq!(placed(&base).nodes, 1);
    assert_eq!(placed(&apart(base.clone())).nodes, 2);
    assert_eq!(placed(&Wishes { most: Some(1), ..base.clone() }).nodes, 4);
    assert_eq!(placed(&Wishes { most: Some(3), ..base.clone() }).nodes, 2);
    assert_eq!(placed(&Wishes { dedicated: true, ..base.clone() }).dedicated, Some(1));
    let mut one = base.clone();
    one.pools[0].most = Some(1);
    assert_eq!(shown(&placed(&one)), ["0:[0]", "1:[0]", "0:[1]", "0:[2]"]);
    let odd = placed(&Wishes { gpus: vec![1, 3], ..base.clone() });
    assert_eq!(shown(&odd), ["0:[1]", "0:[3]", "1:[1]", "1:[3]"]);
    assert_eq!(place(&apart(together(base.clone()))), Err(Refused::Impossible));
    assert_eq!(place(&Wishes { gpus: Vec::new(), ..base }), Err(Refused::Impossible));
    // Each context server needs a generation server beside it, and three of a node's GPUs are taken by two.
    let few = wishes(&[pool(WorkerKind::Gen, 1, 3), pool(WorkerKind::Ctx, 2, 1)], 4);
    assert_eq!(place(&together(few)), Err(Refused::Impossible));
    let enough = wishes(&[pool(WorkerKind::Gen, 2, 2), pool(WorkerKind::Ctx, 2, 1)], 4);
    assert_eq!(shown(&placed(&together(enough))), ["0:[0, 1]", "1:[0, 1]", "0:[2]", "1:[2]"]);
}

#[test]
fn servers_stay_inside_their_domain() {
    let inside = |servers, gpus| Pool { one_domain: true, ..pool(WorkerKind::Gen, servers, gpus) };
    let on = |pools: &[Pool], domain_nodes| Wishes { domain_nodes, segments: true, ..wishes(pools, 4) };
    // Eight nodes, in domains of six: the job asks for two times four.
    let placement = placed(&on(&[inside(2, 16)], 6));
    assert_eq!(segment(&placement), Some(4));
    assert_eq!(placement.domains, [Domain { from: 0, to: 3 }, Domain { from: 4, to: 7 }]);
    // Ten nodes: five and five.
    let placement = placed(&on(&[inside(2, 16), pool(WorkerKind::Ctx, 2, 4)], 6));
    assert_eq!(segment(&placement), Some(5));
    assert_eq!(placement.servers[1][0].node, 5);
    // Two servers that shared a node would need a domain of three.
    let placement = placed(&on(&[inside(2, 6)], 3));
    assert_eq!((placement.nodes, segment(&placement)), (3, Some(3)));
    let placement = placed(&on(&[inside(2, 6)], 2));
    assert_eq!((placement.nodes, segment(&placement)), (4, Some(2)));
    assert_eq!(place(&on(&[inside(1, 16)], 3)), Err(Refused::Impossible));
    // Nobody asked, but what fits in a domain is put there.
    let placement = placed(&on(&[pool(WorkerKind::Gen, 2, 16), pool(WorkerKind::Ctx, 2, 4)], 6));
    assert_eq!(segment(&placement), None);
    assert_eq!(placement.domains, [Domain { from: 0, to: 5 }, Domain { from: 6, to: 9 }]);
    assert_eq!(placement.servers[1][0].node, 6);
}

/// Too many ways to use a node are not all looked at, and what can't be decided is not called impossible.
#[test]
fn more_than_can_be_looked_at() {
    let many: Vec<Pool> = (1..=12).map(|gpus| pool(WorkerKind::Ctx, 40, gpus)).collect();
    let wishes = wishes(&many, 64);
    let placement = placed(&wishes);
    assert_eq!(placement.nodes, 49);
    assert_eq!(placement.minimum, Minimum { nodes: 49, proof: Proof::LowerBound });
    assert_eq!(place(&together(wishes)), Err(Refused::NotFound));
}
