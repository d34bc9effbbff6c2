//! Wishes about placement as they are written: fulfilled, or refused with the names of those that conflict.

mod support;

use disaggc::plan::{Plan, laws};
use support::{compile, findings};

/// Nodes of four GPUs, 18 of them in a domain.
fn text(roles: &str) -> String {
    format!(
        "use \"cluster/gb200-nvl72\"\nuse \"engine/trtllm\"\ntopology \"t\" {{\nmodel \"m\"\ncontainer \"i\"\n{roles}\n\
         benchmark {{ isl 8; osl 8; concurrency 1 }}\n}}\n"
    )
}

fn plan(roles: &str) -> Plan {
    let plan = support::plan(&text(&format!("{roles}\nserver")));
    assert_eq!(laws::broken(&plan), Vec::<String>::new());
    plan
}

/// `node:GPUs` of a step.
fn places(plan: &Plan, step: &str) -> String {
    let step = plan.steps.iter().find(|s| s.name == step).unwrap_or_else(|| panic!("no step {step}"));
    let share = |s: &disaggc::plan::Share| {
        format!("{}:{}", s.node, s.gpus.iter().map(u32::to_string).collect::<String>())
    };
    step.nodes.iter().map(share).collect::<Vec<_>>().join(" ")
}

fn node(plan: &Plan, step: &str) -> u32 {
    plan.steps.iter().find(|s| s.name == step).expect("planned").nodes[0].node
}

fn sbatch(plan: &Plan, name: &str) -> Option<String> {
    plan.sbatch().find(|option| option.name == name)?.value.clone()
}

const SMALL: &str = "ctx replicas=2 tp=1\ngen replicas=2 tp=1\n";

#[test]
fn wishes_change_who_shares_a_node() {
    for (wish, nodes, gen_1, ctx_1) in [
        ("", 1, "0:1", "0:3"),
        ("placement \"whole-nodes\"", 4, "1:0", "3:0"),
        ("placement { servers-per-node 2 }", 2, "0:1", "1:1"),
        ("placement { apart \"ctx\" \"gen\" }", 2, "0:1", "1:1"),
        ("placement \"pack\" { together \"ctx\" \"gen\"; servers-per-node 2 }", 2, "1:0", "1:1"),
        ("placement { exclude-gpus 0 2 }", 2, "0:3", "1:3"),
    ] {
        let plan = plan(&format!("{SMALL}{wish}"));
        assert_eq!(
            (plan.nodes, places(&plan, "gen_1"), places(&plan, "ctx_1")),
            (nodes, gen_1.into(), ctx_1.into()),
            "{wish}"
        );
        assert_eq!(sbatch(&plan, "nodes"), Some(nodes.to_string()));
        assert_eq!(plan.placement.minimum.nodes, nodes, "{wish}");
    }
    let own = plan("ctx replicas=2 tp=1 { placement { servers-per-node 1 } }\ngen replicas=2 tp=1");
    assert_eq!(
        ["gen_0", "gen_1", "ctx_0", "ctx_1"].map(|step| places(&own, step)),
        ["0:0", "0:1", "0:2", "1:0"]
    );
    let named = plan("ctx \"a\" tp=1\nctx \"b-c\" tp=1\ngen tp=1\nplacement { apart \"ctx-a\" \"ctx_b_c\" }");
    assert_eq!(named.nodes, 2);
    assert_ne!(node(&named, "ctx_a_0"), node(&named, "ctx_b_c_0"));
}

#[test]
fn excluded_gpus_make_every_node_smaller() {
    let plan = plan("placement { exclude-gpus 3 1 }\ngen tp=5\nctx tp=1");
    assert_eq!((places(&plan, "gen_0"), places(&plan, "ctx_0")), ("0:02 1:02 2:0".into(), "2:2".into()));
    assert_eq!(plan.placement.excluded_gpus, [1, 3]);
    assert_eq!(sbatch(&plan, "gres"), Some("gpu:4".into()), "the node has them all the same");
}

#[test]
fn a_dedicated_node_counts_everywhere() {
    for (seats, nodes, server, client) in [
        ("server on=\"dedicated\"", 2, 1, 0),
        ("server on=\"dedicated\"\nbenchmark on=\"dedicated\" { isl 8; osl 8; concurrency 1 }", 2, 1, 1),
        ("server\nbenchmark on=\"dedicated\" { isl 8; osl 8; concurrency 1 }", 2, 0, 1),
        ("server", 1, 0, 0),
    ] {
        let benchmark =
            if seats.contains("benchmark") { "" } else { "benchmark { isl 8; osl 8; concurrency 1 }" };
        let text = format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\ntopology \"t\" {{ model \"m\"\nnodes {nodes}\n{SMALL}{seats}\n{benchmark}\n}}"
        );
        let plan = support::plan(&text);
        assert_eq!(laws::broken(&plan), Vec::<String>::new());
        assert_eq!((node(&plan, "server"), node(&plan, "benchmark_1")), (server, client), "{seats}");
        assert_eq!(plan.placement.dedicated, (nodes == 2).then_some(1), "{seats}");
        assert_eq!(sbatch(&plan, "nodes"), Some(nodes.to_string()));
    }
    // In this mode there is no coordinator.
    let text = text("ctx tp=2\ngen tp=2\nserver on=\"dedicated\"")
        .replace("benchmark {", "benchmark mode=\"ctx_only\" {");
    assert_eq!(support::plan(&text).nodes, 1);
}

#[test]
fn a_job_that_shares_its_nodes_asks_for_its_part_of_them() {
    let mine = "ctx replicas=2 tp=1\ngen tp=1\nplacement { exclusive #false }\nslurm { option \"--mem=9G\" }";
    let shared = plan(mine);
    assert!(shared.placement.shared);
    let asked = |name: &str| sbatch(&shared, name);
    assert_eq!((asked("gres"), asked("ntasks-per-node")), (Some("gpu:3".into()), Some("3".into())));
    assert_eq!(asked("mem"), Some("9G".into()));
    assert!(shared.sbatch().all(|option| option.name != "exclusive"));
    // A server that fills nodes takes all of them.
    let wide = plan("ctx tp=6\ngen tp=1\nplacement { exclusive #false }");
    assert_eq!(sbatch(&wide, "gres"), Some("gpu:4".into()));
    assert_eq!(codes("ctx tp=1\ngen tp=1\nserver\nslurm { option \"--mem=9G\" }"), ["slurm/planned"]);
    let excluded = "ctx tp=1\ngen tp=1\nserver\nplacement { exclusive #false; exclude-gpus 0 }";
    assert_eq!(codes(excluded), ["placement/shared"]);
}

#[test]
fn coordinator_and_client_keep_out_of_the_way() {
    let full = plan("gen tp=8\nctx tp=4");
    assert_eq!((node(&full, "server"), node(&full, "benchmark_1")), (0, 1));
    let idle = plan("gen tp=8\nctx tp=6");
    assert_eq!(places(&idle, "ctx_0"), "2:0123 3:01");
    assert_eq!((node(&idle, "server"), node(&idle, "benchmark_1")), (3, 0));
}

#[test]
fn domains_become_segments() {
    let inside = "placement { one-domain #true }\n";
    let segment = |roles: &str| sbatch(&plan(roles), "segment");
    assert_eq!(segment("gen replicas=2 tp=16\nctx replicas=2 tp=4"), None, "nobody asked");
    assert_eq!(segment(&format!("{inside}gen replicas=2 tp=16\nctx replicas=2 tp=4")), Some("5".into()));
    assert_eq!(
        segment("gen replicas=3 tp=40 { placement { one-domain #true } }\nctx replicas=12 tp=4"),
        Some("14".into())
    );
    let plan = plan(&format!("{inside}gen replicas=5 tp=32\nctx replicas=5 tp=4"));
    assert_eq!(sbatch(&plan, "segment"), Some("9".into()));
    let domains: Vec<_> = plan.placement.domains.iter().map(|domain| (domain.from, domain.to)).collect();
    assert_eq!(domains, [(0, 8), (9, 17), (18, 26), (27, 35), (36, 44)]);
    // A written one is an assertion.
    let written = |size: u32| {
        format!(
            "{inside}gen replicas=2 tp=16\nctx tp=4\nctx \"b\" tp=4\nserver\nslurm {{ option \"--segment={size}\" }}"
        )
    };
    assert_eq!(codes(&written(5)), Vec::<String>::new());
    assert_eq!(codes(&written(2)), ["placement/segment"]);
    // 23 nodes are a prime number of them.
    assert_eq!(
        codes(&format!("{inside}gen replicas=2 tp=40\nctx replicas=3 tp=4\nserver")),
        ["placement/unsegmented"]
    );
}

fn codes(roles: &str) -> Vec<String> {
    findings(&compile(&text(roles))).into_iter().map(|(code, _)| code).collect()
}

/// What a finding points at, all of its labels.
fn labels(roles: &str) -> Vec<String> {
    let compilation = compile(&text(&format!("{roles}\nserver")));
    let found: Vec<_> = compilation.diagnostics.iter().filter(|d| d.code == "placement/conflict").collect();
    let [conflict] = found[..] else { panic!("{:?}", compilation.diagnostics) };
    assert!(conflict.help.is_some() && compilation.plan.is_none());
    conflict.labels.iter().map(|label| compilation.sources.text(label.span).to_owned()).collect()
}

/// Exactly those that conflict are named, whatever else is wished for.
#[test]
fn conflicting_wishes_are_named() {
    let others = "exclude-gpus 3; one-domain #true";
    for (roles, expected) in [
        (
            format!("{SMALL}placement {{ {others}; servers-per-node 1; together \"ctx\" \"gen\" }}"),
            &["together \"ctx\" \"gen\"", "1", "ctx replicas=2 tp=1", "gen replicas=2 tp=1"][..],
        ),
        (
            format!("{SMALL}placement {{ {others}; apart \"gen\" \"ctx\"; together \"ctx\" \"gen\" }}"),
            &["together \"ctx\" \"gen\"", "apart \"gen\" \"ctx\""],
        ),
        (
            "ctx tp=1 placement=\"whole-nodes\"\ngen tp=1\nplacement { servers-per-node 3; together \"ctx\" \"gen\" }".into(),
            &["together \"ctx\" \"gen\"", "\"whole-nodes\""],
        ),
        // Three of four GPUs leave no room for two.
        ("ctx tp=3\ngen tp=2\nplacement { together \"ctx\" \"gen\"; servers-per-node 4 }".into(), &["together \"ctx\" \"gen\""]),
        // It would fit if the node were whole.
        (
            "ctx tp=2\ngen tp=2\nplacement { together \"ctx\" \"gen\"; exclude-gpus 1 }".into(),
            &["together \"ctx\" \"gen\"", "1"],
        ),
        ("ctx tp=1\ngen tp=76 { placement { one-domain #true } }".into(), &["#true", "gen tp=76"]),
        // All of 18 nodes, but not without a GPU of each.
        ("ctx tp=1\ngen tp=72\nplacement { one-domain #true; exclude-gpus 0 }".into(), &["0", "#true"]),
        (format!("{SMALL}placement {{ exclude-gpus 0 1 2 3; apart \"ctx\" \"gen\" }}"), &["0 1 2 3"]),
    ] {
        let found = labels(&roles);
        let missing: Vec<_> = expected.iter().filter(|text| !found.iter().any(|label| label == *text)).collect();
        assert!(missing.is_empty(), "{roles}: {missing:?} of {found:?}");
        for innocent in ["exclude-gpus 3", "servers-per-node", "one-domain"] {
            assert!(!found.iter().any(|label| label.contains(innocent)), "{roles}: {found:?}");
        }
        let wishes = found.iter().filter(|label| !label.starts_with("ctx ") && !label.starts_with("gen ") && *label != "18");
        let named = expected.iter().filter(|label| !label.starts_with("ctx ") && !label.starts_with("gen "));
        assert_eq!(wishes.count(), named.count(), "{roles}: {found:?}");
    }
}

#[test]
fn badly_written_wishes_are_found() {
    for (roles, expected) in [
        ("placement { apart \"ctx\" }", ["placement/roles"]),
        ("placement { apart \"ctx\" \"gne\" }", ["names/unknown"]),
        ("placement { together \"ctx\" \"ctx\" }", ["placement/roles"]),
        ("placement { exclude-gpus 4 }", ["placement/gpu"]),
        ("placement { exclude-gpus -1 }", ["language/range"]),
        ("placement { servers-per-node 0 }", ["language/range"]),
        ("placement \"pakc\"", ["language/unknown-value"]),
        ("placement \"pack\"\nplacement \"pack\"", ["language/duplicate"]),
        ("placement { spread #true }", ["language/unknown-node"]),
        ("ctx \"b\" tp=1 { placement { exclude-gpus 1 } }", ["language/unknown-node"]),
    ] {
        assert_eq!(codes(&format!("{SMALL}{roles}\nserver")), expected, "{roles}");
    }
}

/// What a mode leaves out can't be wished for.
#[test]
fn wishes_about_roles_that_do_not_run_say_nothing() {
    let roles = "ctx tp=4\ngen tp=4\nserver\nplacement { together \"ctx\" \"gen\" }";
    assert_eq!(codes(roles), ["placement/conflict"]);
    let text = text(roles).replace("benchmark {", "benchmark mode=\"gen_only_no_context\" {");
    assert_eq!(support::plan(&text).nodes, 1);
}

#[test]
fn assertions_say_what_is_missing_or_idle() {
    let help = |roles: &str| {
        let compilation = compile(&text(&format!("{roles}\nserver")));
        let [found] = compilation.diagnostics.iter().collect::<Vec<_>>()[..] else {
            panic!("{:?}", compilation.diagnostics)
        };
        (found.code, found.help.clone().expect("always"))
    };
    let (code, missing) = help("nodes 4\ngen tp=16\nctx replicas=2 tp=4");
    assert_eq!(code, "assert/nodes");
    assert!(missing.contains("ctx_0, ctx_1 would have no place"), "{missing}");
    let (_, idle) = help("nodes 9\ngen tp=16\nctx replicas=2 tp=4");
    assert!(idle.contains("3 nodes (12 GPUs) would be idle"), "{idle}");
    let (code, idle) = help("gpus 16\nplacement { exclude-gpus 3 }\ngen tp=5\nctx replicas=2 tp=2");
    assert_eq!(code, "assert/job-gpus");
    assert!(idle.contains("idle: node 1 (GPU 2), node 2 (GPU 2), node 3 (GPU 2)"), "{idle}");
    let (_, many) = help("nodes 1\ngen replicas=9 tp=4\nctx tp=4");
    assert!(many.contains("gen_1, gen_2, gen_3, gen_4 and 5 more would have no place"), "{many}");
    assert_eq!(codes("gpus 8\nnodes 2\ngen tp=4\nctx tp=4\nserver"), Vec::<String>::new());
}
