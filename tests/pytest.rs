//! Real pytest on a private Slurm: a test module with the ids and roles of the engine's own, workers behind
//! the launcher, each mode, a failing test and a failing preparation. The local form runs in `tests/examples/`.

mod support;

use std::fs;

use serde_json::Value;
use support::rehearsal::{Rehearsal, rehearse};

/// Where `tests/pytest_harness/install` puts pytest.
fn pytest() -> Option<String> {
    let folder = support::top().join("target/pytest-harness/bin");
    if folder.join("pytest").exists() {
        return Some(folder.canonicalize().expect("exists").to_str().expect("UTF-8").to_owned());
    }
    assert!(
        std::env::var_os("DISAGGC_NO_SKIPS").is_none(),
        "pytest is not installed in {}",
        folder.display()
    );
    eprintln!("SKIPPED: pytest is not in {}: see tests/pytest_harness/install", folder.display());
    None
}

const SHAPE_B: &str = "ctx tp=1\n gen tp=2 { config { max_batch_size 8 } }";

/// Rehearses servers of a shape, with more nodes of the topology and more fields of the harness.
fn run(name: &str, servers: &str, more: &str, harness: &str) -> Option<Rehearsal> {
    let path = pytest()?;
    let source = support::top().join("tests/pytest_harness/src").canonicalize().expect("exists");
    let text = format!(
        "use \"cluster/gb200-nvl72\"\nuse \"engine/trtllm\"\ntopology \"{name}\" {{\n model \"tiny\"\n {servers}\n server\n \
         env {{ PYTHONDONTWRITEBYTECODE 1; TRTLLM_TEST_SERVER_READY_TIMEOUT 100 }}\n {more}\n \
         harness \"pytest\" {{ source \"{}\"; models \"/models\"; timeout 200; {harness} }}\n}}\n",
        source.display(),
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let topology = folder.path().join("topo.kdl");
    fs::write(&topology, text).expect("writable");
    // A checkout below /tmp would be hidden from the nodes, which have a /tmp of their own.
    let checkout = support::top().canonicalize().expect("exists");
    let checkout = checkout.to_str().expect("UTF-8");
    rehearse(&[topology.to_str().expect("UTF-8"), "--path", &path, "--share", checkout])
}

fn read(rehearsal: &Rehearsal, path: &str) -> String {
    let path = rehearsal.run_folder().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}\n{}", path.display(), rehearsal.said))
}

fn names(result: &Value) -> Vec<&str> {
    result["steps"].as_array().expect("a list").iter().filter_map(|s| s["name"].as_str()).collect()
}

/// Shape (b), the form of a pipeline: a list of tests, a stage, the launcher of the source tree.
#[test]
fn the_pipelines_form_on_one_node() {
    let list = support::top().join("target/pytest-list.txt");
    fs::write(&list, "perf/test_perf_sanity.py::test_e2e[disagg_upload-e2e-shape-b] TIMEOUT (5)\n")
        .expect("writable");
    let list = list.canonicalize().expect("exists");
    let harness =
        format!("form \"jenkins\"; test-list \"{}\"; splits 1; group 1; config \"shape-b\"", list.display());
    let Some(rehearsal) = run("shape-b", SHAPE_B, "", &harness) else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    let stage = "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU1-GEN1-NODE1-GPU2";
    assert!(read(&rehearsal, &format!("{stage}/results.xml")).contains(stage));
    assert!(read(&rehearsal, &format!("{stage}/report.csv")).contains("shape-b"));
}

#[test]
fn generation_only() {
    let more = "benchmark mode=\"gen_only\" { isl 16; osl 8; concurrency 4 }";
    let Some(rehearsal) = run("gen-only", SHAPE_B, more, "config \"shape-b\"") else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    assert!(read(&rehearsal, "results.xml").contains("disagg_upload-gen_only-shape-b"));
}

/// No context server, and no node for one.
#[test]
fn generation_without_context() {
    let more = "benchmark mode=\"gen_only_no_context\" { isl 16; osl 8; concurrency 4 }";
    let Some(rehearsal) = run("no-context", SHAPE_B, more, "config \"shape-b\"") else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    assert_eq!(names(&rehearsal.result()), ["gen_0", "server", "benchmark"]);
}

/// One aggregated test is server and client in one.
#[test]
fn context_only() {
    let more = "benchmark mode=\"ctx_only\" { isl 16; osl 8; concurrency 4 }";
    let Some(rehearsal) = run("ctx-only", SHAPE_B, more, "config \"shape-b\"") else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    assert_eq!(names(&rehearsal.result()), ["agg_0"]);
    assert!(read(&rehearsal, "results.xml").contains("aggr_upload-ctx_only-shape-b"));
    assert!(read(&rehearsal, "disagg_workspace/report.csv").contains("aggr_upload-ctx_only-shape-b"));
}

#[test]
fn a_failing_benchmark_is_named() {
    let more = "env \"benchmark\" { PERF_HARNESS_FAIL \"BENCHMARK\" }";
    let Some(rehearsal) = run("failing", SHAPE_B, more, "config \"shape-b\"") else { return };
    rehearsal.assert_cause("benchmark", "code 1");
    // The servers' tests end well, and later: their files are not the benchmark's.
    assert!(
        read(&rehearsal, "results.xml").contains("failures=\"1\""),
        "{}",
        read(&rehearsal, "results.xml")
    );
    assert!(read(&rehearsal, "disagg_workspace/results-gen_0.xml").contains("failures=\"0\""));
}

#[test]
fn a_failing_server_is_named() {
    let more = "env \"gen\" { PERF_HARNESS_FAIL \"GEN_0\" }";
    let Some(rehearsal) = run("failing-gen", SHAPE_B, more, "config \"shape-b\"") else { return };
    rehearsal.assert_cause("gen_0", "code 1");
}

#[test]
fn a_failing_preparation_is_named() {
    let more = "prepare { run \"bash\" \"-c\" \"echo cannot install; exit 3\" }";
    let Some(rehearsal) = run("failing-prepare", SHAPE_B, more, "config \"shape-b\"") else { return };
    rehearsal.assert_cause("prepare", "cannot install");
    let result = rehearsal.result();
    let started: Vec<&Value> =
        result["steps"].as_array().expect("a list").iter().filter(|s| !s["started"].is_null()).collect();
    assert_eq!(started.len(), 1, "{result}");
}
