//! Faults of a rehearsal happen, and it ends after each. What the job's runtime makes of them is not looked at
//! here: most jobs are a few lines that wait for the damage, and pass when they have seen it.

mod support;

use std::fs;

use support::rehearsal::{Rehearsal, example, rehearse};

/// Four steps on two nodes of one GPU: gen[0] on the first, ctx[0] on the second.
const TINY: &str = r#"
use "cluster/local"
use "engine/trtllm"
cluster "workstation" extends="local" { gpus-per-node 1 }
topology "tiny" {
    model "tiny-llama"
    ctx tp=1
    gen tp=1
    server on="gen"
    benchmark on="gen" { isl 16; osl 8; concurrency 4 }
}
"#;

/// Rehearses a job of two nodes that runs this.
fn tiny(body: &str, faults: &[&str]) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("writable");
    write("topo.kdl", TINY);
    fs::create_dir_all(folder.path().join("bundle/steps")).expect("writable");
    write("bundle/job.sbatch", &format!("{}{body}\n", include_str!("faults_injector/job.sh")));
    write("bundle/steps/step.sh", include_str!("faults_injector/step.sh"));
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let faults = faults.iter().flat_map(|fault| ["--fault", fault]);
    let (topology, bundle) = (path("topo.kdl"), path("bundle"));
    rehearse(&[&[topology.as_str(), "--bundle", &bundle], &faults.collect::<Vec<_>>()[..]].concat())
}

/// The job saw what it waited for, and nothing is left of it.
fn assert_passed(rehearsal: &Rehearsal, fault: &str) {
    assert!(rehearsal.said.contains(fault), "{fault}\n{}", rehearsal.said);
    assert!(rehearsal.passed, "{}", rehearsal.said);
}

#[test]
fn a_program_is_killed_and_its_script_lives_on() {
    let body = "begin gen_0 1 sleep 1000; await exists state/gen_0.code
        [ \"$(cat state/gen_0.code)\" = 137 ] && pass; exit 1";
    let Some(rehearsal) = tiny(body, &["kill gen[0] when gen[0] starts"]) else { return };
    assert_passed(&rehearsal, "fault: killed gen_0 rank 0 on node1 (pid ");
}

#[test]
fn a_step_hangs() {
    // A step that stands still keeps its records; Slurm ends it with the job.
    let body = "begin ctx_0 2 bash -c 'while :; do touch beat; sleep 0.1; done'
        stands_still() { rm -f beat; sleep 1; [ ! -e beat ]; }
        await exists beat; await stands_still; pass";
    let Some(rehearsal) = tiny(body, &["hang ctx[0] at 1s"]) else { return };
    assert_passed(&rehearsal, "fault: ctx_0 hangs (");
}

#[test]
fn a_node_is_cut_off() {
    steps_live_on("cut node 2 when server is ready", "fault: cut node2 off the network, ");
}

#[test]
fn a_node_without_slurmd_goes_on() {
    steps_live_on("kill slurmd node 2 when server is ready", "fault: killed slurmd on node2 (pid ");
}

/// Nobody reaches node 2 any more, but what runs there goes on.
fn steps_live_on(fault: &str, said: &str) {
    let body = "begin ctx_0 2 bash -c 'while :; do touch beat; sleep 0.1; done'
        await exists beat; : >state/server.ready; await cannot_reach 2
        rm -f beat; await exists beat; pass";
    let Some(rehearsal) = tiny(body, &[fault]) else { return };
    assert_passed(&rehearsal, said);
}

#[test]
fn slurmctld_comes_back_with_its_jobs() {
    let body = "begin gen_0 1 sleep 1000; await exists state/gen_0.id
        read -r controller <\"${SLURM_SUBMIT_DIR%/submission}/slurmctld.pid\"
        gone() { ! kill -0 \"$controller\" 2>/dev/null; }; answers() { squeue >/dev/null 2>&1; }
        : >state/server.ready; await gone; await answers
        squeue --noheader --steps --format=%i | grep -qx \"$SLURM_JOB_ID.0\" && kill -0 %1 && pass; exit 1";
    let Some(rehearsal) = tiny(body, &["restart slurmctld when server is ready"]) else { return };
    assert_passed(&rehearsal, "fault: slurmctld was down for 2 s and is back, ");
}

#[test]
fn a_job_is_cancelled() {
    let body = "trap pass TERM; begin gen_0 1 sleep 1000; while :; do wait; sleep 0.1; done";
    let Some(rehearsal) = tiny(body, &["cancel when gen[0] starts"]) else { return };
    assert!(rehearsal.said.contains("fault: cancelled the job, "), "{}", rehearsal.said);
    assert!(rehearsal.said.contains("but Slurm says: CANCELLED"), "{}", rehearsal.said);
}

#[test]
fn a_job_is_requeued_and_its_second_run_counts() {
    let body = "if ((${SLURM_RESTART_COUNT:-0} > 0)); then echo once more; pass; fi
        echo '{\"verdict\": \"failed\"}' >result.json
        begin gen_0 1 sleep 1000; while :; do wait; sleep 0.1; done";
    let Some(rehearsal) = tiny(body, &["requeue when gen[0] starts"]) else { return };
    assert_passed(&rehearsal, "fault: requeued the job, ");
    assert!(rehearsal.said.contains("\nonce more\n"), "{}", rehearsal.said);
}

#[test]
fn a_disk_is_full() {
    // A node sees that, too.
    let body = "full() { ! echo something >here 2>/dev/null; }; await full
        begin gen_0 2 bash -c 'echo something >there || echo no room >&2; sleep 1000'
        await exists state/gen_0.id; exit 3";
    let Some(rehearsal) = tiny(body, &["full disk"]) else { return };
    assert!(
        rehearsal.said.contains("fault: filled the disk of the run folder, before"),
        "{}",
        rehearsal.said
    );
    assert!(rehearsal.said.contains("exit status: 3"), "{}", rehearsal.said);
    let kept = fs::read_dir(rehearsal.run_folder()).expect("kept").flatten();
    let names: Vec<_> = kept.map(|entry| entry.file_name()).collect();
    assert!(!names.iter().any(|name| name == "full"), "{names:?}");
}

#[test]
fn a_port_is_taken() {
    // 8000 is gen[0]'s.
    let body = "begin server 1 timeout 5 bash -c '</dev/tcp/node1/8000'; await exists state/server.code
        [ \"$(cat state/server.code)\" = 0 ] && pass; exit 1";
    let Some(rehearsal) = tiny(body, &["take port gen[0]"]) else { return };
    assert_passed(&rehearsal, "fault: took port 8000 of gen_0 on node1, before the job's start");
}

#[test]
fn a_moment_that_never_comes_is_told() {
    let Some(rehearsal) = tiny("pass", &["kill gen[0] when gen[0] is ready", "cancel at 1000s"]) else {
        return;
    };
    assert!(!rehearsal.passed, "{}", rehearsal.said);
    for fault in ["kill gen[0] when gen[0] is ready", "cancel at 1000s"] {
        let line = format!("failed: the fault `{fault}` did not happen: its moment never came\n");
        assert!(rehearsal.said.contains(&line), "{}", rehearsal.said);
    }
    assert!(rehearsal.said.contains("the job passed\n"), "{}", rehearsal.said);
}

#[test]
fn what_a_job_leaves_behind_is_told() {
    // Where Slurm follows processes by their parents it does not find one whose parent has ended.
    let body = "begin gen_0 2 bash -c '(setsid sleep 1000 >/dev/null 2>&1 &)'; await exists state/gen_0.code; wait; pass";
    let Some(rehearsal) = tiny(body, &[]) else { return };
    assert!(!rehearsal.passed, "{}", rehearsal.said);
    assert!(rehearsal.said.contains("left behind: gen_0 on node2: sleep 1000 (pid "), "{}", rehearsal.said);
}

/// The launcher, its ranks and a client are found in a bundle as `build` writes it.
#[test]
fn a_rank_behind_a_launcher_and_a_client_are_killed() {
    let topology = example("gpt-oss");
    let sets = ["benchmark.rounds=200", "benchmark.concurrency=8", "benchmark.osl=8"];
    for (fault, line) in [
        ("kill gen[0] rank 1 when gen[0] is ready", "fault: killed gen_0 rank 1 on node1 (pid "),
        ("kill benchmark under load", "fault: killed benchmark_8 rank 0 on node1 (pid"),
    ] {
        let sets = sets.iter().flat_map(|set| ["--set", set]).collect::<Vec<_>>();
        let Some(rehearsal) = rehearse(&[&[topology.as_str(), "--fault", fault], &sets[..]].concat()) else {
            return;
        };
        assert!(rehearsal.said.contains(line), "{}", rehearsal.said);
        assert!(!rehearsal.said.contains("did not happen"), "{}", rehearsal.said);
    }
}

#[test]
fn a_fault_that_cannot_be_is_refused_before_anything_starts() {
    let topology = example("gpt-oss");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .args(["rehearse", &topology, "--fault", "kill gen[7] under load"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    let pointed =
        "error: `--fault`: the topology has no such step\n  kill gen[7] under load\n       ^^^^^^\n";
    assert!(said.starts_with(pointed), "{said}");
}
