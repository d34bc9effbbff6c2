//! Dynamo for real on a private Slurm: its frontend, its mocker as workers, and AIPerf, all from PyPI. Needs what
//! `tests/rehearsal.rs` does, etcd and NATS; the Python software is installed once, below `target/`.

mod support;

#[path = "../compiler/src/rehearse/model.rs"]
mod model;

use std::collections::BTreeSet;
use std::path::Path;

use support::dynamo::{ANSWERED, assert_routed, values};
use support::rehearsal::{Rehearsal, assert_served, cache, disaggc, edit, example, rehearse};

/// Rehearses with the Python software that is kept for the tests.
fn rehearse_real(arguments: &[&str]) -> Option<Rehearsal> {
    rehearse(&[&["--cache", cache().as_str()], arguments].concat())
}

fn rehearse_topology(text: &str) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let topology = folder.path().join("topo.kdl");
    std::fs::write(&topology, text).expect("writable");
    rehearse_real(&[topology.to_str().expect("UTF-8")])
}

/// Requests and events over NATS, found through a folder: one node, servers that do both phases.
#[test]
fn aggregated_workers_over_nats() {
    let rehearsal = rehearse_topology(
        r#"
use "cluster/local"
use "engine/dynamo"
topology "nats" {
    model "org/mock"
    infra { nats }
    env "agg" "server" { DYN_REQUEST_PLANE "nats"; DYN_EVENT_PLANE "nats" }
    agg replicas=2 tp=2
    server
    benchmark { isl 64; osl 8; concurrency 4; requests 16; streaming #false }
}
"#,
    );
    let Some(rehearsal) = rehearsal else { return };
    assert_served(&rehearsal, &[16], 8);
    let through: BTreeSet<String> = values(&rehearsal.log("server"), &ANSWERED, "decode_worker_id")
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(through.len(), 2, "{}", rehearsal.log("server"));
}

/// A server of several nodes is led by its first process; the others follow, and end with it.
#[test]
fn a_worker_over_two_nodes() {
    let rehearsal = rehearse_topology(
        r#"
use "cluster/local"
use "engine/dynamo"
topology "wide" {
    model "mock" path="/models/mock"
    infra { etcd }
    ctx tp=2
    gen tp=8
    server
    benchmark { isl 64; osl 8; concurrency 4; requests 8 }
}
"#,
    );
    let Some(rehearsal) = rehearsal else { return };
    assert_served(&rehearsal, &[8], 8);
    assert_routed(&rehearsal, &["ctx_0"], &["gen_0"], 8);
}

/// Builds the example for a model folder of this machine, lets `break_it` edit the bundle, and rehearses that.
fn sabotage(break_it: impl FnOnce(&Path)) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = folder.path().join("bundle");
    let bundle_path = bundle.to_str().expect("UTF-8");
    let model = camino::Utf8PathBuf::from_path_buf(folder.path().join("model")).expect("UTF-8");
    model::write(&model).expect("writable");
    let set = format!("model.path={model}");
    let topology = example("dynamo");
    let sets = ["--set", set.as_str(), "--set", "benchmark.requests=20000"];
    let output = disaggc(&[&["build", topology.as_str(), "-o", bundle_path], &sets[..]].concat())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    break_it(&bundle);
    rehearse_real(&[&[topology.as_str(), "--bundle", bundle_path], &sets[..]].concat())
}

/// Killed under load: the verdict names the worker, not those that talk to it.
#[test]
fn a_prefill_worker_that_is_killed_is_named() {
    let rehearsal = sabotage(|bundle| {
        edit(
            &bundle.join("steps/ctx.sh"),
            "supervise \\\n    python3",
            "if [ \"$DISAGGC_STEP\" = ctx_1 ]; then\n\
             (until grep -q 'request received' \"$DISAGGC_RUN/log/ctx_1.log\"; do sleep 0.2; done; pkill -KILL -P $$ python3) &\n\
             fi\n\
             supervise \\\n    python3",
        );
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("ctx_1", "code 137 (signal 9)");
}

/// The store dies first, and everything else because of it.
#[test]
fn a_store_that_dies_is_named() {
    let rehearsal = sabotage(|bundle| {
        edit(
            &bundle.join("steps/etcd.sh"),
            "supervise \\\n    etcd",
            "(until [ -e \"$DISAGGC_RUN/state/server.ready\" ]; do sleep 0.2; done; pkill -KILL -P $$ etcd) &\n\
             supervise \\\n    etcd",
        );
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("etcd", "code 137 (signal 9)");
}

/// AIPerf asks any engine.
#[test]
fn aiperf_asks_another_engine() {
    let topology = example("gpt-oss");
    let sets =
        ["benchmark.client=aiperf", "benchmark.requests=16", "benchmark.concurrency=4", "benchmark.osl=8"];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let Some(rehearsal) = rehearse_real(&[&[topology.as_str()], &sets[..]].concat()) else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    let result = rehearsal.result();
    let steps = result["steps"].as_array().expect("a list");
    let client = steps.iter().find(|step| step["part"] == "client").expect("there");
    assert_eq!(client["metrics"]["completed"], 16, "{client}");
    assert_eq!(client["metrics"]["failed"], 0, "{client}");
}
