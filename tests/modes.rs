//! Benchmark modes: what each changes in the plan, what doesn't go with it, and each for real.

mod support;

use disaggc::plan::{Data, Part, Plan, laws};
use disaggc::{Compilation, Request};
use proptest::prelude::*;
use support::rehearsal::{Rehearsal, assert_served, rehearse};
use support::{Texts, compile, compile_files};

/// Two context servers on a node each, a generation server on two.
const TOPOLOGY: &str = r#"use "cluster/local"
use "engine/trtllm"
topology "t" {
    model "m"
    env "ctx" { FROM_CTX 1 }
    ctx replicas=2 tp=4 {
        config { max_batch_size 4; cache_transceiver_config { max_tokens_in_buffer 64 } }
    }
    gen tp=8 attention-dp=#true {
        config { max_batch_size 16 }
    }
    server
    benchmark {
        isl 64
        osl 8
        concurrency 32
    }
}
"#;

fn in_mode(mode: &str) -> String {
    TOPOLOGY.replace("benchmark {", &format!("benchmark mode=\"{mode}\" {{"))
}

/// The topology in a mode, with some of its words replaced.
fn changed(mode: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(in_mode(mode), |text, (old, new)| {
        assert!(text.contains(old), "no {old:?}");
        text.replacen(old, new, 1)
    })
}

fn plan(text: &str) -> Plan {
    let plan = support::plan(text);
    assert_eq!(laws::broken(&plan), Vec::<String>::new());
    plan
}

fn steps(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.name.as_str()).collect()
}

fn variable<'a>(plan: &'a Plan, role: &str, name: &str) -> Option<&'a str> {
    let role = plan.roles.iter().find(|r| r.name == role).unwrap_or_else(|| panic!("no role {role}"));
    role.env.iter().find(|v| v.name == name)?.value.as_ref()?.as_text()
}

fn config<'a>(plan: &'a Plan, name: &str, key: &str) -> Option<&'a Data> {
    let config = plan.configs.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no {name}"));
    let Data::Map(map) = &config.data else { panic!("{name} is no map") };
    map.get(key)
}

fn client_command(plan: &Plan) -> Vec<&str> {
    let role = plan.roles.iter().find(|r| r.part == Part::Client).expect("a client");
    role.command.iter().filter_map(|word| word.as_text()).collect()
}

/// Code and text under the first label of each finding.
fn findings(compilation: &Compilation) -> Vec<(&'static str, String)> {
    let found = |d: &disaggc::diagnostic::Diagnostic| {
        assert!(d.help.is_some(), "{} has no help", d.code);
        (d.code, compilation.sources.text(d.labels[0].span).to_owned())
    };
    compilation.diagnostics.iter().map(found).collect()
}

const FILL: &str = "TLLM_BENCHMARK_REQ_QUEUES_SIZE";
const NO_OVERLAP: &str = "TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP";
const GEN_ONLY: &str = "TRTLLM_DISAGG_BENCHMARK_GEN_ONLY";

#[test]
fn e2e_is_the_default_and_changes_nothing() {
    let (plain, named) = (plan(TOPOLOGY), plan(&in_mode("e2e")));
    assert_eq!((plain.mode.as_str(), plain.nodes), ("e2e", 4));
    assert_eq!((&plain.roles, &plain.configs, &plain.steps), (&named.roles, &named.configs, &named.steps));
    assert_eq!(steps(&plain), ["gen_0", "ctx_0", "ctx_1", "server", "benchmark_32"]);
    for role in ["gen", "ctx", "server", "benchmark"] {
        for name in [FILL, NO_OVERLAP, GEN_ONLY] {
            assert_eq!(variable(&plain, role, name), None, "{role}");
        }
    }
    assert_eq!(plain.origins["benchmark.mode"], "rule: the engine's first mode");
    assert_eq!(named.origins["benchmark.mode"], "topo.kdl:13:20");
}

#[test]
fn gen_only_tells_generation_servers_alone() {
    for version in ["1.0", "1.1", "1.2"] {
        let versioned = format!("use \"engine/trtllm\" version=\"{version}\"");
        let plan = plan(&changed("gen_only", &[("use \"engine/trtllm\"", &versioned)]));
        assert_eq!((plan.mode.as_str(), plan.nodes), ("gen_only", 4));
        assert_eq!(steps(&plan), ["gen_0", "ctx_0", "ctx_1", "server", "benchmark_32"]);
        assert_eq!(variable(&plan, "gen", NO_OVERLAP), Some("1"));
        assert_eq!(variable(&plan, "gen", FILL), Some("32"));
        for role in ["ctx", "server", "benchmark"] {
            assert_eq!(
                (variable(&plan, role, NO_OVERLAP), variable(&plan, role, FILL)),
                (None, None),
                "{role}"
            );
        }
        assert!(plan.origins[&format!("gen.env.{FILL}")].starts_with("stdlib/engine/trtllm/engine.kdl:"));
    }
}

/// 1024 requests for servers of 16 a batch on 8 ranks, with what is changed.
fn fill_target(changes: &[(&str, &str)]) -> (String, Vec<(&'static str, String)>) {
    let text = changed("gen_only", &[&[("concurrency 32", "concurrency 1024")], changes].concat());
    let target = variable(&plan(&text), "gen", FILL).expect("set").to_owned();
    (target, findings(&compile(&text)))
}

#[test]
fn the_fill_target_is_what_a_server_can_hold() {
    let too_many = || vec![("mode/capacity", "1024".to_owned())];
    assert_eq!(fill_target(&[]), ("128".to_owned(), too_many()));
    assert_eq!(fill_target(&[(" attention-dp=#true", "")]), ("16".to_owned(), too_many()));
    assert_eq!(fill_target(&[("attention-dp=#true", "attention-dp=#false")]), ("16".to_owned(), too_many()));
    // Said in the engine's file instead.
    let in_file =
        [(" attention-dp=#true", ""), ("max_batch_size 16", "max_batch_size 16; enable_attention_dp #true")];
    assert_eq!(fill_target(&in_file), ("128".to_owned(), too_many()));
    // The engine's own default is 2048.
    assert_eq!(fill_target(&[("max_batch_size 16", "")]), ("1024".to_owned(), vec![]));
    assert_eq!(fill_target(&[("max_batch_size 16", "max_batch_size 128")]), ("1024".to_owned(), vec![]));
}

#[test]
fn several_generation_servers_share_the_requests() {
    let target = |replicas: u32| fill_target(&[("gen tp=8", &format!("gen replicas={replicas} tp=8"))]).0;
    assert_eq!((target(2), target(8), target(16)), ("128".to_owned(), "128".to_owned(), "64".to_owned()));
    // More servers than requests: each begins with its first.
    let few =
        changed("gen_only", &[("gen tp=8", "gen replicas=3 tp=8"), ("concurrency 32", "concurrency 2")]);
    assert_eq!(variable(&plan(&few), "gen", FILL), Some("1"));
}

#[test]
fn gen_only_no_context_has_no_context_server_and_no_node_for_one() {
    let plan = plan(&in_mode("gen_only_no_context"));
    assert_eq!(plan.nodes, 2);
    assert_eq!(steps(&plan), ["gen_0", "server", "benchmark_32"]);
    assert!(
        plan.roles.iter().all(|role| role.name != "ctx")
            && plan.configs.iter().all(|c| c.name != "ctx_config")
    );
    for (role, expected) in [("gen", Some("1")), ("server", Some("1")), ("benchmark", None)] {
        assert_eq!(variable(&plan, role, GEN_ONLY), expected, "{role}");
        assert_eq!((variable(&plan, role, FILL), variable(&plan, role, NO_OVERLAP)), (None, None));
    }
    let Some(Data::Map(contexts)) = config(&plan, "server_config", "context_servers") else {
        panic!("no section")
    };
    assert_eq!((&contexts["num_instances"], &contexts["urls"]), (&Data::Integer(0), &Data::List(vec![])));
    // Without a transfer there is nothing to wait for, so each concurrency can have its turn.
    let several = changed("gen_only_no_context", &[("concurrency 32", "concurrency 32 64")]);
    assert_eq!(steps(&support::plan(&several)), ["gen_0", "server", "benchmark_32", "benchmark_64"]);
}

#[test]
fn gen_only_no_context_needs_no_ctx() {
    let text = in_mode("gen_only_no_context");
    let (start, end) =
        (text.find("    ctx replicas").expect("there"), text.find("    gen tp").expect("there"));
    let plan = plan(&format!("{}{}", &text[..start], &text[end..]));
    assert_eq!(steps(&plan), ["gen_0", "server", "benchmark_32"]);
}

#[test]
fn ctx_only_is_one_aggregated_server_of_the_context_servers_sizes() {
    let plan = plan(&in_mode("ctx_only"));
    assert_eq!((plan.mode.as_str(), plan.nodes), ("ctx_only", 1));
    assert_eq!(steps(&plan), ["agg_0", "benchmark_32"]);
    assert_eq!(plan.steps[0].serving_type, "AGG_0");
    assert_eq!(plan.roles[0].parallel.map(|p| (p.tp, p.pp, p.cp)), Some((4, 1, 1)));
    assert_eq!(variable(&plan, "agg", "FROM_CTX"), Some("1"));
    assert_eq!(config(&plan, "agg_config", "max_batch_size"), Some(&Data::Integer(4)));
    assert_eq!(config(&plan, "agg_config", "cache_transceiver_config"), None);
    assert_eq!(config(&plan, "agg_config", "disable_overlap_scheduler"), Some(&Data::Bool(true)));
    let command = client_command(&plan);
    let length = command.iter().position(|w| *w == "--random-output-len").expect("said");
    assert_eq!(command[length + 1], "1");
    for path in ["agg.replicas", "agg.config.disable_overlap_scheduler", "benchmark.osl"] {
        assert!(plan.origins[path].starts_with("stdlib/"), "{path}: {}", plan.origins[path]);
    }
}

#[test]
fn ctx_only_takes_the_overlap_scheduler_out_where_it_is_asked_for() {
    let text = changed(
        "ctx_only",
        &[("max_batch_size 4;", "disable_overlap_scheduler #false;"), ("        osl 8\n", "")],
    );
    assert_eq!(config(&plan(&text), "agg_config", "disable_overlap_scheduler"), Some(&Data::Bool(true)));
}

#[test]
fn ctx_only_measures_the_pool_beside_which_the_client_sits() {
    let pools = ("ctx replicas=2 tp=4", "ctx \"long\" pp=2 { }\n    ctx \"short\" replicas=2 tp=4");
    let several = changed("ctx_only", &[pools]);
    assert_eq!(findings(&compile(&several)), [("mode/which-pool", "\"ctx_only\"".to_owned())]);
    let chosen = several.replace("isl 64", "isl 64; on \"ctx-long\"");
    assert_eq!(plan(&chosen).roles[0].parallel.map(|p| (p.tp, p.pp, p.cp)), Some((1, 2, 1)));
    let both = several.replace("isl 64", "isl 64; on \"ctx\"");
    assert_eq!(findings(&compile(&both)), [("mode/which-pool", "\"ctx\"".to_owned())]);
}

type Mistake =
    (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

/// Mode, what is changed in the topology, what must be found where.
const MISTAKES: [Mistake; 15] = [
    ("gen-only", &[], &[("mode/unknown", "\"gen-only\"")]),
    ("fast", &[], &[("mode/unknown", "\"fast\"")]),
    ("gen_only", &[("concurrency 32", "concurrency 32 64")], &[("mode/concurrency", "64")]),
    (
        "gen_only",
        &[("FROM_CTX 1", "TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP 1")],
        &[("mode/variable", "TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP 1")],
    ),
    (
        "gen_only",
        &[("env \"ctx\" { FROM_CTX 1 }", "env { TLLM_BENCHMARK_REQ_QUEUES_SIZE 32 }")],
        &[("mode/variable", "TLLM_BENCHMARK_REQ_QUEUES_SIZE 32")],
    ),
    (
        "gen_only",
        &[(
            "gen tp=8 attention-dp=#true {",
            "gen tp=8 attention-dp=#true {\n env { TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP 0 }",
        )],
        &[("mode/variable", "TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP 0")],
    ),
    (
        "gen_only_no_context",
        &[("    server\n", "    server { env { TRTLLM_DISAGG_BENCHMARK_GEN_ONLY unset=#true } }\n")],
        &[("mode/variable", "TRTLLM_DISAGG_BENCHMARK_GEN_ONLY unset=#true")],
    ),
    (
        "e2e",
        &[("    server\n", "    server { env { TRTLLM_DISAGG_BENCHMARK_GEN_ONLY 1 } }\n")],
        &[("mode/foreign-variable", "TRTLLM_DISAGG_BENCHMARK_GEN_ONLY 1")],
    ),
    ("gen_only_no_context", &[("    gen tp=8", "    /-gen tp=8")], &[("roles/missing", "topology \"t\"")]),
    ("ctx_only", &[("    ctx replicas", "    /-ctx replicas")], &[("roles/missing", "topology \"t\"")]),
    ("gen_only", &[("    server\n", "")], &[("roles/missing", "topology \"t\"")]),
    (
        "ctx_only",
        &[("isl 64", "dataset \"/d.json\"")],
        &[("mode/dataset", "\"/d.json\""), ("workload/dataset", "8")],
    ),
    (
        "gen_only",
        &[("    ctx replicas=2", "    agg"), ("    gen tp=8", "    /-gen tp=8"), ("    server\n", "")],
        &[("env/no-role", "\"ctx\""), ("mode/aggregated", "\"gen_only\"")],
    ),
    ("gen_only", &[("osl 8", "")], &[("roles/benchmark-incomplete", "benchmark mode=\"gen_only\"")]),
    ("gen_only_no_context", &[("model \"m\"", "model \"m\"; nodes 4")], &[("assert/nodes", "4")]),
];

#[test]
fn mistakes_are_named_where_they_are() {
    for (mode, changes, expected) in MISTAKES {
        let found = findings(&compile(&changed(mode, changes)));
        let mut expected: Vec<_> = expected.iter().map(|(code, text)| (*code, (*text).to_owned())).collect();
        expected.sort();
        let mut codes = found.clone();
        codes.sort();
        assert_eq!(codes, expected, "{mode} {changes:?}");
    }
}

#[test]
fn a_repeated_variable_is_no_contradiction() {
    let same = changed(
        "gen_only",
        &[(
            "gen tp=8 attention-dp=#true {",
            &format!("gen tp=8 attention-dp=#true {{\n env {{ {NO_OVERLAP} 1 }}"),
        )],
    );
    assert_eq!(findings(&compile(&same)), []);
    // What a mode does not start may say what it likes.
    let idle = changed(
        "ctx_only",
        &[(
            "gen tp=8 attention-dp=#true {",
            &format!("gen tp=8 attention-dp=#true {{\n env {{ {GEN_ONLY} 1 }}"),
        )],
    );
    assert_eq!(findings(&compile(&idle)), []);
}

#[test]
fn a_mode_is_chosen_on_the_command_line() {
    let request = Request { sets: vec!["benchmark.mode=ctx_only".to_owned()], ..Request::default() };
    let compilation = compile_files(&Texts::new([("topo.kdl", TOPOLOGY)]), request);
    assert_eq!(compilation.plan.expect("no mistakes").mode, "ctx_only");
}

#[test]
fn an_engine_without_modes_measures_from_end_to_end() {
    let engine = "engine \"other\" {\n versions \"1\"\n launcher \"run\"\n role \"agg\" { command { arg \"serve\" }; ready \"/\" }\n \
                  role \"benchmark\" { command { arg \"ask\" } }\n}\n";
    let topology = |mode: &str| {
        format!(
            "use \"cluster/local\"\n{engine}topology \"t\" {{\n model \"m\"\n agg\n \
             benchmark{mode} {{ isl 8; osl 8; concurrency 1 }}\n}}\n"
        )
    };
    assert_eq!(plan(&topology("")).mode, "e2e");
    assert_eq!(plan(&topology(" mode=\"e2e\"")).mode, "e2e");
    assert_eq!(findings(&compile(&topology(" mode=\"x\""))), [("mode/unknown", "\"x\"".to_owned())]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_mode_keeps_the_laws(
        mode in prop::sample::select(vec!["e2e", "gen_only", "gen_only_no_context", "ctx_only"]),
        (ctx, ctx_tp, gens, gen_tp) in (1..4u32, 1..10u32, 1..4u32, 1..10u32),
        (per_node, concurrency, batch) in (1..9u32, 1..99u32, 1..33u32),
        attention_dp: bool,
    ) {
        let text = format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\n\
             cluster \"c\" extends=\"local\" {{ gpus-per-node {per_node} }}\n\
             topology \"t\" {{\nmodel \"m\"\nctx replicas={ctx} tp={ctx_tp}\n\
             gen replicas={gens} tp={gen_tp} attention-dp=#{attention_dp} {{ config {{ max_batch_size {batch} }} }}\n\
             server\nbenchmark mode=\"{mode}\" {{ isl 8; osl 8; concurrency {concurrency} }}\n}}\n"
        );
        let plan = plan(&text);
        let count = |kind: &str| {
            plan.steps.iter().filter(|step| step.name.starts_with(kind)).count() as u32
        };
        let expected = match mode {
            "gen_only_no_context" => (0, gens, 0, 1),
            "ctx_only" => (0, 0, 1, 0),
            _ => (ctx, gens, 0, 1),
        };
        prop_assert_eq!((count("ctx_"), count("gen_"), count("agg_"), count("server")), expected);
        if mode == "gen_only" {
            let target: u32 = variable(&plan, "gen", FILL).expect("set").parse().expect("a number");
            let holds = batch * if attention_dp { gen_tp } else { 1 };
            // Reached by every server, and held by each.
            prop_assert!(target >= 1 && target <= holds && target <= (concurrency / gens).max(1));
            prop_assert!(target == holds || target == (concurrency / gens).max(1));
        }
    }
}

/// A context server of one rank and a generation server of two, on one node.
const SMALL: &str = r#"use "cluster/local"
use "engine/trtllm"
topology "small" {
    model "m"
    ctx
    gen tp=2 attention-dp=#true { config { max_batch_size 8 } }
    server
    benchmark mode="MODE" { isl 32; osl 8; concurrency 24; rounds 2 }
}
"#;

fn rehearse_text(text: &str) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("topo.kdl");
    std::fs::write(&path, text).expect("writable");
    rehearse(&[path.to_str().expect("UTF-8")])
}

/// What ran, by name, after a rehearsal that passed.
fn ran(rehearsal: &Rehearsal, mode: &str) -> Vec<String> {
    let result = rehearsal.result();
    assert_eq!(result["mode"], mode);
    let steps = result["steps"].as_array().expect("a list");
    steps.iter().map(|step| step["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn gen_only_begins_when_the_server_is_full() {
    let Some(rehearsal) = rehearse_text(&SMALL.replace("MODE", "gen_only")) else { return };
    assert_served(&rehearsal, &[48], 8);
    assert_eq!(ran(&rehearsal, "gen_only"), ["gen_0", "ctx_0", "server", "benchmark_24"]);
    // 24 requests, of which the server holds 8 on each of its 2 ranks.
    let log = rehearsal.log("gen_0");
    assert!(log.contains("16 requests are there: generation begins"), "{log}");
    assert!(log.contains("generation_only 48"), "{log}");
    assert!(rehearsal.log("ctx_0").contains("context_only 48"), "{}", rehearsal.log("ctx_0"));
}

#[test]
fn gen_only_no_context_runs_without_a_context_server() {
    let Some(rehearsal) = rehearse_text(&SMALL.replace("MODE", "gen_only_no_context")) else { return };
    assert_served(&rehearsal, &[48], 8);
    assert_eq!(ran(&rehearsal, "gen_only_no_context"), ["gen_0", "server", "benchmark_24"]);
    let log = rehearsal.log("gen_0");
    assert!(log.contains("generation_only 48") && !log.contains("generation begins"), "{log}");
}

#[test]
fn ctx_only_runs_one_server_for_one_token_an_answer() {
    let Some(rehearsal) = rehearse_text(&SMALL.replace("MODE", "ctx_only")) else { return };
    assert_served(&rehearsal, &[48], 1);
    assert_eq!(ran(&rehearsal, "ctx_only"), ["agg_0", "benchmark_24"]);
    let log = rehearsal.log("agg_0");
    assert!(log.contains("engine of 1 ranks") && log.contains("context_and_generation 48"), "{log}");
}

/// An argument behind the engine's own wins over nothing that the plan knows of.
#[test]
fn a_server_that_can_never_be_full_is_named() {
    let text = SMALL
        .replace("MODE", "gen_only")
        .replace("config { max_batch_size 8 }", "args \"--max_batch_size\" \"4\"");
    let Some(rehearsal) = rehearse_text(&text) else { return };
    rehearsal.assert_cause("gen_0", "is 24, but this server holds 8 requests");
}
