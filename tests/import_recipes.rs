//! Recipes of srtctl, both schemas, with their variants, its cluster file, and what several of them share; the perf tests
//! by their ids.

mod support;

use disaggc::import::verify::verify;
use disaggc::import::{Imported, Options};
use disaggc::stdlib::Stdlib;
use support::imports::{BENCHMARK, RECIPE, RECIPE_2, codes, imported, plan_of, topology};

#[test]
fn both_schemas_of_recipes_mean_the_same() {
    let (first, found) = topology(RECIPE);
    assert_eq!(found, Vec::<String>::new());
    let (second, found) = topology(RECIPE_2);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(first, second);
    assert_eq!(
        first,
        r#"// Imported from one.yaml.
// model.precision: fp8
use "./site.kdl"
use "cluster/h100"
use "engine/dynamo"

topology "r" {
    backend "trtllm"
    model "alias" path=(site)"alias"
    container (site)"image"
    ready-timeout 3600

    env "ctx" "gen" { A 1 }

    env "ctx" "gen" "server" { DYN_REQUEST_PLANE "nats" }

    infra { etcd; nats }

    ctx replicas=2 tp=4 {
        env { B "x" }
        config {
            cache_transceiver_config { backend "UCX" }
        }
    }

    gen tp=8 pp=2 {
        env { B "y" }
        config {
            cache_transceiver_config { backend "UCX" }
        }
    }

    server
    benchmark { isl 128; osl 64; concurrency 4 8; rounds 10 }
}
"#
    );
    for text in [RECIPE, RECIPE_2] {
        let mut imported = imported(&[("one.yaml", text)], &Options::default());
        let verified = verify(&mut imported, &Stdlib::embedded());
        assert_eq!(
            (verified[0].differences, verified[0].nodes),
            (0, Some((3, 3))),
            "{:#?}",
            imported.diagnostics
        );
    }
}

/// Words of schema 1 and 2 about places, and services beside the workers.
#[test]
fn places_and_services_of_recipes() {
    let table = [
        (
            "enable_multiple_frontends: false",
            "enable_multiple_frontends: false, placement: {node: dedicated}",
            "server on=\"dedicated\"",
            "",
        ),
        (
            "enable_multiple_frontends: false",
            "enable_multiple_frontends: false, placement: {node: head}",
            "    server\n",
            "",
        ),
        (
            "enable_multiple_frontends: false",
            "enable_multiple_frontends: false, orchestrator_placement: first_decode",
            "server on=\"gen\"",
            "",
        ),
        (
            "enable_multiple_frontends: false",
            "enable_multiple_frontends: false, dedicated_node: true",
            "server on=\"dedicated\"",
            "",
        ),
        (
            "enable_multiple_frontends: false",
            "enable_multiple_frontends: false, args: {router-mode: kv}",
            "router_mode \"kv\"",
            "",
        ),
        ("req_rate: inf", "req_rate: inf, placement: {node: last_decode}", "benchmark on=\"gen\"", ""),
        (
            "req_rate: inf",
            "req_rate: inf, placement: {node: moon}",
            "benchmark {",
            "import/not-used node: moon",
        ),
        ("req_rate: inf", "req_rate: 7", "benchmark {", "import/not-used req_rate: 7"),
        (
            "{name: nats, type: nats}",
            "{name: nats, type: nats, placement: {node: dedicated}}",
            "infra { etcd; nats }",
            "import/not-used placement: {node: dedicated}",
        ),
        ("{name: nats, type: nats}", "{name: nats, type: nats, args: ['-DV']}", "nats { args \"-DV\" }", ""),
        (
            "{name: nats, type: nats}",
            "{name: m, type: mooncake-master}",
            "infra { etcd; nats }",
            "import/not-used {name: m, type: mooncake-master}",
        ),
        ("nodes: 2", "nodes: colocate", "gen tp=8 pp=2", ""),
        ("schema: 2", "schema: 3", "gen tp=8 pp=2", "import/not-used schema: 3"),
    ];
    for (old, new, expected, reported) in table {
        let text = RECIPE_2.replace(old, new);
        assert_ne!(text, RECIPE_2, "{old}");
        let (written, found) = topology(&text);
        assert!(written.contains(expected), "{new}: {written}");
        let reported: Vec<&str> = [reported].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(found, reported, "{new}");
    }
}

/// A base, what replaces parts of it, lists that go together, and sweeps.
#[test]
fn variants_become_topologies() {
    let base: String = RECIPE.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!(
        "base:\n{base}override_long:\n  benchmark: {{isl: 4096}}\n  health_check: null\noverride_named: {{name: other}}\n\
         zip_override_tp:\n  backend: {{trtllm_config: {{prefill: {{tensor_parallel_size: [2, 4]}}, decode: {{max_batch_size: [7]}}}}}}\n  \
         benchmark: {{concurrencies: [[1, 2], [3]]}}\n"
    );
    let imported = imported(&[("one.yaml", text.as_str())], &Options::default());
    let errors: Vec<String> =
        codes(&imported).into_iter().filter(|code| !code.starts_with("import/gpus")).collect();
    assert_eq!(errors, Vec::<String>::new());
    let text = |path: &str| {
        let file = imported.files.iter().find(|file| file.path == path);
        &file
            .unwrap_or_else(|| {
                panic!("{path} of {:?}", imported.files.iter().map(|f| &f.path).collect::<Vec<_>>())
            })
            .text
    };
    let long = text("one_long.kdl");
    assert!(long.contains("topology \"r_long\"") && long.contains("isl 4096"), "{long}");
    assert!(!long.contains("ready-timeout"), "{long}");
    assert!(text("one_named.kdl").contains("topology \"other\""));
    let (zero, one) = (text("one_tp_0.kdl"), text("one_tp_1.kdl"));
    assert!(zero.contains("ctx replicas=2 tp=2") && zero.contains("concurrency 1 2"), "{zero}");
    assert!(one.contains("ctx replicas=2 tp=4") && one.contains("concurrency 3"), "{one}");
    assert!(zero.contains("max_batch_size 7") && one.contains("max_batch_size 7"));
    assert_eq!(imported.topologies.len(), 4);
}

#[test]
fn sweeps_become_topologies() {
    let text =
        RECIPE.replace("'4x8'", "[{conc}]").replace("tensor_parallel_size: 8", "tensor_parallel_size: {tp}");
    let text = format!("{text}sweep:\n  conc: [16, 32]\n  tp: [4, 8]\n");
    let imported = imported(&[("one.yaml", text.as_str())], &Options::default());
    assert_eq!(codes(&imported), Vec::<String>::new());
    let names: Vec<&str> = imported.topologies.iter().map(|made| made.path.as_str()).collect();
    assert_eq!(
        names,
        ["one_conc16_tp4.kdl", "one_conc16_tp8.kdl", "one_conc32_tp4.kdl", "one_conc32_tp8.kdl"]
    );
    let last = &imported.files.last().expect("written").text;
    assert!(last.contains("topology \"r_conc32_tp8\"") && last.contains("concurrency 32"), "{last}");
    assert!(last.contains("gen tp=8 pp=2"), "{last}");
}

/// What srtctl's cluster file says goes to the site, and names get their paths.
#[test]
fn a_cluster_file_fills_the_site() {
    let cluster = "default_account: me\ndefault_partition: batch\ndefault_time_limit: '4:00:00'\n\
                   model_paths: {alias: /models/a}\ncontainers: {image: /images/i.sqsh}\ndefault_mounts: {/models: /models}\n\
                   use_segment_sbatch_directive: true\n";
    let imported = imported(&[("srtslurm.yaml", cluster), ("one.yaml", RECIPE)], &Options::default());
    assert_eq!(codes(&imported), Vec::<String>::new());
    let site = &imported.files.iter().find(|file| file.path == "site.kdl").expect("written").text;
    for line in [
        "alias \"/models/a\"",
        "image \"/images/i.sqsh\"",
        "slurm account=\"me\" partition=\"batch\" time=\"4:00:00\"",
        "container { mount \"/models\" }",
    ] {
        assert!(site.contains(line), "{line} is not in {site}");
    }
    let plan = plan_of(&imported, "one.kdl", &[]);
    let option = |name: &str| plan.sbatch().find(|o| o.name == name).and_then(|o| o.value.as_deref());
    assert_eq!((option("account"), option("partition")), (Some("me"), Some("batch")));
}

#[test]
fn a_test_id_names_the_mode() {
    use disaggc::names::TestId;
    let text = format!("metadata: {{model_name: tiny, precision: fp8}}\n{BENCHMARK}");
    let made = |id: &str| {
        let tests = vec![TestId::parse(id).expect("an id")];
        let imported = imported(
            &[("a-b.yaml", text.as_str()), ("c.yaml", text.as_str())],
            &Options { tests, ..Options::default() },
        );
        let made = imported.topologies.iter().map(|made| made.path.clone()).collect::<Vec<_>>();
        (made, imported)
    };
    let test = |inside: &str| format!("perf/test_perf_sanity.py::test_e2e[{inside}]");
    for (inside, path, mode) in [
        ("disagg_upload-e2e-a-b", "a-b.kdl", "e2e"),
        ("disagg-gen_only-a-b", "gen_only-a-b.kdl", "gen_only"),
        ("aggr-ctx_only-a-b", "ctx_only-a-b.kdl", "ctx_only"),
        ("disagg-a-b", "a-b.kdl", "e2e"),
    ] {
        let (paths, imported) = made(&test(inside));
        assert_eq!(paths, [path], "{inside}");
        assert_eq!(plan_of(&imported, path, &[]).mode, mode, "{inside}");
    }
    let (_, imported) = made(&test("disagg-gen_only-a-b"));
    let plan = plan_of(&imported, "gen_only-a-b.kdl", &[]);
    let loads: Vec<_> =
        plan.steps.iter().filter_map(|step| step.load.as_ref()).map(|load| load.concurrency).collect();
    assert_eq!(loads, [Some(4)], "the first concurrency alone");
}

#[test]
fn what_topologies_share_has_a_file() {
    let other = RECIPE.replace("B: y", "B: z").replace("name: r", "name: s");
    let files = [("a.yaml", RECIPE), ("below/b.yaml", other.as_str())];
    let apart = imported(&files, &Options::default());
    let mut factored = imported(&files, &Options { factor: true, ..Options::default() });
    let text = |path: &str| &factored.files.iter().find(|file| file.path == path).expect("written").text;
    assert!(text("common.kdl").contains("env \"ctx\" \"gen\" { A 1 }"), "{}", text("common.kdl"));
    assert!(text("below/b.kdl").contains("use \"../common.kdl\"") && !text("below/b.kdl").contains("A 1"));
    for path in ["a.kdl", "below/b.kdl"] {
        let plan = |imported: &Imported| {
            let plan = plan_of(imported, path, &[]);
            (plan.roles, plan.configs, plan.steps)
        };
        assert_eq!(plan(&apart), plan(&factored), "{path}");
    }
    let verified = verify(&mut factored, &Stdlib::embedded());
    assert!(verified.iter().all(|one| one.differences == 0), "{:#?}", factored.diagnostics);
}
