//! `disaggc import`: today's configurations come over without loss, and provably so.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use disaggc::Request;
use disaggc::diagnostic::Severity;
use disaggc::import::verify::verify;
use disaggc::import::{Imported, Input, Options, import};
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;
use serde::Deserialize;
use support::{Texts, compile_files};

fn imported(files: &[(&str, &str)], options: &Options) -> Imported {
    let input = |(name, text): &(&str, &str)| Input {
        name: (*name).to_owned(),
        path: name.trim_end_matches(".yaml").to_owned(),
        text: (*text).to_owned(),
    };
    let inputs: Vec<Input> = files.iter().map(input).collect();
    import(&inputs, options, &Stdlib::embedded())
}

/// The text of the one topology of one file without errors, and what was found.
fn topology(text: &str) -> (String, Vec<String>) {
    let imported = imported(&[("one.yaml", text)], &Options::default());
    let found = codes(&imported);
    let file = imported.files.iter().find(|file| file.path == "one.kdl");
    (file.unwrap_or_else(|| panic!("{found:?}")).text.clone(), found)
}

/// Codes, and what the first label marks.
fn codes(imported: &Imported) -> Vec<String> {
    let code = |d: &disaggc::diagnostic::Diagnostic| {
        let marked = d.labels.first().map_or("", |label| imported.sources.text(label.span));
        format!("{} {}", d.code, marked.lines().next().unwrap_or_default())
    };
    imported.diagnostics.iter().map(code).collect()
}

/// Compiles what was written, with a value for whatever the site leaves open.
fn plan_of(imported: &Imported, path: &str, sets: &[&str]) -> Plan {
    let mut files = BTreeMap::new();
    for file in &imported.files {
        let folder = "up/".repeat(10);
        files.insert(format!("{folder}{}", file.path), filled(&file.text));
    }
    let texts = Normal(files);
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    let request = Request { main: format!("{}{path}", "up/".repeat(10)), sets, ..Request::default() };
    let compilation = disaggc::compile(&request, &texts, &Stdlib::embedded());
    let errors: Vec<_> = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{path}: {errors:#?}");
    compilation.plan.expect("a plan")
}

/// A site's file with what its person would write.
fn filled(text: &str) -> String {
    let line = |line: &str| match line.trim_start().split([' ', '"']).find(|word| !word.is_empty()) {
        Some("partition" | "account") => line.replace("#null", "\"a\""),
        Some("container_mount") => line.replace("#null", "\"/open\""),
        _ => line.replace("#null", "\"/open/x\""),
    };
    let (before, after) = text.split_once("site {").unwrap_or((text, ""));
    match after.split_once("\n}") {
        Some((inside, rest)) => {
            format!("{before}site {{{}\n}}{rest}", inside.lines().map(line).collect::<Vec<_>>().join("\n"))
        }
        None => text.to_owned(),
    }
}

/// Files whose paths may lead up.
struct Normal(BTreeMap<String, String>);

impl disaggc::source::Files for Normal {
    fn read(&self, path: &str) -> Result<String, String> {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." => {}
                part => parts.push(part),
            }
        }
        self.0.get(&parts.join("/")).cloned().ok_or_else(|| format!("{path} is not there"))
    }
}

/// The folder of real configurations, or a visible note that it isn't there.
fn corpus() -> Option<PathBuf> {
    let folder = support::top().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent, so no real configuration was imported", folder.display());
    None
}

fn yaml_below(folder: &Path) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                let below = path.strip_prefix(folder).expect("below").with_extension("");
                let text = fs::read_to_string(&path).expect("UTF-8");
                inputs.push(Input {
                    name: path.to_string_lossy().into_owned(),
                    path: below.to_string_lossy().into_owned(),
                    text,
                });
            }
        }
    }
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    inputs
}

#[derive(Deserialize)]
struct Expected {
    nodes_declared: u32,
    nodes_whole_node_rule: u32,
}

/// All published recipes come over, compile to what they say, and take the nodes that are expected.
#[test]
fn recipes_come_over_without_loss() {
    let Some(folder) = corpus() else { return };
    let text = fs::read_to_string(folder.join("srt-slurm.expected.json")).expect("readable");
    let expected: BTreeMap<String, Expected> = serde_json::from_str(&text).expect("as its README says");
    let inputs = yaml_below(&folder.join("srt-slurm"));
    assert!(inputs.len() > 150, "{}", inputs.len());
    let mut imported = import(&inputs, &Options::default(), &Stdlib::embedded());
    let verified = verify(&mut imported, &Stdlib::embedded());
    let errors: Vec<_> = imported.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!((imported.failed, imported.topologies.len(), verified.len()), (0, inputs.len(), inputs.len()));
    // What has no place is known, and said of every file that has it.
    let mut said: BTreeMap<&str, u32> = BTreeMap::new();
    for diagnostic in imported.diagnostics.iter() {
        *said.entry(diagnostic.message.split('`').nth(1).unwrap_or(diagnostic.code)).or_default() += 1;
    }
    println!("{} recipes; without a place: {said:?}", inputs.len());
    let known = [
        "benchmark.num_warmup_mult",
        "benchmark.random_range_ratio",
        "frontend.nginx_container",
        "infra.etcd_nats_dedicated_node",
    ];
    assert_eq!(said.keys().copied().collect::<Vec<_>>(), known);
    let (mut packed, mut declared) = (0, 0);
    for (input, made) in inputs.iter().zip(&imported.topologies) {
        let plan = plan_of(&imported, &made.path, &[]);
        assert!(plan.placement.dedicated.is_none(), "{}", made.path);
        let Some(expected) = expected.get(&format!("{}.yaml", input.path)) else { continue };
        let whole = plan_of(&imported, &made.path, &["placement=whole-nodes"]);
        assert_eq!(whole.nodes, expected.nodes_whole_node_rule, "{}", made.path);
        assert!(plan.nodes <= expected.nodes_declared, "{}", made.path);
        packed += plan.nodes;
        declared += expected.nodes_declared;
    }
    println!("{packed} nodes, {declared} declared");
}

#[test]
fn benchmark_configurations_come_over_without_loss() {
    let Some(folder) = corpus() else { return };
    let inputs = yaml_below(&folder.join("trtllm"));
    let mut imported = import(&inputs, &Options::default(), &Stdlib::embedded());
    let verified = verify(&mut imported, &Stdlib::embedded());
    assert_eq!((imported.failed, verified.len()), (0, inputs.len()));
    assert!(verified.iter().all(|one| one.differences == 0), "{:#?}", imported.diagnostics);
    for made in &imported.topologies {
        plan_of(&imported, &made.path, &[]);
    }
}

const BENCHMARK: &str = "\
slurm: {partition: <partition>, account: research, job_time: 01:00:00, job_name: <job_name>, numa_bind: false}
benchmark: {mode: e2e, use_nv_sa_benchmark: false, multi_round: 8, streaming: true, concurrency_list: '4 8',
  input_length: 128, output_length: 64, dataset_file: <dataset_file>}
hardware: {gpus_per_node: 4, num_ctx_servers: 1, num_gen_servers: 2}
environment:
  container_mount: '/lustre:/lustre,/a:/b'
  container_image: nvcr.io#nvidia/tensorrt-llm/release:1.2.0
  model_path: /lustre/models/tiny
  work_dir: /lustre/runs
  worker_env_var: A=1 B='x y'
  ctx_worker_env_var: A=2
  server_env_var: ''
worker_config:
  ctx: {tensor_parallel_size: 1, max_batch_size: 4, disable_overlap_scheduler: true,
    cache_transceiver_config: {backend: DEFAULT}}
  gen: {tensor_parallel_size: 2, moe_expert_parallel_size: 1, enable_attention_dp: false, max_batch_size: 8,
    cache_transceiver_config: {backend: DEFAULT}}
";

#[test]
fn a_benchmark_file_reads_as_if_a_person_had_written_it() {
    let imported = imported(&[("one.yaml", BENCHMARK)], &Options::default());
    assert_eq!(codes(&imported), Vec::<String>::new());
    let text = |path: &str| &imported.files.iter().find(|file| file.path == path).expect("written").text;
    assert_eq!(
        text("one.kdl"),
        r#"// Imported from one.yaml.
use "./site.kdl"
use "engine/trtllm"

topology "one" {
    model "tiny" path=(site)"tiny"
    container "nvcr.io/nvidia/tensorrt-llm/release:1.2.0"
    slurm time="01:00:00"

    env "ctx" "gen" { B "x y" }

    ctx {
        env { A 2 }
        config { max_batch_size 4 }
    }

    gen replicas=2 tp=2 ep=1 attention-dp=#false {
        env { A 1 }
        config { max_batch_size 8 }
    }

    server
    benchmark { isl 128; osl 64; concurrency 4 8; dataset (site)"dataset_file" }
}
"#
    );
    assert_eq!(
        text("site.kdl"),
        r#"// What belongs to the site, for all topologies beside this file and below.
use "cluster/local"

// Still to be filled in: what is #null. `disaggc check` names it until then.
site {
    dataset_file #null // benchmark.dataset_file
    partition #null // slurm.partition
    tiny "/lustre/models/tiny" // environment.model_path
}

cluster "site" extends="local" {
    pyxis #true
    run-folder "/lustre/runs"
    slurm account="research" partition=(site)"partition"
    container { mount "/lustre"; mount "/a" to="/b" }
}
"#
    );
    // `check` names what is open, and nothing else.
    let files =
        imported.files.iter().map(|f| (f.path.replace("one.kdl", "topo.kdl"), f.text.clone())).collect();
    let compilation = compile_files(&Texts(files), Request::default());
    let found: Vec<&str> = compilation.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(found, ["site/open", "site/open"], "{:#?}", compilation.diagnostics);
    let plan = plan_of(&imported, "one.kdl", &[]);
    assert_eq!((plan.nodes, plan.run_folder.as_deref()), (2, Some("/lustre/runs")));
}

/// The shapes that the file has had: a value each, and what becomes of it.
#[test]
fn shapes_of_benchmark_files() {
    let table = [
        ("concurrency_list: '4 8'", "concurrency_list: [16, 32]", "concurrency 16 32"),
        ("concurrency_list: '4 8'", "concurrency_list: 16", "concurrency 16"),
        ("concurrency_list: '4 8'", "concurrency_list: '1-3'", "concurrency 1 2 3"),
        ("concurrency_list: '4 8'", "concurrency_list: '1,2'", "concurrency 1 2"),
        ("mode: e2e", "mode: gen_only_no_context", "benchmark mode=\"gen_only_no_context\""),
        ("streaming: true", "streaming: false", "streaming #false"),
        ("multi_round: 8", "multi_round: 3", "rounds 3"),
        ("work_dir: /lustre/runs", "trtllm_wheel_path: /x.whl", "prepare { wheel \"/x.whl\" }"),
        ("work_dir: /lustre/runs", "trtllm_repo: /src", "prepare { editable \"/src\" }"),
        (
            "worker_config:",
            "profiling: {nsys_on: true, ctx_profile_range: 5-9}\nworker_config:",
            "profile \"nsys\" range=\"5-9\"",
        ),
        (
            "worker_config:",
            "profiling: {nsys_on: true}\nworker_config:",
            "profile \"nsys\" range=\"200-250\"",
        ),
        ("  input_length: 128, output_length: 64,", "", "isl 128"),
        (
            "worker_config:",
            "accuracy: {enable_accuracy_test: true, tasks: 'gsm8k,mmlu', model_args_extra: 'max_gen_toks=5,a=true'}\nworker_config:",
            "model-args max_gen_toks=5 a=#true",
        ),
        (
            "worker_config:",
            "accuracy:\n  enable_accuracy_test: true\n  tasks: {gsm8k: {model: local-chat-completions}}\nworker_config:",
            "task \"gsm8k\" { model \"local-chat-completions\" }",
        ),
    ];
    for (old, new, expected) in table {
        let text = BENCHMARK.replace(old, new);
        let text = match new {
            "" => format!("{text}sequence: {{input_length: 128, output_length: 64}}\n"),
            _ => text,
        };
        let (written, found) = topology(&text);
        assert!(written.contains(expected), "{new}: {written}");
        assert_eq!(found, Vec::<String>::new(), "{new}");
    }
}

/// Each line of a file has a comment of its own, and all of them are somewhere in what is written.
#[test]
fn no_comment_is_lost() {
    let benchmark = "slurm:\n  partition: <p>\n  account: a\n  extra_args: '--gres=gpu:4 --exclude=n1'\n  job_name: x\n\
                     benchmark:\n  mode: e2e\n  use_nv_sa_benchmark: false\n  multi_round: 8\n  concurrency_list:\n  - 4\n  input_length: 8\n  \
                     output_length: 8\n\
                     hardware:\n  gpus_per_node: 4\n  num_ctx_servers: 1\n  num_gen_servers: 1\n\
                     environment:\n  container_mount: /a:/a\n  container_image: r/i:1\n  model_path: /a/m\n  build_wheel: true\n  \
                     worker_env_var: A=1\n  server_env_var: ''\n\
                     profiling:\n  nsys_on: false\naccuracy:\n  enable_accuracy_test: false\n  tasks: gsm8k\n\
                     worker_config:\n  gen:\n    tensor_parallel_size: 1\n    max_batch_size: 4\n    cuda_graph_config:\n      \
                     batch_sizes:\n      - 1\n      - 2\n  ctx:\n    kv_cache_config:\n      dtype: fp8\n    disable_overlap_scheduler: true\n";
    for (what, text) in [("benchmark", benchmark), ("recipe", RECIPE), ("roles", RECIPE_2)] {
        let mut commented = String::new();
        for (number, line) in text.lines().enumerate() {
            let indent = &line[..line.len() - line.trim_start().len()];
            commented.push_str(&format!("{indent}# above {number}.\n{line} # behind {number}.\n"));
        }
        commented.push_str("# at the end.\n");
        let imported = imported(&[("one.yaml", commented.as_str())], &Options::default());
        assert!(!imported.diagnostics.has_errors(), "{what}: {:#?}", imported.diagnostics);
        let written: String = imported.files.iter().map(|file| file.text.as_str()).collect();
        let all = (0..text.lines().count()).flat_map(|n| [format!("above {n}."), format!("behind {n}.")]);
        let lost: Vec<String> =
            all.chain(["at the end.".to_owned()]).filter(|c| !written.contains(c.as_str())).collect();
        assert_eq!(lost, Vec::<String>::new(), "{what}\n{commented}\n{written}");
    }
}

/// Every key that finds no place is reported where it stands.
#[test]
fn nothing_is_dropped_silently() {
    let table = [
        ("streaming: true", "streeming: true", "import/unknown-key streeming"),
        ("worker_config:", "wat: {a: 1}\nworker_config:", "import/unknown-key wat"),
        ("work_dir: /lustre/runs", "build_wheel: true", "import/not-used build_wheel: true"),
        (
            "use_nv_sa_benchmark: false",
            "use_nv_sa_benchmark: true",
            "import/not-used use_nv_sa_benchmark: true",
        ),
        ("num_gen_servers: 2", "num_gen_servers: two", "import/value two"),
        ("concurrency_list: '4 8'", "concurrency_list: many", "import/value many"),
        ("streaming: true", "streaming: true, streaming: false", "import/duplicate streaming"),
        ("job_time: 01:00:00", "job_time: 10:00:00", "import/text 10:00:00"),
        ("A=1 B='x y'", "A=1 B", "import/value A=1 B"),
        ("max_batch_size: 8", "max_batch_size: .inf", "import/value .inf"),
    ];
    for (old, new, expected) in table {
        let imported = imported(&[("one.yaml", &BENCHMARK.replace(old, new))], &Options::default());
        assert_eq!(codes(&imported), [expected], "{new}");
        let refused = expected.starts_with("import/value");
        assert_eq!(imported.diagnostics.has_errors(), refused, "{new}");
    }
}

/// One file that can't be imported is one clear finding, and the rest goes on.
#[test]
fn a_folder_goes_on() {
    let other = "name: a\nmodel: {path: m, container: c, precision: fp8}\nresources: {gpu_type: h100}\nbackend: {type: sglang}\n";
    let files = [
        ("a.yaml", other),
        ("b.yaml", "- 1\n"),
        ("c.yaml", "x: [\n"),
        ("d.yaml", "foo: 1\nhardware: {}\n"),
        ("e.yaml", BENCHMARK),
    ];
    let imported = imported(&files, &Options::default());
    assert_eq!((imported.failed, imported.topologies.len()), (4, 1));
    let found = codes(&imported);
    let starts: Vec<&str> = found.iter().map(|found| found.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(starts, ["import/engine", "import/format", "import/yaml", "import/format"], "{found:?}");
    assert_eq!(found[0], "import/engine sglang");
}

const RECIPE: &str = "\
name: r
model: {path: alias, container: image, precision: fp8}
resources: {gpu_type: h100, gpus_per_node: 8, prefill_nodes: 1, prefill_workers: 2, gpus_per_prefill: 4, decode_nodes: 2, decode_workers: 1}
backend:
  type: trtllm
  prefill_environment: {A: '1', B: x}
  decode_environment: {A: '1', B: y}
  trtllm_config:
    prefill: {tensor_parallel_size: 4, cache_transceiver_config: {backend: UCX}, disable_overlap_scheduler: true}
    decode: {tensor_parallel_size: 8, pipeline_parallel_size: 2, cache_transceiver_config: {backend: UCX}}
frontend: {type: dynamo, enable_multiple_frontends: false}
dynamo: {install: false, request_plane: nats}
benchmark: {type: sa-bench, isl: 128, osl: 64, concurrencies: '4x8', req_rate: inf}
health_check: {max_attempts: 360, interval_seconds: 10}
";

const RECIPE_2: &str = "\
schema: 2
name: r
model: {path: alias, container: image, precision: fp8}
resources: {gpu_type: h100, gpus_per_node: 8}
engine: trtllm
roles:
  prefill:
    nodes: 1
    workers: 2
    gpus: 4
    env: {A: '1', B: x}
    args: {tensor_parallel_size: 4, cache_transceiver_config: {backend: UCX}, disable_overlap_scheduler: true}
  decode:
    nodes: 2
    workers: 1
    env: {A: '1', B: y}
    args: {tensor_parallel_size: 8, pipeline_parallel_size: 2, cache_transceiver_config: {backend: UCX}}
services:
- {name: etcd, type: etcd}
- {name: nats, type: nats}
frontend: {type: dynamo, enable_multiple_frontends: false}
dynamo: {install: false, request_plane: nats}
benchmark: {type: sa-bench, isl: 128, osl: 64, concurrencies: [4, 8], req_rate: inf}
health_check: {max_attempts: 360, interval_seconds: 10}
";

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
    let option = |name: &str| plan.sbatch.iter().find(|o| o.name == name).and_then(|o| o.value.as_deref());
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

/// Every code about other tools' files has a file that makes it.
#[test]
fn every_code_is_found() {
    let recipe = "model: {path: m, container: c, precision: fp8}\nresources: {gpu_type: h100, gpus_per_prefill: 8}\n\
                  backend: {type: trtllm, trtllm_config: {prefill: {tensor_parallel_size: 4}}}\n";
    let files = [
        "a: [\n".to_owned(),
        "# nothing\n".to_owned(),
        "on: 1\n".to_owned(),
        "a: !x 1\n".to_owned(),
        "[".repeat(70) + &"]".repeat(70),
        "a: 1\na: 2\n".to_owned(),
        recipe.replace("trtllm, ", "other, "),
        format!("{recipe}wat: 1\nsetup_script: x\nname: 010\n"),
        recipe.replace("gpus_per_prefill: 8", "gpus_per_node: many"),
        format!("base: {{{}}}\nzip_override_a: {{x: [1, 2], y: [1, 2, 3]}}\n", "name: n"),
        // The engine can't hand a cache over without it, so its description sets it.
        BENCHMARK.replace("cache_transceiver_config: {backend: DEFAULT}", ""),
        recipe.replace("prefill: {", "prefill: {max_batch_size: 0, "),
    ];
    let mut found = std::collections::BTreeSet::new();
    for text in &files {
        let mut imported = imported(&[("one.yaml", text.as_str())], &Options::default());
        verify(&mut imported, &Stdlib::embedded());
        found.extend(imported.diagnostics.iter().map(|d| d.code));
    }
    let all = disaggc::check::table::all().map(|rule| rule.code).filter(|code| code.starts_with("import/"));
    let missing: Vec<&str> = all.filter(|code| !found.contains(code)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "{found:?}");
}

/// Pieces that YAML, the formats or KDL may stumble over.
const DAMAGE: [&str; 24] = [
    "",
    " ",
    "\n",
    "\t",
    ":",
    "- ",
    "[",
    "}",
    "\"",
    "'",
    "&a ",
    "*a",
    "<<: ",
    "!x ",
    "|\n",
    "#",
    "null",
    "-1",
    "1e999",
    "{a}",
    "<hole>",
    "\0",
    "\u{2028}",
    "\u{202e}é",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Whatever is damaged, there is an answer: topologies or a reason, and what is written is KDL in its layout.
    #[test]
    fn any_file_is_answered(
        which in 0..3_usize,
        edits in proptest::collection::vec((0.0..1.0_f64, 0..12_usize, 0..DAMAGE.len()), 0..5),
    ) {
        let mut text = [BENCHMARK, RECIPE, RECIPE_2][which].to_owned();
        for (place, length, piece) in edits {
            let start = text.floor_char_boundary((place * text.len() as f64) as usize);
            let end = text.ceil_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, DAMAGE[piece]);
        }
        let mut imported = imported(&[("one.yaml", text.as_str())], &Options::default());
        verify(&mut imported, &Stdlib::embedded());
        proptest::prop_assert!(!imported.topologies.is_empty() || imported.diagnostics.has_errors(), "{text}");
        for file in &imported.files {
            let formatted = disaggc::syntax::format::format(&file.text, disaggc::source::FileId(0));
            proptest::prop_assert_eq!(formatted.as_ref(), Ok(&file.text), "{}", text);
        }
    }
}

/// What is written passes `fmt --check`, and writing it again gives the same bytes.
#[test]
fn the_output_has_the_layout_and_is_the_same_each_time() {
    let files = [("one.yaml", BENCHMARK), ("two.yaml", BENCHMARK)];
    let first = imported(&files, &Options::default());
    assert_eq!(first.files, imported(&files, &Options::default()).files);
    for file in &first.files {
        let formatted =
            disaggc::syntax::format::format(&file.text, disaggc::source::FileId(0)).expect("it is KDL");
        assert_eq!(formatted, file.text);
    }
}

#[test]
fn a_difference_is_found() {
    let mut imported = imported(&[("one.yaml", BENCHMARK)], &Options::default());
    for (old, new) in [
        ("max_batch_size 4", "max_batch_size 5"),
        ("A 2", "A 3"),
        ("replicas=2", "replicas=3"),
        ("tp=2", "tp=4"),
        ("ep=1", "ep=1 cp=2"),
    ] {
        let file = imported.files.iter_mut().find(|file| file.path == "one.kdl").expect("written");
        let before = file.text.clone();
        file.text = before.replacen(old, new, 1);
        assert_ne!(file.text, before, "{old}");
        let verified = verify(&mut imported, &Stdlib::embedded());
        assert!(verified[0].differences > 0, "{old} → {new}");
        imported.files.iter_mut().find(|file| file.path == "one.kdl").expect("written").text = before;
    }
    let verified = verify(&mut imported, &Stdlib::embedded());
    assert_eq!(verified[0].differences, 0);
}
