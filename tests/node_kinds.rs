//! Nodes of several kinds in one job: a heterogeneous job of Slurm's.

mod support;

use disaggc::plan::{Component, Plan, laws};
use support::rehearsal::{assert_served, rehearse_text};
use support::{compile, findings, plan};

/// A cluster of nodes with two GPUs, and some with four in NVLink domains of three.
fn topology(roles: &str) -> String {
    format!(
        r#"use "cluster/local"
use "engine/trtllm"
cluster "big" {{
    gpus-per-node 4
    gres "gpu"
    domain-nodes 3
    segment #true
    env {{ NCCL_MNNVL_ENABLE 1 }}
}}
cluster "mine" extends="local" {{
    gpus-per-node 2
    gres "gpu"
    slurm partition="small"
    env {{ NCCL_IB_HCA "mlx5" }}
    node-kind "large" extends="big" {{ slurm partition="large" }}
    node-kind "pair" {{ slurm {{ option "--constraint=pair" }} }}
}}
topology "mixed" {{
    cluster "mine"
    model "tiny-llama"
    slurm time="00:30:00"
    {roles}
    server
    benchmark {{ isl 16; osl 8; concurrency 4; rounds 1 }}
}}"#
    )
}

const MIXED: &str =
    "gen replicas=2 tp=6 node-kind=\"large\" { placement { one-domain #true } }\nctx replicas=3 tp=1";

fn legal(roles: &str) -> Plan {
    let plan = plan(&topology(roles));
    assert_eq!(laws::broken(&plan), Vec::<String>::new());
    plan
}

fn options(component: &Component) -> Vec<String> {
    let text = |o: &disaggc::plan::SlurmOption| match &o.value {
        Some(value) => format!("{}={value}", o.name),
        None => o.name.clone(),
    };
    component.sbatch.iter().map(text).collect()
}

#[test]
fn each_kind_is_packed_by_itself() {
    let plan = legal(MIXED);
    let sizes: Vec<_> = plan.components.iter().map(|c| (c.kind.as_deref(), c.from, c.nodes)).collect();
    assert_eq!(sizes, [(None, 0, 2), (Some("large"), 2, 3)]);
    assert_eq!((plan.nodes, plan.placement.minimum.nodes, plan.gpus()), (5, 5, 16));
    let nodes = |name: &str| -> Vec<u32> {
        let step = plan.steps.iter().find(|step| step.name == name).expect("planned");
        step.nodes.iter().map(|share| share.node).collect()
    };
    assert_eq!((nodes("gen_0"), nodes("gen_1"), nodes("ctx_2")), (vec![2, 3], vec![4, 3], vec![1]));
    // The job's script, and with it coordinator and client, is on nodes of the first component.
    assert!(nodes("server")[0] < 2 && nodes("benchmark_4")[0] < 2);
}

#[test]
fn each_component_asks_for_its_own_nodes() {
    let plan = legal(MIXED);
    assert_eq!(
        options(&plan.components[0]),
        [
            "job-name=mixed",
            "output=%x-%j.out",
            "partition=small",
            "time=00:30:00",
            "nodes=2",
            "exclusive",
            "mem=0",
            "gres=gpu:2",
            "no-requeue",
            "no-kill",
            "signal=B:USR1@60"
        ]
    );
    assert_eq!(
        options(&plan.components[1]),
        ["partition=large", "time=00:30:00", "nodes=3", "segment=3", "exclusive", "mem=0", "gres=gpu:4"]
    );
    for step in &plan.steps {
        let group = if step.name.starts_with("gen") { "--het-group=1" } else { "--het-group=0" };
        assert!(step.srun.iter().any(|word| word.as_text() == Some(group)), "{}: {:?}", step.name, step.srun);
    }
}

/// What belongs to nodes comes from their own description: variables, and sizes.
#[test]
fn a_kind_has_the_environment_of_what_it_extends() {
    let plan = legal("gen tp=4 node-kind=\"large\"\nctx \"a\" tp=2\nctx \"b\" tp=2 node-kind=\"pair\"");
    let has = |role: &str, variable: &str| {
        let role = plan.roles.iter().find(|r| r.name == role).expect("planned");
        role.env.iter().any(|v| v.name == variable && v.value.is_some())
    };
    assert!(has("gen", "NCCL_MNNVL_ENABLE") && !has("gen", "NCCL_IB_HCA"));
    assert!(has("ctx_a", "NCCL_IB_HCA") && !has("ctx_a", "NCCL_MNNVL_ENABLE"));
    // It extends none, so it is like the nodes beside which it stands.
    assert!(has("ctx_b", "NCCL_IB_HCA"));
    assert_eq!(plan.components[2].gpus_per_node, 2);
    assert_eq!(options(&plan.components[2])[..2], ["partition=small", "time=00:30:00"]);
    assert!(options(&plan.components[2]).contains(&"constraint=pair".to_owned()));
}

#[test]
fn a_job_on_one_kind_of_nodes_is_an_ordinary_one() {
    let plan = legal("gen tp=4 node-kind=\"large\"\nctx tp=4 node-kind=\"large\"");
    assert_eq!((plan.components.len(), plan.components[0].kind.as_deref()), (1, Some("large")));
    assert!(options(&plan.components[0]).contains(&"job-name=mixed".to_owned()));
    let told =
        |word: &disaggc::plan::word::Word| word.as_text().is_some_and(|t| t.starts_with("--het-group"));
    assert!(!plan.steps.iter().flat_map(|step| &step.srun).any(told));
}

/// Tests that run on another kind of nodes are named after those.
#[test]
fn a_stage_is_named_after_its_own_hardware() {
    let text = r#"use "cluster/gb200-nvl72"
use "cluster/h100"
use "engine/trtllm"
cluster "mine" extends="h100" { node-kind "large" extends="gb200-nvl72" { slurm partition="large" } }
topology "tests" {
    cluster "mine"
    model "m" path="/models/m"
    container "i:1" { mount "/models" }
    ctx tp=4 node-kind="large"
    gen tp=8 node-kind="large"
    server
    harness "pytest" { form "jenkins"; source "/code"; models "/models" }
}"#;
    let exports = serde_json::to_string(&plan(text).exports).expect("plain data");
    assert!(exports.contains("GB200-12_GPUs-3_Nodes") && !exports.contains("H100"), "{exports}");
}

#[test]
fn a_dedicated_node_is_a_usual_one() {
    let text = topology(MIXED).replace("    server\n", "    server on=\"dedicated\"\n");
    let plan = plan(&text);
    assert_eq!((plan.placement.dedicated, plan.components[0].nodes, plan.nodes), (Some(2), 3, 6));
}

#[test]
fn mistakes_about_kinds_are_found() {
    for (roles, code) in [
        ("gen tp=4 node-kind=\"larg\"\nctx tp=1", "cluster/node-kind"),
        (
            "placement { together \"ctx\" \"gen\" }\ngen tp=1 node-kind=\"large\"\nctx tp=1",
            "placement/node-kinds",
        ),
        ("placement { exclude-gpus 4 }\ngen tp=1 node-kind=\"large\"\nctx tp=1", "placement/gpu"),
        ("nodes 4\ngen tp=4 node-kind=\"large\"\nctx tp=1", "assert/nodes"),
        ("gen tp=16 node-kind=\"large\" { placement { one-domain #true } }\nctx tp=1", "placement/conflict"),
    ] {
        let found = findings(&compile(&topology(roles)));
        assert!(found.iter().any(|(found, _)| found == code), "{roles}: {found:?}");
    }
}

/// On a real Slurm: each rank sits where the plan says, in both components, and sees the GPUs that it says.
#[test]
fn a_heterogeneous_job_runs() {
    let topology = topology(MIXED).replace("    server\n", "    prepare { run \"hostname\" }\n    server\n");
    let Some(rehearsal) = rehearse_text(&topology) else { return };
    assert_served(&rehearsal, &[4], 8);
    rehearsal.assert_placed(&plan(&topology));
}
