//! Bundles on a private Slurm, for real: Slurm's own processes, MPI ranks through PMIx, requests over
//! HTTP. Needs root and the packages of `tests/packages`; says so where it can't run.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// `None`, with a note, where nothing can be rehearsed on this machine.
fn disaggc(arguments: &[&str]) -> Option<Output> {
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc")).args(arguments).output().expect("it runs");
    if output.status.code() == Some(2) {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "{why}");
        eprintln!("SKIPPED: no rehearsal on this machine: {why}");
        return None;
    }
    Some(output)
}

fn example(name: &str) -> String {
    support::top().join("examples").join(name).join("topo.kdl").to_str().expect("UTF-8").to_owned()
}

/// What a rehearsal said, and what it left.
struct Rehearsal {
    said: String,
    passed: bool,
    folder: TempDir,
}

impl Rehearsal {
    fn run_folder(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn result(&self) -> Value {
        let path = self.run_folder().join("result.json");
        let text = std::fs::read(path).unwrap_or_else(|e| panic!("no result.json ({e}): {}", self.said));
        serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&text)))
    }

    fn log(&self, step: &str) -> String {
        let bytes = std::fs::read(self.run_folder().join(format!("log/{step}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// `failed`, with a cause that names the step and says `words`.
    fn assert_cause(&self, step: &str, words: &str) {
        let result = self.result();
        assert!(!self.passed, "{}", self.said);
        assert_eq!(result["verdict"], "failed", "{result}");
        assert_eq!(result["cause"]["step"], step, "{result}");
        let message = result["cause"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{message}");
    }
}

fn rehearse(arguments: &[&str]) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("run");
    let run = run.to_str().expect("UTF-8");
    let output = disaggc(&[&["rehearse", "--run-folder", run], arguments].concat())?;
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some(Rehearsal { said, passed: output.status.success(), folder })
}

/// Builds an example, lets `edit` break the bundle, and rehearses what is there then.
fn sabotage(name: &str, sets: &[&str], edit: impl FnOnce(&Path)) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = folder.path().join("bundle");
    let bundle_path = bundle.to_str().expect("UTF-8");
    let topology = example(name);
    let sets: Vec<&str> = sets.iter().flat_map(|s| ["--set", s]).collect();
    let output = disaggc(&[&["build", topology.as_str(), "-o", bundle_path], &sets[..]].concat())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    edit(&bundle);
    rehearse(&[&[topology.as_str(), "--bundle", bundle_path], &sets[..]].concat())
}

fn edit(path: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(path).expect("there");
    assert!(text.contains(old), "{} has no {old:?}", path.display());
    std::fs::write(path, text.replacen(old, new, 1)).expect("writable");
}

/// The client's numbers at each concurrency: all requests came back, with as many tokens as asked for.
fn assert_served(rehearsal: &Rehearsal, requests: &[u64], osl: u64) {
    assert!(rehearsal.passed, "{}", rehearsal.said);
    let result = rehearsal.result();
    assert_eq!(result["verdict"], "passed");
    let clients: Vec<&Value> =
        result["steps"].as_array().expect("a list").iter().filter(|s| s["part"] == "client").collect();
    assert_eq!(clients.len(), requests.len());
    for (client, requests) in clients.iter().zip(requests) {
        let metrics = &client["metrics"];
        assert_eq!(metrics["completed"], *requests, "{client}");
        assert_eq!(metrics["output_tokens"], requests * osl, "{client}");
    }
}

/// Shape (a): two context servers of four ranks and one generation server of sixteen.
#[test]
fn con2048_on_six_nodes() {
    let topology = example("deepseek-r1");
    let sets =
        ["--set", "benchmark.rounds=1", "--set", "benchmark.concurrency=64", "--set", "benchmark.osl=32"];
    let Some(rehearsal) = rehearse(&[&[topology.as_str()], &sets[..]].concat()) else { return };
    assert_served(&rehearsal, &[64], 32);
    for (step, ranks) in
        [("gen_0", "engine of 16 ranks"), ("ctx_0", "engine of 4 ranks"), ("ctx_1", "engine of 4 ranks")]
    {
        let log = rehearsal.log(step);
        assert!(log.contains(ranks), "{step}: {log}");
    }
    // Every request really went through a context and a generation server.
    assert!(rehearsal.log("ctx_0").contains("context_only"), "{}", rehearsal.log("ctx_0"));
    assert!(rehearsal.log("ctx_1").contains("context_only"), "{}", rehearsal.log("ctx_1"));
    assert!(rehearsal.log("gen_0").contains("generation_only 6"), "{}", rehearsal.log("gen_0"));
}

/// Shape (b): a context server of one rank and a generation server of two share a node.
#[test]
fn two_servers_share_one_node() {
    let topology = example("gpt-oss");
    let sets =
        ["--set", "benchmark.rounds=1", "--set", "benchmark.concurrency=32 16", "--set", "benchmark.osl=8"];
    let Some(rehearsal) = rehearse(&[&[topology.as_str()], &sets[..]].concat()) else { return };
    assert_served(&rehearsal, &[32, 16], 8);
    assert!(rehearsal.log("gen_0").contains("node1:0,1"), "{}", rehearsal.log("gen_0"));
    assert!(rehearsal.log("ctx_0").contains("node1:2"), "{}", rehearsal.log("ctx_0"));
}

/// Shape (c): a pipeline over two nodes, two servers of six ranks, and a small one on what is left.
#[test]
fn worlds_that_do_not_fill_nodes() {
    let topology = example("odd-shapes");
    let sets = ["--set", "benchmark.rounds=2", "--set", "benchmark.isl=64", "--set", "benchmark.osl=16"];
    let Some(rehearsal) = rehearse(&[&[topology.as_str()], &sets[..]].concat()) else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    for (step, placed) in [
        ("gen_0", "engine of 6 ranks (tp 6, pp 1, cp 1) on node1:0,1,2,3 node2:0,1"),
        ("gen_1", "engine of 6 ranks (tp 6, pp 1, cp 1) on node3:0,1,2,3 node2:2,3"),
        ("ctx_long_0", "engine of 8 ranks (tp 1, pp 8, cp 1) on node4:0,1,2,3 node5:0,1,2,3"),
        ("ctx_short_0", "engine of 2 ranks (tp 2, pp 1, cp 1) on node6:0,1"),
    ] {
        let log = rehearsal.log(step);
        assert!(log.contains(placed), "{step}: {log}");
    }
}

/// Shape (f): one node with one GPU: no launcher, no MPI.
#[test]
fn one_gpu_without_a_launcher() {
    let Some(rehearsal) = rehearse(&[&example("one-gpu")]) else { return };
    assert_served(&rehearsal, &[8, 32], 64);
    assert!(!rehearsal.log("agg_0").contains("llmapi-launch"), "{}", rehearsal.log("agg_0"));
}

const SMALL: [&str; 3] = ["benchmark.rounds=1", "benchmark.concurrency=8", "benchmark.osl=8"];

#[test]
fn a_worker_without_its_launcher_is_named() {
    let rehearsal = sabotage("deepseek-r1", &SMALL, |bundle| {
        edit(&bundle.join("steps/gen.sh"), "exec trtllm-llmapi-launch ", "exec ");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("gen_0", "was not started through trtllm-llmapi-launch");
}

#[test]
fn a_coordinator_with_mpi_is_named() {
    let rehearsal = sabotage("gpt-oss", &SMALL, |bundle| {
        edit(&bundle.join("job.sbatch"), "--job-name=server", "--job-name=server --mpi=pmix");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("server", "--mpi");
}

#[test]
fn a_hostfile_out_of_order_is_named() {
    let rehearsal = sabotage("deepseek-r1", &SMALL, |bundle| {
        edit(&bundle.join("hostfiles/gen_0"), "0\n1\n", "1\n0\n");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("gen_0", "rank order");
}

/// The stand-in would have noticed by itself, as the real engine does.
#[test]
fn a_hostfile_out_of_order_is_noticed_by_the_engine() {
    let rehearsal = sabotage("deepseek-r1", &SMALL, |bundle| {
        edit(&bundle.join("hostfiles/gen_0"), "0\n1\n", "1\n0\n");
        edit(&bundle.join("runtime/gpus.sh"), "if ((DISAGGC_PROCID < first ||", "if ((0 &&");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("gen_0", "not contiguous");
}
