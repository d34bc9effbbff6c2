//! Bundles on a private Slurm, for real: Slurm's own processes, MPI ranks through PMIx, requests over
//! HTTP. Needs root and the packages of `tests/packages`; says so where it can't run.

mod support;

use std::path::Path;

use serde_json::Value;
use support::rehearsal::{Rehearsal, disaggc, rehearse};

fn example(name: &str) -> String {
    support::top().join("examples").join(name).join("topo.kdl").to_str().expect("UTF-8").to_owned()
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
