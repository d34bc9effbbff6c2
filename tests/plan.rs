//! Placements and plans: the examples, and random topologies.

mod support;

use disaggc::plan::{Part, Plan, State, laws};
use proptest::prelude::*;
use support::{compile, example, plan};

fn shares(plan: &Plan, step: &str) -> Vec<(u32, Vec<u32>)> {
    let step = plan.steps.iter().find(|s| s.name == step).unwrap_or_else(|| panic!("no step {step}"));
    step.nodes.iter().map(|share| (share.node, share.gpus.clone())).collect()
}

fn port(plan: &Plan, step: &str) -> Option<u16> {
    plan.steps.iter().find(|s| s.name == step).and_then(|s| s.port)
}

#[test]
fn every_example_keeps_the_laws() {
    for name in support::example_names() {
        let plan = example(&name);
        assert_eq!(laws::broken(&plan), Vec::<String>::new(), "{name}");
    }
}

/// The book's schema describes every plan, and refuses what is none.
#[test]
fn plans_are_as_their_schema_says() {
    let schema = std::fs::read_to_string(support::top().join("book/src/schema/plan.json")).expect("there");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    for name in support::example_names() {
        let json = serde_json::to_value(example(&name)).expect("it is plain data");
        let faults: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {}", faults.join("; "));
        for (part, wrong) in
            [("nodes", "two".into()), ("steps", 1.into()), ("components", serde_json::Value::Null)]
        {
            let mut broken = json.clone();
            broken[part] = wrong;
            assert!(!validator.is_valid(&broken), "{name}: {part}");
        }
    }
}

#[test]
fn con2048_takes_six_nodes() {
    let plan = example("deepseek-r1");
    assert_eq!(plan.nodes, 6);
    assert_eq!(shares(&plan, "gen_0").iter().map(|s| s.0).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(shares(&plan, "ctx_0"), [(4, vec![0, 1, 2, 3])]);
    assert_eq!(shares(&plan, "ctx_1"), [(5, vec![0, 1, 2, 3])]);
    let launched: Vec<bool> = plan.roles.iter().map(|r| r.launcher.is_some()).collect();
    // In a container there is a preparation, which makes it.
    assert_eq!(launched, [false, true, true, false, false]);
}

#[test]
fn servers_on_one_node_have_their_own_gpus_and_ports_and_lead_in_turn() {
    let plan = example("gpt-oss");
    assert_eq!(plan.nodes, 1);
    assert_eq!(shares(&plan, "gen_0"), [(0, vec![0, 1])]);
    assert_eq!(shares(&plan, "ctx_0"), [(0, vec![2])]);
    assert_eq!((port(&plan, "gen_0"), port(&plan, "ctx_0")), (Some(8000), Some(8001)));
    let ctx = plan.steps.iter().find(|s| s.name == "ctx_0").expect("planned");
    let after: Vec<_> = ctx.after.iter().map(|edge| (edge.step.as_str(), edge.state)).collect();
    assert_eq!(after, [("prepare", State::Done), ("gen_0", State::Leading)]);
}

#[test]
fn odd_shapes_fill_each_others_gaps() {
    let plan = example("odd-shapes");
    assert_eq!(plan.nodes, 6);
    assert_eq!(shares(&plan, "gen_0"), [(0, vec![0, 1, 2, 3]), (1, vec![0, 1])]);
    assert_eq!(shares(&plan, "gen_1"), [(2, vec![0, 1, 2, 3]), (1, vec![2, 3])]);
    assert_eq!(shares(&plan, "ctx_long_0"), [(3, vec![0, 1, 2, 3]), (4, vec![0, 1, 2, 3])]);
    assert_eq!(shares(&plan, "ctx_short_0"), [(5, vec![0, 1])]);
    let serving: Vec<&str> = plan.steps.iter().map(|s| s.serving_type.as_str()).collect();
    assert_eq!(serving, ["GEN_0", "GEN_1", "CTX_0", "CTX_1", "DISAGG_SERVER", "BENCHMARK", "BENCHMARK"]);
}

#[test]
fn one_gpu_needs_no_launcher() {
    let plan = example("one-gpu");
    assert!(plan.roles.iter().all(|r| r.launcher.is_none() && !r.clear.is_empty()));
    let mpi = |s: &disaggc::plan::Step| s.srun.iter().any(|w| w.as_text().is_some_and(|t| t.contains("mpi")));
    assert!(!plan.steps.iter().any(mpi));
}

#[test]
fn the_coordinators_port_is_left_free() {
    let plan = plan(
        "use \"cluster/local\"\nuse \"engine/trtllm\"\ntopology \"t\" {\n model \"m\"\n ctx replicas=2 tp=1\n gen tp=1\n \
         server port=8001\n benchmark { isl 1; osl 1; concurrency 1 }\n}\n",
    );
    let ports: Vec<_> = ["gen_0", "ctx_0", "ctx_1", "server"].map(|s| port(&plan, s)).to_vec();
    assert_eq!(ports, [Some(8000), Some(8002), Some(8003), Some(8001)]);
}

#[test]
fn every_value_says_where_it_comes_from() {
    let plan = example("deepseek-r1");
    let text =
        std::fs::read_to_string(support::top().join("examples/deepseek-r1/topo.kdl")).expect("readable");
    for (path, written) in [
        ("gen.tp", "16 ep=16"),
        ("gen.config.max_batch_size", "max_batch_size 768"),
        ("ctx.env.TRTLLM_ENABLE_PDL", "TRTLLM_ENABLE_PDL 1"),
        ("server.port", "8333"),
        ("sbatch.partition", "\"batch\" time"),
    ] {
        let origin = plan.origins.get(path).unwrap_or_else(|| panic!("{path} has no origin"));
        let place: Vec<&str> = origin.split(':').collect();
        let [file, line, column] = place[..] else { panic!("{origin}") };
        let line = text.lines().nth(line.parse::<usize>().expect("a number") - 1).expect("a line");
        let column: usize = column.parse().expect("a number");
        assert_eq!((file, &line[column - 1..][..written.len()]), ("topo.kdl", written), "{path}");
    }
    for path in ["gen.unset.UCX_TLS", "gen.config.tensor_parallel_size", "cluster.gpus-per-node"] {
        let origin = plan.origins.get(path).unwrap_or_else(|| panic!("{path} has no origin"));
        assert!(origin.starts_with("stdlib/"), "{path} comes from {origin}");
    }
    for role in &plan.roles {
        for variable in &role.env {
            let kind = if variable.value.is_some() { "env" } else { "unset" };
            assert!(plan.origins.contains_key(&format!("{}.{kind}.{}", role.name, variable.name)));
        }
    }
}

/// Each law notices when a plan breaks it.
#[test]
fn a_broken_plan_is_noticed() {
    type Break = fn(&mut Plan);
    let breaks: [(&str, Break); 17] = [
        ("but tp·pp·cp is 6", |p| p.steps[0].nodes[0].ranks = 3),
        ("another number of ranks", |p| p.steps[0].srun.retain(|w| w.as_text() != Some("--ntasks=6"))),
        ("ranks with", |p| p.steps[0].nodes[0].gpus.truncate(3)),
        ("GPU 2 of node 1 is", |p| p.steps[0].nodes[1].gpus[0] = 2),
        ("on a node with 4", |p| p.steps[0].nodes[1].gpus[0] = 9),
        ("a part of a node that is not the last", |p| p.steps[0].nodes.swap(0, 1)),
        ("nodes are counted", |p| p.nodes += 1),
        ("port 8000 of node", |p| {
            let range = disaggc::plan::PortRange { name: "x".to_owned(), from: 7999, to: 8001 };
            p.steps[0].ports.push(range);
        }),
        ("port 8000 of node", |p| p.steps[3].nodes[0].node = 0),
        ("serves without a port", |p| p.steps[1].port = None),
        ("--nodes is not", |p| p.components[0].sbatch.retain(|o| o.name != "nodes")),
        ("--gres is not", |p| p.components[0].gpus_per_node = 5),
        ("lacks the launcher", |p| p.roles[0].launcher = None),
        ("has the launcher or MPI", |p| p.steps[4].srun.push(disaggc::plan::word::Word::text("--mpi=pmix"))),
        ("is unset after others", |p| p.roles[0].env.reverse()),
        ("which does not stand before it", |p| p.steps.rotate_left(5)),
        ("does not wait for every server", |p| p.steps[5].after.truncate(1)),
    ];
    for (sentence, break_it) in breaks {
        let mut plan = plan(&with_env());
        break_it(&mut plan);
        let broken = laws::broken(&plan);
        assert!(broken.iter().any(|b| b.contains(sentence)), "{sentence}: {broken:?}");
    }
}

/// The same for services, and for processes that have a node's GPUs each.
#[test]
fn a_broken_plan_of_whole_nodes_is_noticed() {
    type Break = fn(&mut Plan);
    let text = r#"use "cluster/local"
use "engine/dynamo"
topology "t" {
    model "m"
    infra { etcd }
    ctx replicas=2 tp=2
    gen replicas=1 tp=8
    server
    benchmark { isl 8; osl 8; concurrency 1 }
}"#;
    let breaks: [(&str, Break); 7] = [
        ("etcd: is asked on a port", |p| {
            p.roles[0].ready.as_mut().expect("it has one").port = Some("x".to_owned())
        }),
        ("gen_0 does not wait for every service", |p| p.steps[1].after.clear()),
        ("server does not wait for every service", |p| p.steps[4].after.clear()),
        ("gen_0: 3 ranks and 8 GPUs", |p| p.steps[1].nodes[0].ranks = 2),
        ("gen_0: 1 ranks with 0 GPUs", |p| p.steps[1].nodes[0].gpus.clear()),
        ("gen_0 has the launcher", |p| p.steps[1].srun.push(disaggc::plan::word::Word::text("--mpi=pmix"))),
        // Its second process is on node 1, where nobody else listens.
        ("port 9000 of node 1 is", |p| {
            p.steps[1].port = Some(9000);
            p.steps[2].port = Some(9000);
            p.steps[2].nodes[0].node = 1;
        }),
    ];
    assert_eq!(laws::broken(&plan(text)), Vec::<String>::new());
    for (sentence, break_it) in breaks {
        let mut plan = plan(text);
        break_it(&mut plan);
        let broken = laws::broken(&plan);
        assert!(broken.iter().any(|b| b.contains(sentence)), "{sentence}: {broken:?}");
    }
}

/// Unless the topology says otherwise a job neither starts again by itself nor ends with the first node.
#[test]
fn requeue_and_kill_are_the_topologys_to_say() {
    let options = |slurm: &str| -> Vec<String> {
        let text = format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\ntopology \"t\" {{ model \"m\"; {slurm}\nagg tp=1; benchmark {{ isl 8; osl 8; concurrency 1 }} }}"
        );
        let line = |o: &disaggc::plan::SlurmOption| match &o.value {
            Some(value) => format!("--{}={value}", o.name),
            None => format!("--{}", o.name),
        };
        let options: Vec<String> = plan(&text).sbatch().map(line).collect();
        options
            .into_iter()
            .filter(|o| o.contains("requeue") || o.contains("kill") || o.contains("signal"))
            .collect()
    };
    assert_eq!(options(""), ["--no-requeue", "--no-kill", "--signal=B:USR1@60"]);
    let asked = options("slurm { option \"--requeue\"; option \"--no-kill=off\" }");
    assert_eq!(asked, ["--requeue", "--no-kill=off", "--signal=B:USR1@60"]);
}

/// All that a server listens on is planned: nothing twice, nothing that is written for somebody else, nothing above
/// what the engine takes.
#[test]
fn every_port_is_somebodys() {
    let text = |ports: &str, server: &str| {
        format!(
            "use \"cluster/local\"\nuse \"engine/dynamo\"\ncluster \"c\" extends=\"local\" {{ gpus-per-node 4; ports {ports} }}\n\
             topology \"t\" {{ backend \"sglang\"; model \"m\"; infra {{ etcd port=8003; nats }}\n\
             ctx replicas=2 tp=1; gen replicas=2 tp=1; server port={server}; benchmark {{ isl 8; osl 8; concurrency 1 }} }}"
        )
    };
    let plan = plan(&text("from=8000 to=8299", "8030"));
    assert_eq!(laws::broken(&plan), Vec::<String>::new());
    let etcd = plan.steps.iter().find(|s| s.name == "etcd").expect("planned");
    assert_eq!(etcd.port, Some(8003));
    let first = port(&plan, "gen_0").expect("it has one");
    assert!((8004..8299).contains(&first) && !(first..first + 27).contains(&8030), "{first}");
    let compilation = support::compile(&text("from=32760 to=39999", "8000"));
    let found = support::findings(&compilation);
    assert!(found.iter().any(|(code, _)| code == "ports/exhausted"), "{found:?}");
}

/// odd-shapes with a variable, so that there is an order to break.
fn with_env() -> String {
    let path = support::top().join("examples/odd-shapes/topo.kdl");
    let text = std::fs::read_to_string(path).expect("readable");
    text.replace("server on=\"gen\"", "env { A 1 }\n server on=\"gen\"")
}

#[derive(Debug, Clone)]
struct RandomPool {
    kind: &'static str,
    name: Option<u8>,
    replicas: u32,
    tp: u32,
    pp: u32,
    cp: u32,
    whole: bool,
}

impl RandomPool {
    fn line(&self) -> String {
        let name = self.name.map(|n| format!(" \"p{n}\"")).unwrap_or_default();
        let whole = if self.whole { " placement=\"whole-nodes\"" } else { "" };
        format!(
            "{}{name} replicas={} tp={} pp={} cp={}{whole}\n",
            self.kind, self.replicas, self.tp, self.pp, self.cp
        )
    }

    fn world(&self) -> u32 {
        self.tp * self.pp * self.cp
    }
}

fn pools(kind: &'static str) -> impl Strategy<Value = Vec<RandomPool>> {
    let one = (1..4u32, 1..10u32, 1..4u32, 1..3u32, any::<bool>());
    prop::collection::vec(one, 1..4).prop_map(move |list| {
        let pool = |(index, (replicas, tp, pp, cp, whole)): (usize, _)| RandomPool {
            kind,
            name: (index > 0).then_some(index as u8),
            replicas,
            tp,
            pp,
            cp,
            whole,
        };
        list.into_iter().enumerate().map(pool).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_topologies_keep_the_laws(ctx in pools("ctx"), generation in pools("gen"), per_node in 1..9u32) {
        let all: Vec<&RandomPool> = generation.iter().chain(&ctx).collect();
        let text = format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\ncluster \"c\" extends=\"local\" {{ gpus-per-node {per_node} }}\n\
             topology \"t\" {{\nmodel \"m\"\n{}server\nbenchmark {{ isl 8; osl 8; concurrency 1 2 }}\n}}\n",
            all.iter().map(|p| p.line()).collect::<String>(),
        );
        let plan = plan(&text);
        prop_assert_eq!(laws::broken(&plan), Vec::<String>::new());

        // What the laws take from the plan itself is counted here once more from the topology.
        let workers: Vec<_> = plan.steps.iter().filter(|s| plan.role(s).part == Part::Worker).collect();
        let worlds: Vec<u32> = workers.iter().map(|s| s.nodes.iter().map(|n| n.ranks).sum()).collect();
        let expected: Vec<u32> =
            all.iter().flat_map(|p| std::iter::repeat_n(p.world(), p.replicas as usize)).collect();
        prop_assert_eq!(&worlds, &expected);
        let total: u32 = expected.iter().sum();
        prop_assert!(plan.nodes >= total.div_ceil(per_node));
        let whole: u32 = expected.iter().map(|w| w.div_ceil(per_node)).sum();
        prop_assert!(plan.nodes <= whole);
    }

    #[test]
    fn assertions_accept_exactly_the_derived_numbers(tp in 1..9u32, pp in 1..4u32, gpus in 1..20u32, nodes in 1..6u32) {
        let text = format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\ntopology \"t\" {{\nmodel \"m\"\nnodes {nodes}\n\
             agg tp={tp} pp={pp} gpus={gpus}\nbenchmark {{ isl 8; osl 8; concurrency 1 }}\n}}\n",
        );
        let codes: Vec<&str> = compile(&text).diagnostics.iter().map(|d| d.code).collect();
        prop_assert_eq!(codes.contains(&"assert/gpus"), gpus != tp * pp);
        prop_assert_eq!(codes.contains(&"assert/nodes"), nodes != (tp * pp).div_ceil(4));
    }
}
