//! What Slurm says about a job that left no verdict.

use std::path::PathBuf;
use std::process::Command;

use super::Verdict;

/// Slurm's commands wait long for a controller that does not answer.
const PATIENCE: &str = "10";

/// An answer to whether the job still runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Job(Job),
    /// Slurm knows no such job; a sentence.
    Gone(String),
    /// Slurm could not be asked; a sentence.
    Silent(String),
}

/// A job as `scontrol show job` or `sacct` shows it. What they don't say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// `RUNNING`, `NODE_FAIL`, …
    pub state: String,
    pub reason: String,
    /// `CODE:SIGNAL` of the job's script.
    pub exit_code: String,
    /// How often Slurm started it again.
    pub restarts: u32,
    /// Whether Slurm may do so.
    pub requeue: bool,
    /// `node[1-4]`, once it has nodes.
    pub nodes: String,
}

impl Job {
    /// Whether nothing of it runs or may run, as far as this state says.
    pub fn has_ended(&self) -> bool {
        const LIVE: [&str; 16] = [
            "",
            "RUNNING",
            "COMPLETING",
            "CONFIGURING",
            "SUSPENDED",
            "STOPPED",
            "RESIZING",
            "SIGNALING",
            "STAGE_OUT",
            "PENDING",
            "REQUEUED",
            "REQUEUE_FED",
            "REQUEUE_HOLD",
            "SPECIAL_EXIT",
            "RESV_DEL_HOLD",
            "POWER_UP_NODE",
        ];
        !LIVE.contains(&self.state.as_str())
    }

    /// Whether it waits in the queue.
    pub fn waits(&self) -> bool {
        matches!(
            self.state.as_str(),
            "PENDING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD" | "SPECIAL_EXIT" | "RESV_DEL_HOLD"
        )
    }
}

/// Asks the controller, and the accounting where the controller has forgotten the job.
pub fn ask(job: &str) -> Answer {
    if !job.starts_with(|c: char| c.is_ascii_digit()) {
        return Answer::Silent(format!("{job:?} is no job that Slurm could be asked about"));
    }
    let shown = match call(&["scontrol", "--oneliner", "show", "job", job]) {
        Ok(text) => return Answer::Job(shown(&text)),
        Err(why) => why,
    };
    let accounted = call(&["sacct", "-X", "-n", "-P", "-j", job, "-o", "State,ExitCode"]);
    match accounted.ok().and_then(|text| accounted_job(&text)) {
        Some(job) => Answer::Job(job),
        None if shown.contains("Invalid job id") => {
            Answer::Gone(format!("Slurm does not know job {job} any more, and it left no verdict"))
        }
        None => Answer::Silent(format!("whether job {job} still runs is not known: {shown}")),
    }
}

/// The file that the job's own output goes to, if Slurm says it.
pub fn output_file(job: &str) -> Option<PathBuf> {
    // Lines, since a path may hold blanks.
    let text = call(&["scontrol", "show", "job", job]).ok()?;
    text.lines().find_map(|line| Some(PathBuf::from(line.trim_start().strip_prefix("StdOut=")?)))
}

/// Tells Slurm to end the job.
///
/// # Errors
/// A sentence about why it did not take it.
pub fn cancel(job: &str) -> Result<(), String> {
    call(&["scancel", job]).map(|_| ())
}

/// The output of a command, or why there is none.
fn call(words: &[&str]) -> Result<String, String> {
    let program = words.first().copied().unwrap_or_default();
    let output = Command::new("timeout")
        .arg(PATIENCE)
        .args(words)
        .env("LC_ALL", "C")
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|_| "timeout (coreutils) can't be started here".to_owned())?;
    match output.status.code() {
        Some(0) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Some(124) => Err(format!("{program} did not answer within {PATIENCE} s")),
        Some(126 | 127) => Err(format!("there is no {program} on this machine; ask on one of the cluster")),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(said.trim().lines().last().unwrap_or("it failed without a word").trim().to_owned())
        }
    }
}

/// The blank-separated `Key=value` of `scontrol --oneliner show job`.
fn shown(text: &str) -> Job {
    let value = |key: &str| {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_default().to_owned()
    };
    Job {
        state: value("JobState"),
        reason: value("Reason"),
        exit_code: value("ExitCode"),
        restarts: value("Restarts").parse().unwrap_or(0),
        requeue: value("Requeue") == "1",
        nodes: value("NodeList"),
    }
}

/// A job that ran several times has a line for each; the last one counts.
fn accounted_job(text: &str) -> Option<Job> {
    let (state, exit_code) = text.lines().rfind(|line| !line.is_empty())?.split_once('|')?;
    // `CANCELLED by 1000`
    let state = state.split_whitespace().next()?;
    Some(Job { state: state.to_owned(), exit_code: exit_code.to_owned(), ..Job::default() })
}

/// How a job ended that left no verdict, and a sentence about the cause; `None` while it may still write
/// one. `restart` says which run of the job it is.
pub fn ending(job: &Job, restart: u32) -> Option<(Verdict, String)> {
    let Job { state, reason, exit_code, restarts, .. } = job;
    let (code, signal) = exit_code.split_once(':').unwrap_or((exit_code, ""));
    let infrastructure = |message: &str| Some((Verdict::Infrastructure, message.to_owned()));
    if *restarts > restart {
        return infrastructure(
            "Slurm started the job again, usually because a node failed: this run ended without a verdict, and the next one's folder is beside it, with -rN at its end",
        );
    }
    match state.as_str() {
        "RUNNING" | "COMPLETING" | "CONFIGURING" | "SUSPENDED" | "STOPPED" | "RESIZING" | "SIGNALING"
        | "STAGE_OUT" | "" => None,
        "PENDING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => {
            infrastructure(
                "Slurm put the job back into its queue, because a node failed or somebody asked for it: its next run gets a folder of its own",
            )
        }
        "NODE_FAIL" => infrastructure(
            "a node of the job failed, so Slurm ended it before there was a verdict; `sinfo -R` lists nodes with their faults",
        ),
        "BOOT_FAIL" => infrastructure("a node of the job could not be booted; submit it again"),
        "LAUNCH_FAILED" | "RECONFIG_FAIL" => {
            infrastructure("Slurm could not start the job on its nodes; submit it again")
        }
        "PREEMPTED" => infrastructure("Slurm took the nodes for a job of higher priority; submit it again"),
        "CANCELLED" | "REVOKED" => Some((Verdict::Cancelled, "the job was cancelled".to_owned())),
        "TIMEOUT" => Some((
            Verdict::Timeout,
            "the job reached its time limit; give it a longer `slurm time=` if it made progress".to_owned(),
        )),
        "DEADLINE" => Some((Verdict::Timeout, "the job reached its deadline".to_owned())),
        "OUT_OF_MEMORY" => Some((
            Verdict::Failed,
            "a program of the job used more memory than Slurm gave it on a node, and was killed; ask for more with sbatch's --mem"
                .to_owned(),
        )),
        "COMPLETED" => infrastructure(
            "the job's script ended, but left no verdict; is the run folder's disk full, or was result.json removed?",
        ),
        "FAILED" if !matches!(signal, "" | "0") => infrastructure(&format!(
            "the job's script was killed by signal {signal} before there was a verdict; the log of the first node may say by whom"
        )),
        "FAILED" => Some((
            Verdict::Failed,
            format!(
                "the job's script ended with code {code} before there was a verdict{}; slurm-JOBID.out says why",
                match reason.as_str() {
                    "" | "None" | "NonZeroExitCode" => String::new(),
                    reason => format!(" ({reason})"),
                }
            ),
        )),
        other => infrastructure(&format!("Slurm ended the job, which is now {other}, without a verdict")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slurm_says_becomes_a_verdict() {
        use Verdict::*;
        for (state, exit_code, verdict, says) in [
            ("RUNNING", "0:0", None, ""),
            ("COMPLETING", "0:0", None, ""),
            ("SUSPENDED", "0:0", None, ""),
            ("", "", None, ""),
            ("PENDING", "0:0", Some(Infrastructure), "back into its queue"),
            ("REQUEUE_HOLD", "0:0", Some(Infrastructure), "back into its queue"),
            ("NODE_FAIL", "0:0", Some(Infrastructure), "a node of the job failed"),
            ("BOOT_FAIL", "0:0", Some(Infrastructure), "booted"),
            ("LAUNCH_FAILED", "0:0", Some(Infrastructure), "could not start"),
            ("PREEMPTED", "0:0", Some(Infrastructure), "higher priority"),
            ("CANCELLED", "0:15", Some(Cancelled), "cancelled"),
            ("TIMEOUT", "0:0", Some(Timeout), "time limit"),
            ("DEADLINE", "0:0", Some(Timeout), "deadline"),
            ("OUT_OF_MEMORY", "0:125", Some(Failed), "more memory"),
            ("COMPLETED", "0:0", Some(Infrastructure), "left no verdict"),
            ("FAILED", "1:0", Some(Failed), "ended with code 1"),
            ("FAILED", "0:9", Some(Infrastructure), "signal 9"),
            ("FAILED", "", Some(Failed), "before there was a verdict"),
            ("HIBERNATED", "0:0", Some(Infrastructure), "now HIBERNATED"),
        ] {
            let job = Job { state: state.into(), exit_code: exit_code.into(), ..Job::default() };
            let found = ending(&job, 0);
            assert_eq!(found.as_ref().map(|(verdict, _)| *verdict), verdict, "{state}");
            assert!(found.unwrap_or((Failed, says.into())).1.contains(says), "{state}");
        }
    }

    #[test]
    fn a_run_ends_when_the_job_starts_again() {
        let job = Job { state: "RUNNING".into(), restarts: 1, ..Job::default() };
        assert_eq!(ending(&job, 0).map(|(verdict, _)| verdict), Some(Verdict::Infrastructure));
        assert_eq!(ending(&job, 1), None);
    }

    #[test]
    fn both_of_slurms_ways_to_write_are_read() {
        let text = "JobId=7 JobName=x JobState=FAILED Reason=NonZeroExitCode Restarts=2 ExitCode=1:0 Comment=JobState=X\n";
        let job = Job {
            state: "FAILED".into(),
            reason: "NonZeroExitCode".into(),
            exit_code: "1:0".into(),
            restarts: 2,
            ..Job::default()
        };
        assert_eq!(shown(text), job);
        assert_eq!(shown(""), Job::default());
        let job = accounted_job("NODE_FAIL|0:0\nCANCELLED by 1000|0:15\n").expect("two runs");
        assert_eq!((job.state.as_str(), job.exit_code.as_str()), ("CANCELLED", "0:15"));
        assert_eq!(accounted_job("\n"), None);
    }
}
