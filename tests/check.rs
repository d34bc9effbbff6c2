//! Mistakes: each is found with its code, at its place, and all of a file at once.

mod support;

use disaggc::Request;
use support::{Texts, compile, compile_files, findings};

/// A topology without mistakes, into which mistakes are written.
const GOOD: &str = r#"use "cluster/gb200-nvl72"
use "engine/trtllm"
topology "good" {
    model "m" path="/models/m"
    container "nvcr.io/a/b:1" { mount "/a" to="/models" }
    slurm partition="batch" time="01:00:00"
    env { A 1 }
    ctx replicas=2 tp=4 ep=4 attention-dp=#true {
        gpus 4
        env { B "x" }
        config { max_batch_size 16 }
    }
    gen tp=8 {
        config { max_batch_size 64 }
    }
    server port=8333
    benchmark { isl 1024; osl 1024; concurrency 16 32 }
}
"#;

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let compilation = compile(GOOD);
    assert_eq!(findings(&compilation), []);
    assert!(compilation.plan.is_some());
    let compilation = compile(GOOD_SERVICES);
    assert_eq!(findings(&compilation), []);
    assert!(compilation.plan.is_some());
}

/// What only one engine has means nothing to another one.
#[test]
fn backends_and_services_belong_to_their_engine() {
    let text = GOOD.replace("    env { A 1 }", "    backend \"x\"\n    infra { store }");
    let found = findings(&compile(&text));
    let found: Vec<(&str, &str)> = found.iter().map(|(c, t)| (c.as_str(), t.as_str())).collect();
    assert_eq!(found, [("infra/no-backend", "\"x\""), ("infra/no-services", "store")]);
}

/// An aggregated worker that has no API of its own needs the coordinator, and may have replicas.
#[test]
fn an_engine_may_have_aggregated_servers_behind_its_coordinator() {
    let disaggregated = "ctx replicas=2 tp=4 ep=4 attention-dp=#true\n    gen tp=8 {";
    let text = GOOD_SERVICES.replace(disaggregated, "agg replicas=2 tp=4 {");
    let text = text.replace("env \"ctx\" \"gen\"", "env \"agg\"");
    assert_eq!(findings(&compile(&text)), []);
    let text = text.replace("    server port=8333\n", "");
    assert_eq!(findings(&compile(&text)), [("roles/missing".to_owned(), "topology \"good\"".to_owned())]);
}

/// So that `--set benchmark.requests=8` makes a short run of any topology.
#[test]
fn requests_hold_beside_rounds() {
    let compilation = compile(&GOOD.replace("isl 1024;", "isl 1024; requests 64; rounds 2;"));
    assert_eq!(findings(&compilation), [("benchmark/rounds".to_owned(), "2".to_owned())]);
    let plan = compilation.plan.expect("only a warning");
    let requests: Vec<_> = plan.steps.iter().filter_map(|s| s.load.as_ref()?.requests).collect();
    assert_eq!(requests, [64, 64]);
}

/// A server has to take the longest request, not the average one.
#[test]
fn requests_of_several_lengths_fit_if_the_longest_does() {
    let found = |ctx: &str, generation: &str| {
        let text = GOOD.replace("isl 1024;", "isl 1024; range-ratio 0.5;");
        let text = text.replace("max_batch_size 16", &format!("max_batch_size 16; {ctx}"));
        findings(&compile(&text.replace("max_batch_size 64", &format!("max_batch_size 64; {generation}"))))
    };
    let finding = |code: &str, at: &str| (code.to_owned(), at.to_owned());
    assert_eq!(found("max_seq_len 1536; max_num_tokens 1536", "max_seq_len 3072"), []);
    assert_eq!(
        found("max_seq_len 1535; max_num_tokens 1535", "max_seq_len 3071"),
        [
            finding("workload/prompt", "1535"),
            finding("workload/step", "1535"),
            finding("workload/answer", "3071")
        ]
    );
}

/// What one node sees by itself several do not: a warning, unless the topology says how they do.
#[test]
fn several_nodes_need_what_finds_them() {
    let alone = GOOD_SERVICES.replace("etcd; ", "");
    let compilation = compile(&alone);
    assert_eq!(findings(&compilation), [("infra/nodes".to_owned(), "topology \"good\"".to_owned())]);
    assert!(compilation.plan.is_some());
    let elsewhere =
        "env \"ctx\" \"gen\" { ETCD_ENDPOINTS \"http://store:2379\"; DYN_DISCOVERY_BACKEND \"etcd\"; ";
    let text = alone.replace("env \"ctx\" \"gen\" {", elsewhere);
    assert_eq!(findings(&compile(&text)), []);
}

/// A code, and the text under the first label.
type Found = (&'static str, &'static str);

/// What is replaced in GOOD by what, and what must be found where.
const MISTAKES: [(&str, &str, &[Found]); 70] = [
    // Syntax.
    ("attention-dp=#true", "attention-dp=true", &[("syntax/bare-keyword", "true")]),
    ("    server port=8333\n", "    server port=\n", &[("syntax/missing-value", "port=")]),
    // Names.
    ("ctx replicas", "ctx replica", &[("language/unknown-property", "replica")]),
    ("gpus 4", "gpu 4", &[("language/unknown-node", "gpu")]),
    ("topology \"good\"", "topologie \"good\"", &[("language/unknown-node", "topologie")]),
    ("cluster/gb200-nvl72", "cluster/gb200", &[("file/unknown-module", "\"cluster/gb200\"")]),
    ("engine/trtllm", "engine/trtlm", &[("file/unknown-module", "\"engine/trtlm\"")]),
    ("server port=8333", "server port=8333 on=\"gem\"", &[("names/unknown", "\"gem\"")]),
    ("gen tp=8 {", "gen tp=8 {\n profile \"nsy\" range=\"1-2\"", &[("names/unknown", "\"nsy\"")]),
    ("topology \"good\"", "topology \"a/b\"", &[("names/topology", "\"a/b\"")]),
    ("topology \"good\"", "topology \"-x\"", &[("names/topology", "\"-x\"")]),
    ("gen tp=8", "gen \"Big One\" tp=8", &[("names/pool", "\"Big One\"")]),
    ("env { A 1 }", "env \"worker\" { A 1 }", &[("language/unknown-role", "\"worker\"")]),
    // Types, ranges, duplicates.
    ("tp=8", "tp=\"8\"", &[("language/type", "\"8\"")]),
    ("tp=8", "tp=0", &[("language/range", "0")]),
    ("tp=8", "tp=-8", &[("language/range", "-8")]),
    ("tp=8", "tp=8.0", &[("language/type", "8.0")]),
    ("tp=8", "tp=8 tp=4", &[("language/duplicate", "4")]),
    ("    server port=8333\n", "    server port=8333\n    server\n", &[("language/duplicate", "server")]),
    ("A 1", "A 1; A 2", &[("language/duplicate", "A")]),
    (
        "max_batch_size 64",
        "max_batch_size 64; max_batch_size 32",
        &[("language/duplicate", "max_batch_size")],
    ),
    ("concurrency 16 32", "concurrency 16 16", &[("language/duplicate", "16")]),
    ("gen tp=8", "ctx tp=2\n    gen tp=8", &[("names/pool", "ctx tp=2")]),
    ("A 1", "A #null", &[("language/type", "#null")]),
    ("port=8333", "port=70000", &[("language/range", "70000")]),
    ("server port=8333", "server 8333", &[("language/unexpected-argument", "8333")]),
    ("model \"m\"", "model", &[("language/missing-argument", "model path=\"/models/m\"")]),
    // Roles.
    ("    server port=8333\n", "", &[("roles/missing", "topology \"good\"")]),
    ("    model \"m\" path=\"/models/m\"\n", "", &[("roles/missing", "topology \"good\"")]),
    ("    gen tp=8 {", "    /-gen tp=8 {", &[("roles/missing", "topology \"good\"")]),
    ("    gen tp=8 {", "    agg tp=8 {", &[("roles/mixed", "agg tp=8")]),
    (
        "    benchmark { isl 1024; osl 1024; concurrency 16 32 }\n",
        "",
        &[("roles/missing", "topology \"good\"")],
    ),
    ("isl 1024; ", "", &[("roles/benchmark-incomplete", "benchmark")]),
    ("; concurrency 16 32", "", &[("roles/benchmark-incomplete", "benchmark")]),
    // Assertions.
    ("gpus 4", "gpus 8", &[("assert/gpus", "8")]),
    ("    env { A 1 }", "    nodes 3\n    env { A 1 }", &[("assert/nodes", "3")]),
    ("ep=4", "ep=3", &[("sizes/ep", "3")]),
    ("tp=8", "tp=8 replicas=60000", &[("sizes/too-many", "gen tp=8 replicas=60000")]),
    // The launcher rule.
    ("tp=8", "tp=8 launcher=#false", &[("launcher/worker", "#false")]),
    ("tp=8", "tp=8 mpi=\"pmi2\"", &[("launcher/mpi", "\"pmi2\"")]),
    ("port=8333", "launcher=#true", &[("launcher/bystander", "#true")]),
    ("port=8333", "mpi=\"pmix\"", &[("launcher/bystander", "\"pmix\"")]),
    ("benchmark {", "benchmark mpi=\"pmix\" {", &[("launcher/bystander", "\"pmix\"")]),
    // Keys that the planner owns.
    ("max_batch_size 16", "tensor_parallel_size 8", &[("owned/contradiction", "tensor_parallel_size")]),
    ("max_batch_size 16", "enable_attention_dp #false", &[("owned/contradiction", "enable_attention_dp")]),
    ("max_batch_size 64", "pipeline_parallel_size 2", &[("owned/contradiction", "pipeline_parallel_size")]),
    ("port=8333", "{ config { hostname \"x\" } }", &[("owned/key", "hostname")]),
    ("port=8333", "{ config { context_servers { num_instances 1 } } }", &[("owned/key", "num_instances")]),
    // Environment.
    ("A 1", "\"A-B\" 1", &[("env/name", "\"A-B\"")]),
    ("A 1", "\"1A\" 1", &[("env/name", "\"1A\"")]),
    ("A 1", "\"A\\nB\" 1", &[("env/name", "\"A\\nB\"")]),
    ("A 1", "CUDA_VISIBLE_DEVICES \"0\"", &[("env/planned", "CUDA_VISIBLE_DEVICES")]),
    ("A 1", "PPID 1", &[("env/bash", "PPID")]),
    ("A 1", "A \"x\\u{0}\"", &[("shell/nul", "A \"x\\u{0}\"")]),
    ("env { B", "env \"gen\" { B", &[("env/role", "\"gen\"")]),
    // What an #SBATCH line, a container or the job can't hold.
    ("partition=\"batch\"", "partition=\"a b\"", &[("slurm/value", "\"a b\"")]),
    ("partition=\"batch\"", "partition=\"a\\n#SBATCH --x\"", &[("slurm/value", "\"a\\n#SBATCH --x\"")]),
    ("time=\"01:00:00\"", "{ option \"--nodes=4\" }", &[("slurm/planned", "\"--nodes=4\"")]),
    ("mount \"/a\"", "mount \"a\"", &[("paths/relative", "\"a\"")]),
    ("mount \"/a\"", "mount \"/a:b\"", &[("container/mount", "\"/a:b\"")]),
    ("path=\"/models/m\"", "path=\"~/m\"", &[("paths/relative", "\"~/m\"")]),
    // What is still to come says so.
    ("    env { A 1 }", "    jenkins { agent \"a\"; timeout \"90\" }", &[("jenkins/time-form", "\"90\"")]),
    ("    env { A 1 }", "    rehearsal { startup \"40s\" }", &[("language/type", "\"40s\"")]),
    // Running the roles through tests.
    (
        "    env { A 1 }",
        "    harness \"pytest\" { source \"/s\" }",
        &[("harness/missing", "harness \"pytest\"")],
    ),
    (
        "    env { A 1 }",
        "    harness \"pytes\" { source \"/s\"; models \"/m\" }",
        &[("harness/unknown", "\"pytes\"")],
    ),
    (
        "    env { A 1 }",
        "    harness \"pytest\" { source \"/s\"; models \"/m\"; form \"jenkin\" }",
        &[("harness/unknown", "\"jenkin\"")],
    ),
    (
        "    env { A 1 }",
        "    harness \"pytest\" { source \"/s s\"; models \"m\"; config \"a*\" }",
        &[("harness/word", "\"/s s\""), ("paths/relative", "\"m\""), ("harness/word", "\"a*\"")],
    ),
    (
        "    env { A 1 }",
        "    harness \"pytest\" { source \"/s\"; models \"/m\"; test-list \"/l\"; splits 2; group 3; test \"x\" }",
        &[("harness/selection", "3"), ("harness/selection", "\"x\"")],
    ),
    (
        "    env { A 1 }",
        "    harness \"pytest\" { source \"/s\"; models \"/m\"; splits 2 }",
        &[("harness/selection", "2")],
    ),
    (
        "    gen tp=8 {",
        "    gen \"b\" tp=2\n    harness \"pytest\" { source \"/s\"; models \"/m\" }\n    gen tp=8 {",
        &[("harness/pools", "gen tp=8")],
    ),
];

/// An engine with backends and services, whose processes have whole nodes.
const GOOD_SERVICES: &str = r#"use "cluster/gb200-nvl72"
use "engine/dynamo"
topology "good" {
    backend "vllm"
    model "m" path="/models/m"
    infra { etcd; nats port=4222 }
    env "ctx" "gen" { DYN_REQUEST_PLANE "nats" }
    ctx replicas=2 tp=4 ep=4 attention-dp=#true
    gen tp=8 {
        config { max_num_seqs 64 }
    }
    server port=8333
    benchmark client="aiperf" { isl 1024; osl 1024; concurrency 16 32 }
}
"#;

const MISTAKES_SERVICES: [(&str, &str, &[Found]); 18] = [
    ("backend \"vllm\"", "backend \"vlm\"", &[("names/unknown", "\"vlm\"")]),
    ("nats port=4222", "nats; redis", &[("names/unknown", "redis")]),
    ("nats port=4222", "nats prot=1", &[("language/unknown-property", "prot")]),
    ("nats port=4222", "nats; etcd", &[("language/duplicate", "etcd")]),
    ("nats port=4222", "nats port=8333", &[("ports/clash", "8333")]),
    ("nats port=4222", "", &[("infra/missing", "DYN_REQUEST_PLANE \"nats\"")]),
    ("infra { etcd;", "infra on=\"gem\" { etcd;", &[("names/unknown", "\"gem\"")]),
    ("tp=8 {", "tp=6 {", &[("sizes/uneven", "gen tp=6")]),
    ("tp=8 {", "tp=8 cp=2 {", &[("sizes/unused", "2")]),
    ("tp=8 {", "tp=8 launcher=#true {", &[("launcher/worker", "#true")]),
    ("tp=8 {", "tp=8 mpi=\"pmix\" {", &[("launcher/mpi", "\"pmix\"")]),
    ("max_num_seqs 64", "tensor_parallel_size 4", &[("owned/contradiction", "tensor_parallel_size")]),
    ("client=\"aiperf\"", "client=\"aiprf\"", &[("names/unknown", "\"aiprf\"")]),
    ("isl 1024;", "isl 1024; range-ratio 0.5;", &[("benchmark/unused", "0.5")]),
    ("env \"ctx\" \"gen\" {", "env { HF_HUB_OFFLINE 1;", &[("benchmark/variable", "HF_HUB_OFFLINE 1")]),
    ("isl 1024;", "isl 1024; requests 20;", &[("benchmark/requests", "20")]),
    ("    server port=8333\n", "", &[("roles/missing", "topology \"good\"")]),
    ("    model \"m\"", "    cluster \"high\"\n    model \"m\"", &[("cluster/unknown", "\"high\"")]),
];

#[test]
fn each_mistake_is_found_where_it_is() {
    let engines = MISTAKES.iter().map(|mistake| (GOOD, mistake));
    let services = MISTAKES_SERVICES.iter().map(|mistake| (GOOD_SERVICES, mistake));
    let mut wrong = Vec::new();
    for (good, &(old, new, expected)) in engines.chain(services) {
        assert_eq!(good.matches(old).count(), 1, "{old:?} must stand once in it");
        let compilation = compile(&good.replace(old, new));
        assert!(compilation.plan.is_none());
        let found = findings(&compilation);
        let found: Vec<(&str, &str)> = found.iter().map(|(c, t)| (c.as_str(), t.as_str())).collect();
        if found != *expected {
            wrong.push(format!("{old:?} → {new:?}\n    found {found:?}\n expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Where it can be told what is meant, the help text has it as it is to be written.
#[test]
fn help_says_what_to_write() {
    for (old, new, expected) in [
        ("tp=8", "tp=\"8\"", "write it without quotes: `8`"),
        ("tp=8", "tp=8.0", "write `8`"),
        ("attention-dp=#true", "attention-dp=\"true\"", "write `#true`, without quotes"),
        ("attention-dp=#true", "attention-dp=1", "write `#true`"),
        ("attention-dp=#true", "attention-dp=\"on\"", "write `#true` or `#false`"),
        ("\"batch\"", "#null", "write text in quotes"),
        ("path=\"/models/m\"", "path=8", "write `\"8\"`"),
        ("path=\"/models/m\"", "path='/models/m x'", "write `\"/models/m x\"`"),
        ("cluster/gb200-nvl72", "cluster/gb200", "did you mean \"cluster/gb200-nvl72\"?"),
        (
            "topology \"good\" {",
            "cluster \"mine\" extends=\"gb200\"\ntopology \"good\" {\n    cluster \"mine\"",
            "did you mean the cluster `gb200-nvl72`?",
        ),
    ] {
        let compilation = compile(&GOOD.replacen(old, new, 1));
        let help: Vec<&str> = compilation.diagnostics.iter().filter_map(|d| d.help.as_deref()).collect();
        assert_eq!(help, [expected], "{new}");
    }
}

/// What can't be read is not taken for what is not there: one mistake has one message.
#[test]
fn nothing_follows_from_what_can_not_be_read() {
    let text = GOOD.replace("gen tp=8 {", "gen tp=8 ep=8 attention-dp=#true {");
    let text = text.replace("    env { A 1 }", "    nodes 4\n    env \"gen\" \"server\" { A 1 }");
    assert_eq!(findings(&compile(&text)), []);
    let wrong = [
        ("gen tp=8", "gen tp=\"8\"", "language/type"),
        ("gen tp=8", "gen tp=0", "language/range"),
        ("gen tp=8", "gen tpp=8", "language/unknown-property"),
        ("gen tp=8", "gen tp=8 replicas=-1", "language/range"),
        ("    gen tp=8", "    genn tp=8", "language/unknown-node"),
        ("    ctx replicas", "    cxt replicas", "language/unknown-node"),
        ("    server port", "    sevrer port", "language/unknown-node"),
        ("    model", "    modle", "language/unknown-node"),
        ("    benchmark", "    benchmrk", "language/unknown-node"),
        ("isl 1024", "isl \"1024\"", "language/type"),
        ("osl 1024", "osl 0", "language/range"),
        ("concurrency 16 32", "concurrency \"16\"", "language/type"),
        ("container \"nvcr.io/a/b:1\"", "container 5", "language/type"),
        ("mount \"/a\"", "mount 5", "language/type"),
        ("to=\"/models\"", "to=5", "language/type"),
    ];
    for (old, new, code) in wrong {
        assert!(text.contains(old), "{old}");
        let found = findings(&compile(&text.replacen(old, new, 1)));
        let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, [code], "{new}: {found:?}");
    }
}

/// Mistakes of different phases are all found in one run, in the order of the file.
#[test]
fn all_mistakes_are_found_at_once() {
    let mut text = GOOD.to_owned();
    for (old, new) in [
        ("partition=\"batch\"", "partition=\"a b\""),
        ("A 1", "\"A-B\" 1"),
        ("gpus 4", "gpus 8"),
        ("max_batch_size 16", "tensor_parallel_size 8"),
        ("max_batch_size 64", "\"max batch size\" #true; max_num_tokens -1 x=1"),
        ("port=8333", "port=8333 mpi=\"pmix\""),
        ("    env { \"A-B\"", "    nodes 7\n    env { \"A-B\""),
    ] {
        text = text.replace(old, new);
    }
    let codes: Vec<String> = findings(&compile(&text)).into_iter().map(|(code, _)| code).collect();
    assert_eq!(
        codes,
        [
            "slurm/value",
            "assert/nodes",
            "env/name",
            "assert/gpus",
            "owned/contradiction",
            "schema/unknown-key",
            "schema/type",
            "language/config-shape",
            "launcher/bystander",
        ]
    );
}

/// What can't be read hides what follows from it, and nothing else.
#[test]
fn a_syntax_error_does_not_make_other_parts_look_missing() {
    let text = GOOD.replace("gen tp=8", "gen tp=true").replace("gpus 4", "nodes 9; gpus 8");
    let text = text.replace("    env { A 1 }", "    nodes 9");
    let codes: Vec<String> = findings(&compile(&text)).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["language/unknown-node", "assert/gpus", "syntax/bare-keyword"]);
}

#[test]
fn files_are_used_and_their_mistakes_are_shown_in_the_line_that_uses_them() {
    let files = Texts::new([
        ("topo.kdl", "use \"./site.kdl\"\nuse \"engine/trtllm\"\n"),
        (
            "site.kdl",
            "use \"./sub/more.kdl\"\nuse \"cluster/local\"\ncluster \"mine\" extends=\"local\" { gpus-per-node 2 }\n",
        ),
        ("sub/more.kdl", "use \"../topo.kdl\"\nuse \"./gone.kdl\"\nuse \"gone.kdl\"\n"),
    ]);
    let compilation = compile_files(&files, Request::default());
    let shown: Vec<(&str, String)> = compilation
        .diagnostics
        .iter()
        .map(|d| (d.code, compilation.sources.location(d.labels[0].span)))
        .collect();
    assert_eq!(
        shown,
        [
            ("file/cycle", "sub/more.kdl:1:5".to_owned()),
            ("file/unreadable", "sub/more.kdl:2:5".to_owned()),
            ("file/unknown-module", "sub/more.kdl:3:5".to_owned()),
        ]
    );
}

#[test]
fn a_site_file_extends_a_cluster() {
    let files = Texts::new([
        ("topo.kdl", &GOOD.replace("cluster/gb200-nvl72", "./site.kdl")),
        (
            "site.kdl",
            "use \"cluster/gb200-nvl72\"\ncluster \"mine\" extends=\"gb200-nvl72\" {\n gpus-per-node 2\n env \"ctx\" { UCX_TLS \"rc\" }\n slurm account=\"a\" partition=\"p\"\n}\n",
        ),
    ]);
    let compilation = compile_files(&files, Request::default());
    let plan = compilation.plan.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    assert_eq!((plan.nodes, plan.cluster.name.as_str()), (8, "mine"));
    let option = |name: &str| plan.sbatch().find(|o| o.name == name).and_then(|o| o.value.as_deref());
    assert_eq!(
        (option("account"), option("partition"), option("gres")),
        (Some("a"), Some("batch"), Some("gpu:2"))
    );
    let ctx = plan.roles.iter().find(|r| r.name == "ctx").expect("planned");
    let env: Vec<(&str, bool)> = ctx.env.iter().map(|v| (v.name.as_str(), v.value.is_some())).collect();
    assert_eq!(env, [("UCX_TLS", false), ("UCX_TLS", true), ("A", true), ("B", true)]);
    let generation = plan.roles.iter().find(|r| r.name == "gen").expect("planned");
    assert!(!generation.env.iter().any(|v| v.name == "UCX_TLS" && v.value.is_some()));
}

#[test]
fn an_engine_without_a_launcher_runs_single_gpus_only() {
    let engine = "engine \"bare\" { versions \"1\"; role \"agg\" \"benchmark\" { command { arg \"x\" } } }";
    let check = |per_node: u32| {
        let topology = format!(
            "use \"./bare.kdl\"\nuse \"cluster/local\"\ncluster \"c\" extends=\"local\" {{ gpus-per-node {per_node} }}\n\
             topology \"t\" {{ model \"m\"; agg; benchmark {{ isl 1; osl 1; concurrency 1 }} }}\n"
        );
        let files = Texts::new([("topo.kdl", &topology), ("bare.kdl", engine)]);
        findings(&compile_files(&files, Request::default()))
    };
    assert_eq!(check(4), [("launcher/none".to_owned(), "\"bare\"".to_owned())]);
    assert_eq!(check(1), []);
}

#[test]
fn several_topologies_need_a_choice() {
    let (head, tail) = GOOD.split_at(GOOD.find("topology").expect("stands there"));
    let text = format!("{head}{tail}{}", tail.replace("\"good\"", "\"other\""));
    let choose = |name: Option<&str>| {
        let request = Request { topology: name.map(str::to_owned), ..Request::default() };
        compile_files(&Texts::new([("topo.kdl", &text)]), request)
    };
    assert_eq!(findings(&choose(None))[0].0, "topology/which");
    assert_eq!(findings(&choose(Some("othre")))[0].0, "topology/unknown");
    assert_eq!(choose(Some("other")).plan.expect("compiles").topology, "other");
}

#[test]
fn overrides_are_checked_like_the_file() {
    let set = |sets: &[&str]| {
        let request = Request { sets: sets.iter().map(|s| (*s).to_owned()).collect(), ..Request::default() };
        compile_files(&Texts::new([("topo.kdl", GOOD)]), request)
    };
    let plan =
        set(&["ctx.replicas=3", "gen.config.max_batch_size=128", "env.NEW=yes", "benchmark.concurrency=8"])
            .plan
            .expect("compiles");
    assert_eq!(plan.steps.iter().filter(|s| s.role == "ctx").count(), 3);
    assert_eq!(plan.origins["ctx.replicas"], "--set ctx.replicas=3:1:14");
    assert!(plan.steps.iter().any(|s| s.name == "benchmark_8"));
    for (argument, code, place) in [
        ("ctx.replicas=0", "language/range", "0"),
        ("ctx.replica=3", "language/unknown-property", "replica"),
        ("ctxx.tp=3", "set/no-such-node", "ctxx"),
        ("ctx.tp", "set/form", "ctx.tp"),
        ("ctx.gpus=8", "assert/gpus", "8"),
        ("server.mpi=pmix", "launcher/bystander", "pmix"),
    ] {
        assert_eq!(findings(&set(&[argument])), [(code.to_owned(), place.to_owned())], "{argument}");
    }
}
