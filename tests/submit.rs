//! `disaggc submit` and `cancel` on a private Slurm, with jobs that are small scripts.

mod support;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::slurm::Slurm;

/// A bundle whose job is this script, in a run folder of its own where it makes one.
fn bundle(slurm: &Slurm, name: &str, options: &str, script: &str) -> PathBuf {
    let folder = slurm.work.join(name);
    fs::create_dir(&folder).expect("new");
    let plan = format!("{{\"topology\": \"{name}\", \"run_folder\": null}}");
    fs::write(folder.join("plan.json"), plan).expect("writable");
    let text = format!(
        "#!/bin/bash\n#SBATCH --nodes=1 --output=%x-%j.out --job-name={name} {options}\n\
         run=$SLURM_SUBMIT_DIR/{name}-$SLURM_JOB_ID\n[ \"${{SLURM_RESTART_COUNT:-0}}\" = 0 ] || run+=-r$SLURM_RESTART_COUNT\n{script}\n"
    );
    fs::write(folder.join("job.sbatch"), text).expect("writable");
    folder
}

/// A job that leaves the records of one that ended so.
fn verdict(word: &str, cause: &str) -> String {
    format!(
        "mkdir -p \"$run/state\"; echo '[   0 s] run folder'; echo \"0 $SLURM_JOB_ID\" >\"$run/state/job.began\"\n\
         printf '%s' '{{\"schema\": 2, \"topology\": \"t\", \"verdict\": \"{word}\", \"cause\": {cause}, \"seconds\": 1}}' >\"$run/result.json\"\n\
         echo 1 >\"$run/state/job.over\""
    )
}

fn submit(slurm: &Slurm, bundle: &Path, arguments: &[&str]) -> Child {
    let mut command = slurm.command(env!("CARGO_BIN_EXE_disaggc"));
    command.arg("submit").arg(bundle).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("nsenter starts")
}

/// Reads what it says until it says this; the rest is left to read.
fn says(child: &mut Child, words: &str) -> String {
    let out = child.stdout.as_mut().expect("a pipe");
    let mut said = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&said).contains(words) {
        assert_eq!(out.read(&mut byte).expect("readable"), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    String::from_utf8_lossy(&said).into_owned()
}

struct Ended {
    code: Option<i32>,
    said: String,
    errors: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code(), said: text(&output.stdout), errors: text(&output.stderr) }
    }

    #[track_caller]
    fn is(&self, code: i32, last: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.said, self.errors);
        let line = self.said.lines().last().unwrap_or_default();
        assert!(line.starts_with(last), "{line:?} is not {last:?}: {}", self.said);
    }
}

fn run(slurm: &Slurm, bundle: &Path, arguments: &[&str]) -> Ended {
    Ended::of(&submit(slurm, bundle, arguments).wait_with_output().expect("it ends"))
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < patience, "{what}");
        sleep(Duration::from_millis(50));
    }
}

fn runs(slurm: &Slurm, name: &str) -> bool {
    slurm.jobs().lines().any(|line| line.ends_with(&format!(" {name} RUNNING")))
}

/// As Jenkins does: the process itself, not nsenter, which is its parent.
fn signal(slurm: &Slurm, bundle: &Path, signal: &str) {
    let pattern = format!("disaggc submit {}", bundle.display());
    let status = slurm.command("pkill").args([&format!("-{signal}"), "-f", &pattern]).status();
    assert!(status.expect("pkill starts").success());
}

fn junit(slurm: &Slurm, name: &str) -> String {
    fs::read_to_string(slurm.work.join(format!("{name}.job/junit.xml"))).expect("in any case")
}

#[test]
fn a_job_has_one_end_and_leaves_its_report() {
    let Some(slurm) = Slurm::start(2) else { return };

    // What the job says itself.
    let passed = bundle(&slurm, "passed", "", &verdict("passed", "null"));
    let ended = run(&slurm, &passed, &[]);
    ended.is(0, "passed");
    assert!(ended.said.contains("[   0 s] run folder\n"), "{}", ended.said);
    assert!(junit(&slurm, "passed").contains("failures=\"0\""));
    let folder = slurm.work.join("passed.job");
    assert!(folder.join("run/result.json").is_file() && folder.join("result.json").is_file());
    let first = fs::read_to_string(folder.join("job")).expect("the id");

    // The next job's report is its own.
    let cause =
        "{\"step\": \"gen_0\", \"node\": \"node1\", \"message\": \"gen_0 ended early\\nits last words\"}";
    fs::remove_dir_all(&passed).expect("there");
    let failed = bundle(&slurm, "passed", "", &verdict("failed", cause));
    let ended = run(&slurm, &failed, &[]);
    ended.is(1, "failed: gen_0 ended early");
    assert!(ended.said.contains("\nits last words\n"), "{}", ended.said);
    assert!(junit(&slurm, "passed").contains("message=\"failed: gen_0 ended early\""));
    let second = fs::read_to_string(folder.join("job")).expect("the id");
    assert_ne!(first, second);
    assert!(
        folder.join("run").canonicalize().expect("a link").ends_with(format!("passed-{}", second.trim()))
    );

    // What only Slurm can say.
    let ended = run(&slurm, &bundle(&slurm, "code", "", "exit 3"), &[]);
    ended.is(1, "failed: the job's script ended with code 3");
    assert!(junit(&slurm, "code").contains("<failure type=\"failed\""));
    run(&slurm, &bundle(&slurm, "silent", "", "true"), &[])
        .is(5, "infrastructure: the job's script ended, but");

    // What sbatch does not take is no job.
    let ended = run(&slurm, &bundle(&slurm, "refused", "--partition=gone", "true"), &[]);
    ended.is(6, "not started: sbatch does not take the job: ");
    assert!(junit(&slurm, "refused").contains("<failure type=\"not started\""));
    let ended = run(&slurm, &slurm.work, &[]);
    assert!(ended.code == Some(2) && ended.errors.contains("is no bundle"), "{}", ended.errors);
    assert_eq!(slurm.jobs(), "");
}

#[test]
fn limits_and_signals_leave_no_job_behind() {
    let Some(slurm) = Slurm::start(2) else { return };

    let closed = bundle(&slurm, "closed", "--partition=closed", "true");
    let ended = run(&slurm, &closed, &["--queue-timeout", "00:00:02"]);
    ended
        .is(6, "not started: the job did not leave the queue within 00:00:02; waits in the queue (Partition");
    assert!(junit(&slurm, "closed").contains("did not leave the queue"));

    let slow = bundle(&slurm, "slow", "", "trap '' TERM; sleep 600");
    let ended = run(&slurm, &slow, &["--timeout", "00:00:03"]);
    ended.is(3, "timeout: the job was not done within 00:00:03");
    assert_eq!(slurm.jobs(), "");

    // A second one of the same folder would share its files.
    let child = submit(&slurm, &slow, &["-o", "ours"]);
    until("it runs", || runs(&slurm, "slow"));
    let ended = run(&slurm, &slow, &["-o", "ours"]);
    assert!(
        ended.code == Some(2) && ended.errors.contains("still runs; `disaggc cancel ours`"),
        "{}",
        ended.errors
    );
    signal(&slurm, &slow, "TERM");
    let ended = Ended::of(&child.wait_with_output().expect("it ends"));
    ended.is(130, "cancelled: interrupted");
    assert_eq!(slurm.jobs(), "");

    // Killed at once, it leaves the job, and its id.
    let mut child = submit(&slurm, &slow, &["-o", "theirs"]);
    until("it runs", || runs(&slurm, "slow"));
    signal(&slurm, &slow, "KILL");
    child.wait().expect("it ends");
    assert!(runs(&slurm, "slow"));
    let cancel = |folders: &[&str]| {
        let output = slurm.command(env!("CARGO_BIN_EXE_disaggc")).arg("cancel").args(folders).output();
        Ended::of(&output.expect("nsenter starts"))
    };
    let ended = cancel(&["theirs", "ours", "none"]);
    ended.is(0, "none has no job");
    assert!(ended.said.contains(" is gone\n") && ended.said.contains(" had ended\n"), "{}", ended.said);
    assert_eq!(slurm.jobs(), "");
}

/// A job with nodes of two kinds is one job, with one verdict, and goes as a whole.
#[test]
fn a_heterogeneous_job_is_one() {
    let Some(slurm) = Slurm::start(2) else { return };
    let second = "\n#SBATCH hetjob\n#SBATCH --nodes=1";
    let child = submit(&slurm, &bundle(&slurm, "endless", second, "sleep 600"), &[]);
    until("it runs", || slurm.jobs().lines().filter(|line| line.ends_with(" endless RUNNING")).count() == 2);
    signal(&slurm, &slurm.work.join("endless"), "TERM");
    Ended::of(&child.wait_with_output().expect("it ends")).is(130, "cancelled: interrupted");
    assert_eq!(slurm.jobs(), "");
    run(&slurm, &bundle(&slurm, "mixed", second, &verdict("passed", "null")), &[]).is(0, "passed");
    run(&slurm, &bundle(&slurm, "code", second, "exit 3"), &[])
        .is(1, "failed: the job's script ended with code 3");

    // Put back into the queue, it runs again as a whole.
    let script =
        format!("[ \"${{SLURM_RESTART_COUNT:-0}}\" != 0 ] || sleep 600\n{}", verdict("passed", "null"));
    let options = format!("--requeue{second} --requeue");
    let child = submit(&slurm, &bundle(&slurm, "again", &options, &script), &[]);
    until("it runs", || runs(&slurm, "again"));
    let id = fs::read_to_string(slurm.work.join("again.job/job")).expect("it runs");
    slurm.asks("scontrol", &["requeue", id.trim()]);
    until("it waits", || slurm.jobs().lines().filter(|line| line.ends_with(" again PENDING")).count() == 2);
    slurm.asks("scontrol", &["update", &format!("JobId={}", id.trim()), "StartTime=now"]);
    Ended::of(&child.wait_with_output().expect("it ends")).is(0, "passed");
}

#[test]
fn what_happens_to_a_job_from_outside_has_a_word() {
    let Some(slurm) = Slurm::start(2) else { return };
    let id = |name: &str| {
        let id = fs::read_to_string(slurm.work.join(format!("{name}.job/job")));
        id.expect("it runs").trim().to_owned()
    };
    let during = |name: &str, options: &str, script: &str, what: &dyn Fn(&str)| {
        let child = submit(&slurm, &bundle(&slurm, name, options, script), &[]);
        until("it runs", || runs(&slurm, name));
        what(&id(name));
        Ended::of(&child.wait_with_output().expect("it ends"))
    };

    let ended = during("cancelled", "", "sleep 600", &|job| drop(slurm.asks("scancel", &[job])));
    ended.is(4, "cancelled: the job was cancelled");
    assert!(junit(&slurm, "cancelled").contains("<failure type=\"cancelled\""));

    // The controller is away for a while: it is said once, and the job goes on.
    let script = format!("until [ -e back ]; do sleep 0.1; done; {}", verdict("passed", "null"));
    let mut child = submit(&slurm, &bundle(&slurm, "away", "", &script), &[]);
    until("it runs", || runs(&slurm, "away"));
    slurm.stop_controller();
    let said = says(&mut child, "Slurm does not answer");
    slurm.start_controller();
    fs::write(slurm.work.join("away.job/back"), "").expect("writable");
    let ended = Ended::of(&child.wait_with_output().expect("it ends"));
    ended.is(0, "passed");
    assert!(ended.said.contains("Slurm answers again\n"), "{said}{}", ended.said);
    assert!(!ended.said.contains("Slurm does not answer"), "{said}{}", ended.said);

    // It is away before there is a job.
    slurm.stop_controller();
    let mut child = submit(&slurm, &bundle(&slurm, "early", "", &verdict("passed", "null")), &[]);
    says(&mut child, "controller does not answer; trying again\n");
    slurm.start_controller();
    Ended::of(&child.wait_with_output().expect("it ends")).is(0, "passed");

    // Its second run counts.
    let script = format!(
        "if [ \"${{SLURM_RESTART_COUNT:-0}}\" = 0 ]; then sleep 600; fi\n{}",
        verdict("passed", "null")
    );
    let ended = during("again", "--requeue", &script, &|job| {
        slurm.asks("scontrol", &["requeue", job]);
        until("it waits", || slurm.jobs().contains("again PENDING"));
        // Slurm would let it wait for two minutes.
        slurm.asks("scontrol", &["update", &format!("JobId={job}"), "StartTime=now"]);
    });
    ended.is(0, "passed");
    assert!(ended.said.contains("back into its queue"), "{}", ended.said);
    let run = slurm.work.join("again.job/run").canonicalize().expect("a link");
    assert!(run.to_string_lossy().ends_with("-r1"), "{}", run.display());

    let ended = during("lost", "--no-requeue", "sleep 600", &|job| {
        let node = slurm.asks("squeue", &["--noheader", "--format=%N", &format!("--jobs={job}")]);
        slurm
            .asks("scontrol", &["update", &format!("NodeName={}", node.trim()), "State=DOWN", "Reason=lost"]);
    });
    ended.is(5, "infrastructure: a node of the job failed");
    assert!(junit(&slurm, "lost").contains("<failure type=\"infrastructure\""));
}

/// Without a Slurm at all.
#[test]
fn wrong_usage_is_said_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_disaggc")).current_dir(folder.path()).args(arguments).output();
        let ended = Ended::of(&output.expect("it starts"));
        assert_eq!(ended.code, Some(2), "{}", ended.errors);
        ended.errors
    };
    assert!(run(&["submit", "gone"]).contains("gone can't be read"));
    assert!(run(&["submit", "."]).contains("is no bundle: it has no job.sbatch"));
    assert!(run(&["submit", ".", "--timeout", "90"]).contains("write HH:MM:SS or D-HH:MM:SS"));
    assert!(run(&["cancel"]).contains("<DIR>"));
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0);
}
