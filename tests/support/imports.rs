//! What tests of `import` need.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use disaggc::Request;
use disaggc::diagnostic::Severity;
use disaggc::import::{Imported, Input, Options, import};
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;

pub fn imported(files: &[(&str, &str)], options: &Options) -> Imported {
    let input = |(name, text): &(&str, &str)| Input {
        name: (*name).to_owned(),
        path: name.trim_end_matches(".yaml").to_owned(),
        text: (*text).to_owned(),
    };
    let inputs: Vec<Input> = files.iter().map(input).collect();
    import(&inputs, options, &Stdlib::embedded())
}

/// The text of the one topology of one file without errors, and what was found.
pub fn topology(text: &str) -> (String, Vec<String>) {
    let imported = imported(&[("one.yaml", text)], &Options::default());
    let found = codes(&imported);
    let file = imported.files.iter().find(|file| file.path == "one.kdl");
    (file.unwrap_or_else(|| panic!("{found:?}")).text.clone(), found)
}

/// Codes, and what the first label marks.
pub fn codes(imported: &Imported) -> Vec<String> {
    let code = |d: &disaggc::diagnostic::Diagnostic| {
        let marked = d.labels.first().map_or("", |label| imported.sources.text(label.span));
        format!("{} {}", d.code, marked.lines().next().unwrap_or_default())
    };
    imported.diagnostics.iter().map(code).collect()
}

/// Compiles what was written, with a value for whatever the site leaves open.
pub fn plan_of(imported: &Imported, path: &str, sets: &[&str]) -> Plan {
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
pub fn corpus() -> Option<PathBuf> {
    let folder = super::top().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent, so no real configuration was imported", folder.display());
    None
}

pub fn yaml_below(folder: &Path) -> Vec<Input> {
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

pub const BENCHMARK: &str = "\
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

pub const RECIPE: &str = "\
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

pub const RECIPE_2: &str = "\
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
