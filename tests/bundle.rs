//! Bundles as files: snapshots of whole ones, scripts under shellcheck, YAML as PyYAML reads it, and the
//! same bytes wherever they are made.

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use disaggc::bundle::File;
use disaggc::stdlib::Stdlib;
use serde_json::Value;
use support::{example_names, files_of, top, write_files};

fn bundle_of(example: &str) -> Vec<File> {
    let text = fs::read_to_string(top().join("examples").join(example).join("topo.kdl")).expect("there");
    files_of(&text, &Stdlib::embedded())
}

/// All that a person reads of a bundle; `runtime/` is the same in each, and plan.json has its own.
#[test]
fn whole_bundles() {
    for example in ["quickstart", "deepseek-r1", "one-gpu"] {
        let mut shown = String::new();
        for file in bundle_of(example) {
            let own = !file.path.starts_with("runtime/")
                && !file.path.ends_with(".json")
                && !file.path.ends_with(".py");
            let mode = if file.executable { " (executable)" } else { "" };
            shown += &format!("──── {}{mode}\n", file.path);
            if own {
                shown += &file.content;
            }
        }
        snapshot(example, &shown);
    }
}

#[test]
fn plan_of_odd_shapes() {
    let files = bundle_of("odd-shapes");
    let plan = files.iter().find(|f| f.path == "plan.json").expect("in every bundle");
    snapshot("odd-shapes-plan", &plan.content);
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(top().join("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// No rule is switched off: neither on the command line nor in a script.
#[test]
fn shellcheck_finds_nothing() {
    let checker = Command::new("shellcheck").arg("--version").output();
    if checker.is_err() {
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "shellcheck is missing");
        eprintln!("SKIPPED: shellcheck is not installed");
        return;
    }
    // What `runtime/` has in one bundle it has in the next.
    let mut checked = HashSet::new();
    for example in example_names() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = bundle_of(&example);
        write_files(folder.path(), &files);
        let scripts: Vec<&str> = files
            .iter()
            .filter(|f| f.path.ends_with(".sh") || f.path == "job.sbatch")
            .filter(|f| {
                !f.path.starts_with("runtime/") || checked.insert((f.path.clone(), f.content.clone()))
            })
            .map(|f| f.path.as_str())
            .collect();
        assert!(scripts.len() > 2 && checked.len() > 10, "{scripts:?}");
        for file in &files {
            assert!(!file.content.contains("shellcheck disable"), "{}", file.path);
        }
        let output = Command::new("shellcheck")
            .args(["--external-sources", "--norc"])
            .args(&scripts)
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// What PyYAML reads from a file, as JSON.
fn pyyaml(path: &Path) -> Value {
    let program =
        "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))";
    let output =
        Command::new("/usr/bin/python3").args(["-c", program]).arg(path).output().expect("python3 runs");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// plan.json's data of a configuration, with nodes named n0, n1, …
fn expand(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("word") => {
            let part = |p: &Value| match p.as_str() {
                Some(text) => text.to_owned(),
                None => format!("n{}", p["runtime"]["node"]),
            };
            Value::String(map["word"].as_array().expect("a list").iter().map(part).collect())
        }
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), expand(v))).collect(),
        Value::Array(items) => items.iter().map(expand).collect(),
        other => other.clone(),
    }
}

#[test]
fn pyyaml_reads_what_is_planned() {
    for example in example_names() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = bundle_of(&example);
        write_files(folder.path(), &files);
        let text = fs::read(folder.path().join("plan.json")).expect("in every bundle");
        let plan: Value = serde_json::from_slice(&text).expect("JSON");
        let configs = plan["configs"].as_array().expect("a list");
        // Tests make the engine's files themselves, and Dynamo's mocker has none.
        assert_eq!(configs.is_empty(), ["perf-sanity", "dynamo"].contains(&example.as_str()));
        for config in configs {
            let name = config["name"].as_str().expect("text");
            let mut path = folder.path().join(format!("config/{name}.yaml"));
            if !path.exists() {
                fill(folder.path(), name, &plan);
                path = folder.path().join(format!("{name}.yaml"));
            }
            assert_eq!(pyyaml(&path), expand(&config["data"]), "{example}: {name}");
        }
    }
}

/// Fills a file in as the job does: with the call in job.sbatch.
fn fill(bundle: &Path, name: &str, plan: &Value) {
    let script = fs::read_to_string(bundle.join("job.sbatch")).expect("there");
    let start = script.find(&format!("fill_config {name} ")).expect("the job fills it");
    let call: Vec<&str> = script[start..]
        .lines()
        .scan(true, |more, line| {
            let this = *more;
            *more = line.ends_with('\\');
            this.then_some(line)
        })
        .collect();
    let nodes: Vec<String> =
        (0..plan["nodes"].as_u64().expect("a number")).map(|n| format!("n{n}")).collect();
    let program = format!(
        "set -u; DISAGGC_BUNDLE=. DISAGGC_RUN=out; mkdir -p out/config; nodes=({}); . runtime/fill.sh\n{}\nmv out/config/{name}.yaml {name}.yaml",
        nodes.join(" "),
        call.join("\n"),
    );
    let status = Command::new("bash").args(["-c", &program]).current_dir(bundle).status().expect("bash runs");
    assert!(status.success());
}

/// Examples whose page says that a published file is where their numbers come from.
const PUBLISHED: [(&str, &str); 6] = [
    ("deepseek-r1", "trtllm/gb200_deepseek-r1-fp4_1k1k_con2048_ctx2_dep4_gen1_dep16_eplb0_mtp3_ccb-NIXL"),
    (
        "deepseek-r1-128k8k",
        "trtllm/gb200_deepseek-r1-fp4_128k8k_con128_ctx1_pp8_gen1_dep16_eplb0_mtp1_ccb-NIXL",
    ),
    ("gpt-oss", "trtllm/gb200_gpt-oss-120b-fp4_1k1k_con512_ctx1_tp1_gen1_dep2_eplb0_mtp0_ccb-UCX"),
    ("qwen3-235b", "trtllm/Qwen3-235B-A22B-FP4_016"),
    ("deepseek-r1-8k1k", "srt-slurm/trtllm/gb200-fp4/8k1k/mtp/ctx8_gen1_dep32_batch16_eplb0_mtp3"),
    ("deepseek-r1-h100", "srt-slurm/trtllm/h100-fp8/8k1k/stp/ctx2_gen1_dep16_batch16_eplb0_mtp0"),
];

/// The engine's files of an example are those of the published one.
#[test]
fn examples_equal_the_published_configurations() {
    let corpus = top().join("../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: {} is absent, so no published configuration was compared", corpus.display());
        return;
    }
    for (example, published) in PUBLISHED {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_files(folder.path(), &bundle_of(example));
        let published = pyyaml(&corpus.join(format!("{published}.yaml")));
        for (role, recipes) in [("ctx", "prefill"), ("gen", "decode")] {
            let mut ours = pyyaml(&folder.path().join(format!("config/{role}_config.yaml")));
            let mut published = match &published["worker_config"][role] {
                Value::Null => published["backend"]["trtllm_config"][recipes].clone(),
                config => config.clone(),
            };
            for config in [&mut ours, &mut published] {
                // What the engine takes where a file says nothing, and some files say.
                let config = config.as_object_mut().expect("a map");
                config.entry("context_parallel_size").or_insert(1.into());
                for key in ["enable_attention_dp", "enable_chunked_prefill", "enable_lm_head_tp_in_adp"] {
                    config.entry(key).or_insert(false.into());
                }
            }
            let config = published.as_object_mut().expect("a map");
            if example == "qwen3-235b" {
                // This model predicts one token at a time, and a graph is never larger than the batch.
                config.remove("speculative_config").expect("of MTP");
                if let Some(graphs) = config["cuda_graph_config"].get_mut("batch_sizes") {
                    graphs.as_array_mut().expect("a list").retain(|size| size.as_u64() <= Some(32));
                }
            }
            // The files are of the line after 1.2. Before it MTP overwrites one with the other.
            if let Some(Value::Object(speculation)) = config.get_mut("speculative_config")
                && let Some(layers) = speculation.remove("max_draft_len")
            {
                speculation.insert("num_nextn_predict_layers".to_owned(), layers);
            }
            assert_eq!(ours, published, "{example}: {role}");
        }
    }
}

#[test]
fn the_same_bytes_from_everywhere() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let source = scratch.path().join("deep/folder");
    fs::create_dir_all(&source).expect("writable");
    let example = top().join("examples/deepseek-r1/topo.kdl");
    fs::copy(example, source.join("topo.kdl")).expect("writable");
    let build = |from: &Path, file: &str, output: &str| {
        let output = scratch.path().join(output);
        let run = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .args(["build", file, "-o"])
            .arg(&output)
            .current_dir(from)
            .output()
            .expect("it runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        contents(&output)
    };
    let absolute = source.join("topo.kdl");
    let first = build(&source, "topo.kdl", "a");
    assert!(first.len() > 30);
    assert_eq!(first, build(scratch.path(), "deep/folder/topo.kdl", "b"));
    assert_eq!(first, build(Path::new("/"), absolute.to_str().expect("UTF-8"), "c"));
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").display().to_string();
                files.push((name, fs::read(&path).expect("readable")));
            }
        }
    }
    files.sort();
    files
}
