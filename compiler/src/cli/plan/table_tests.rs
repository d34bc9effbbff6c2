//! Tables of plans made by hand.

use insta::assert_snapshot;

use super::super::sketch::Sketch;
use super::*;

#[track_caller]
fn table(sketch: &Sketch) -> String {
    let table = render(&sketch.0);
    for line in table.lines() {
        assert!(width(line) <= WIDTH, "{} columns: {line}", width(line));
    }
    table
}

#[test]
fn servers_of_whole_nodes() {
    let plan = Sketch::new(4).whole("gen", 1, 4, 0).whole("ctx", 2, 1, 4).served(0, &[256, 1024, 2048]);
    assert_snapshot!(table(&plan));
}

#[test]
fn servers_that_share_a_node() {
    let plan = Sketch::new(4)
        .step("ctx_0", "ctx", Some(8000), &[(0, vec![0])])
        .step("gen_0", "gen", Some(8001), &[(0, vec![1, 2])])
        .served(0, &[1]);
    assert_snapshot!(table(&plan));
}

#[test]
fn worlds_that_do_not_fill_their_nodes() {
    let plan = Sketch::new(4)
        .step("gen_0", "gen", Some(8000), &[(0, vec![0, 1, 2, 3]), (1, vec![0, 1])])
        .step("gen_1", "gen", Some(8000), &[(2, vec![0, 1, 2, 3]), (3, vec![0, 1])])
        .whole("ctx_long", 1, 2, 4)
        .step("ctx_short_0", "ctx_short", Some(8001), &[(1, vec![2, 3])])
        .step("ctx_short_1", "ctx_short", Some(8001), &[(3, vec![3])])
        .served(5, &[8, 16]);
    assert_snapshot!(table(&plan));
}

#[test]
fn eight_servers_on_a_node_of_eight() {
    let mut plan = Sketch::new(8).whole("gen", 1, 1, 0);
    for number in 0..8 {
        let place = [(1, vec![number])];
        plan = plan.step(&format!("ctx_{number}"), "ctx", Some(8000 + number as u16), &place);
    }
    assert_snapshot!(table(&plan.served(1, &[64])));
}

#[test]
fn long_names_in_narrow_columns() {
    let mut plan = Sketch::new(8);
    for number in 0..5 {
        let place = [(0, vec![number])];
        let role = if number < 3 { "ctx_interactive" } else { "ctx_batch" };
        plan = plan.step(&format!("{role}_{number}"), role, Some(8000 + 2 * number as u16), &place);
    }
    assert_snapshot!(table(&plan.served(0, &[64])));
}

#[test]
fn eighteen_nodes_of_four_are_all_shown() {
    let plan = Sketch::new(4).whole("gen", 2, 4, 0).whole("ctx", 10, 1, 8).served(8, &[4096]);
    assert_snapshot!(table(&plan));
}

#[test]
fn neighbours_of_a_big_plan_share_rows() {
    let plan = Sketch::new(4).whole("gen", 4, 8, 0).whole("ctx", 40, 1, 32).served(32, &[4096]);
    assert_snapshot!(table(&plan));
}

#[test]
fn one_gpu() {
    let plan = Sketch::new(1).step("agg_0", "agg", Some(8000), &[(0, vec![0])]);
    assert_snapshot!(table(&plan));
}

#[test]
fn a_plan_without_nodes_is_no_reason_to_panic() {
    assert!(table(&Sketch::new(0)).contains("0 nodes, 0 GPUs, 0 used"));
    let odd = Sketch::new(2).step("gen_0", "gen", None, &[(0, vec![1, 0, 5])]);
    assert!(render(&odd.0).contains("gen_0"));
}
