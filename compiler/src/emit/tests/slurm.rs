//! What Slurm says about a step is read from its srun's words.

use std::fs;
use std::process::Command;

use crate::stdlib::Stdlib;

/// Runs the runtime's functions about one step, `gen_0` on n1, whose srun and log say so; prints the verdict, its
/// node and its message.
fn verdict(srun: &str, log: &str, call: &str) -> (String, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["log", "state"] {
        fs::create_dir(folder.path().join(name)).expect("writable");
    }
    fs::write(folder.path().join("log/gen_0.srun"), srun).expect("writable");
    fs::write(folder.path().join("log/gen_0.log"), log).expect("writable");
    let stdlib = Stdlib::embedded();
    let files = ["records", "launch", "ready", "cause", "slurm", "watch"];
    let functions: String = files
        .iter()
        .map(|name| stdlib.text(&format!("bundle/runtime/{name}.sh")).expect("the stdlib has it"))
        .collect();
    let script = format!(
        "{functions}
is_ended_by_slurm() {{ return 1; }}
step gen_0 worker n1 gen
STARTED[gen_0]=1
{call}
printf '%s\\0%s\\0%s' \"$VERDICT\" \"$CAUSE_NODE\" \"$CAUSE_MESSAGE\""
    );
    let output = Command::new("bash")
        .args(["-uc", &script])
        .env("DISAGGC_RUN", folder.path())
        .output()
        .expect("bash is installed");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let parts: Vec<&str> = text.split('\0').collect();
    (parts[0].to_owned(), parts[1].to_owned(), parts[2].to_owned())
}

#[test]
fn a_lost_node_is_slurms() {
    for line in ["srun: error: Node failure on n7", "srun: error: Node failure on n7, n8"] {
        let (verdict, node, message) = verdict(&format!("srun: launching\n{line}\n"), "", "look_at_slurm");
        assert_eq!((verdict.as_str(), node.as_str()), ("infrastructure", "n7"));
        assert!(message.contains("Slurm lost a node of gen_0"), "{message}");
    }
    let line = "slurmstepd: error: *** STEP 1.0 ON n2 CANCELLED AT 2026-01-01T00:00:00 DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***\n";
    assert_eq!(verdict(line, "", "look_at_slurm").0, "infrastructure");
    // What a program prints is no word of Slurm's.
    assert_eq!(verdict("", "Node failure on n7\n", "look_at_slurm").0, "");
}

#[test]
fn memory_that_ran_out_is_said() {
    let killed = "srun: error: n1: task 0: Out Of Memory\n";
    let (verdict, node, message) = verdict(killed, "", "blame_end gen_0 137");
    assert_eq!((verdict.as_str(), node.as_str()), ("failed", "n1"));
    assert!(message.contains("it ran out of memory"), "{message}");
    let event = "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0. Some of the step tasks have been OOM Killed.\n";
    let (_, _, message) = self::verdict("", event, "blame_end gen_0 137");
    assert!(message.contains("it ran out of memory"), "{message}");
}

#[test]
fn a_step_that_somebody_cancelled_is_told_apart_from_one_that_crashed() {
    let cancelled = "srun: Job step aborted: Waiting up to 32 seconds for job step to finish.\nslurmstepd: error: *** STEP 1.2 ON n1 CANCELLED AT 2026-01-01T00:00:00 ***\n";
    let (_, _, message) = verdict(cancelled, "", "blame_end gen_0 0");
    assert!(message.contains("somebody cancelled the step"), "{message}");
    let crashed = format!("srun: error: n1: task 3: Exited with exit code 5\n{cancelled}");
    let (_, node, message) = verdict(&crashed, "", "blame_end gen_0 5");
    assert_eq!(node, "n1");
    assert!(message.starts_with("gen_0 ended early on n1: task 3: Exited with exit code 5\n"), "{message}");
}
