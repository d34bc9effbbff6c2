//! Plans made by hand, for tests.

use disaggc::plan::{Cluster, Component, Engine, Part, Placed, Plan, Role, SCHEMA, Share, Step};
use indexmap::IndexMap;

/// Builds a plan step by step; nodes are counted from what is placed.
pub struct Sketch(pub Plan);

impl Sketch {
    pub fn new(gpus_per_node: u32) -> Self {
        Sketch(Plan {
            schema: SCHEMA,
            topology: "dsr1-1k1k".into(),
            engine: Engine { name: "serve".into(), version: "1.2".into(), backend: None },
            cluster: Cluster { name: "desk".into() },
            mode: "e2e".into(),
            nodes: 0,
            placement: Placed::default(),
            components: vec![Component {
                kind: None,
                from: 0,
                nodes: 0,
                gpus_per_node,
                gres: None,
                sbatch: Vec::new(),
            }],
            run_folder: None,
            configs: Vec::new(),
            roles: Vec::new(),
            steps: Vec::new(),
            exports: Vec::new(),
            jenkins: None,
            origins: IndexMap::new(),
        })
    }

    /// A step with the given GPUs of the given nodes.
    pub fn step(mut self, name: &str, role: &str, port: Option<u16>, nodes: &[(u32, Vec<u32>)]) -> Self {
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
        self.0.placement.minimum.nodes = self.0.nodes;
        self.0.components[0].nodes = self.0.nodes;
        self
    }

    /// `count` servers of whole nodes, one after the other from node `from` on.
    pub fn whole(mut self, role: &str, count: u32, nodes_each: u32, from: u32) -> Self {
        let all: Vec<u32> = (0..self.0.components[0].gpus_per_node).collect();
        for number in 0..count {
            let first = from + number * nodes_each;
            let nodes: Vec<_> = (first..first + nodes_each).map(|node| (node, all.clone())).collect();
            self = self.step(&format!("{role}_{number}"), role, Some(8000), &nodes);
        }
        self
    }

    /// The coordinator, and a client for each concurrency.
    pub fn served(mut self, node: u32, concurrencies: &[u32]) -> Self {
        self = self.step("server", "server", Some(8333), &[(node, vec![])]);
        for concurrency in concurrencies {
            self = self.step(&format!("benchmark_{concurrency}"), "benchmark", None, &[(node, vec![])]);
        }
        self
    }
}
