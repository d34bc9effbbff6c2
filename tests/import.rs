//! `disaggc import`: today's configurations come over without loss, and provably so.

mod support;

use std::collections::BTreeMap;
use std::fs;

use disaggc::Request;
use disaggc::diagnostic::Severity;
use disaggc::import::verify::verify;
use disaggc::import::{Options, import};
use disaggc::stdlib::Stdlib;
use serde::Deserialize;
use support::imports::{BENCHMARK, RECIPE, RECIPE_2, codes, corpus, imported, plan_of, topology, yaml_below};
use support::{Texts, compile_files};

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
    benchmark {
        isl 128
        osl 64
        // 4 8 for each of 2 gen servers
        concurrency 8 16
        dataset (site)"dataset_file"
    }
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
        ("concurrency_list: '4 8'", "concurrency_list: [16, 32]", "concurrency 32 64"),
        ("concurrency_list: '4 8'", "concurrency_list: 16", "concurrency 32"),
        ("concurrency_list: '4 8'", "concurrency_list: '1-3'", "concurrency 2 4 6"),
        ("concurrency_list: '4 8'", "concurrency_list: '1,2'", "concurrency 2 4"),
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
