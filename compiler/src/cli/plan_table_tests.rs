//! Tables of plans made by hand.

use disaggc::plan::{Cluster, Engine, Part, Placed, Plan, Role, SCHEMA, Share, Step};
use indexmap::IndexMap;
use insta::assert_snapshot;

use super::*;

/// Builds a plan step by step; nodes are counted from what is placed.
struct Sketch(Plan);

impl Sketch {
    fn new(gpus_per_node: u32) -> Self {
        Sketch(Plan {
            schema: SCHEMA,
            topology: "dsr1-1k1k".into(),
            engine: Engine { name: "trtllm".into(), version: "1.2".into(), backend: None },
            cluster: Cluster { name: "gb200-nvl72".into(), gpus_per_node, gres: None },
            mode: "e2e".into(),
            nodes: 0,
            placement: Placed::default(),
            sbatch: Vec::new(),
            run_folder: None,
            configs: Vec::new(),
            roles: Vec::new(),
            steps: Vec::new(),
            exports: Vec::new(),
            origins: IndexMap::new(),
        })
    }

    /// A step with the given GPUs of the given nodes.
    fn step(mut self, name: &str, role: &str, port: Option<u16>, nodes: &[(u32, Vec<u32>)]) -> Self {
        let part = match role {
            "server" => Part::Coordinator,
            "benchmark" => Part::Client,
            "prepare" => Part::Preparation,
            _ => Part::Worker,
        };
        if !self.0.roles.iter().any(|known| known.name == role) {
            self.0.roles.push(Role {
                name: role.into(),
                part,
                parallel: None,
                processes: None,
                follower: Vec::new(),
                env: Vec::new(),
                clear: Vec::new(),
                wrapper: Vec::new(),
                launcher: None,
                binding: Vec::new(),
                command: Vec::new(),
                ready: None,
                request: None,
                timeout_seconds: None,
                folder: None,
                ends_itself: false,
                decides: false,
                reducer: None,
                preparation: None,
            });
        }
        self.0.steps.push(Step {
            name: name.into(),
            role: role.into(),
            serving_type: name.to_uppercase(),
            srun: Vec::new(),
            nodes: nodes
                .iter()
                .map(|(node, gpus)| Share {
                    node: *node,
                    ranks: gpus.len().max(1) as u32,
                    gpus: gpus.clone(),
                })
                .collect(),
            port,
            ports: Vec::new(),
            after: Vec::new(),
            load: None,
        });
        self.0.nodes = nodes.iter().map(|(node, _)| node + 1).max().unwrap_or(0).max(self.0.nodes);
        self
    }

    /// `count` servers of whole nodes, one after the other from node `from` on.
    fn whole(mut self, role: &str, count: u32, nodes_each: u32, from: u32) -> Self {
        let all: Vec<u32> = (0..self.0.cluster.gpus_per_node).collect();
        for number in 0..count {
            let first = from + number * nodes_each;
            let nodes: Vec<_> = (first..first + nodes_each).map(|node| (node, all.clone())).collect();
            self = self.step(&format!("{role}_{number}"), role, Some(8000), &nodes);
        }
        self
    }

    /// The coordinator, and a client for each concurrency.
    fn served(mut self, node: u32, concurrencies: &[u32]) -> Self {
        self = self.step("server", "server", Some(8333), &[(node, vec![])]);
        for concurrency in concurrencies {
            self = self.step(&format!("benchmark_{concurrency}"), "benchmark", None, &[(node, vec![])]);
        }
        self
    }

    #[track_caller]
    fn table(&self) -> String {
        let table = render(&self.0);
        for line in table.lines() {
            assert!(width(line) <= WIDTH, "{} columns: {line}", width(line));
        }
        table
    }
}

#[test]
fn servers_of_whole_nodes() {
    let plan = Sketch::new(4).whole("gen", 1, 4, 0).whole("ctx", 2, 1, 4).served(0, &[256, 1024, 2048]);
    assert_snapshot!(plan.table());
}

#[test]
fn servers_that_share_a_node() {
    let plan = Sketch::new(4)
        .step("ctx_0", "ctx", Some(8000), &[(0, vec![0])])
        .step("gen_0", "gen", Some(8001), &[(0, vec![1, 2])])
        .served(0, &[1]);
    assert_snapshot!(plan.table());
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
    assert_snapshot!(plan.table());
}

#[test]
fn eight_servers_on_a_node_of_eight() {
    let mut plan = Sketch::new(8).whole("gen", 1, 1, 0);
    for number in 0..8 {
        let place = [(1, vec![number])];
        plan = plan.step(&format!("ctx_{number}"), "ctx", Some(8000 + number as u16), &place);
    }
    assert_snapshot!(plan.served(1, &[64]).table());
}

#[test]
fn long_names_in_narrow_columns() {
    let mut plan = Sketch::new(8);
    for number in 0..5 {
        let place = [(0, vec![number])];
        let role = if number < 3 { "ctx_interactive" } else { "ctx_batch" };
        plan = plan.step(&format!("{role}_{number}"), role, Some(8000 + 2 * number as u16), &place);
    }
    assert_snapshot!(plan.served(0, &[64]).table());
}

#[test]
fn eighteen_nodes_of_four_are_all_shown() {
    let plan = Sketch::new(4).whole("gen", 2, 4, 0).whole("ctx", 10, 1, 8).served(8, &[4096]);
    assert_snapshot!(plan.table());
}

#[test]
fn neighbours_of_a_big_plan_share_rows() {
    let plan = Sketch::new(4).whole("gen", 4, 8, 0).whole("ctx", 40, 1, 32).served(32, &[4096]);
    assert_snapshot!(plan.table());
}

#[test]
fn one_gpu() {
    let plan = Sketch::new(1).step("agg_0", "agg", Some(8000), &[(0, vec![0])]);
    assert_snapshot!(plan.table());
}

#[test]
fn a_plan_without_nodes_is_no_reason_to_panic() {
    assert!(Sketch::new(0).table().contains("0 nodes, 0 GPUs, 0 used"));
    let odd = Sketch::new(2).step("gen_0", "gen", None, &[(0, vec![1, 0, 5])]);
    assert!(render(&odd.0).contains("gen_0"));
}
