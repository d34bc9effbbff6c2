//! The job: submitted, followed to its end, and cancelled where that is wanted.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::cluster::Cluster;
use super::fault::Watch;
use super::{Error, interrupt, say, verdict};

/// How the job ended, in Slurm's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// sbatch did not take it.
    Refused(String),
    /// It would have waited for ever.
    Stuck(String),
    Ended {
        state: String,
        reason: String,
        exit_status: String,
    },
}

/// A job's state, as squeue prints it.
#[derive(Default)]
struct Status {
    /// How often it was started again.
    restarts: u32,
    state: String,
    reason: String,
    exit_status: String,
}

/// `exit status: 3` or `signal: 15 (SIGTERM)` for the number that squeue prints, which is wait's.
fn wait_status(number: &str) -> String {
    number
        .parse()
        .map_or_else(|_| format!("exit status: {number}"), |raw| ExitStatus::from_raw(raw).to_string())
}

/// Reasons to wait that pass by themselves on a cluster without other jobs.
const PASSING: [&str; 4] = ["None", "Priority", "Resources", "Prolog"];

/// How long an end takes at most where all nodes answer: Slurm kills after `KillWait`.
const ENDS_WITHIN: Duration = Duration::from_secs(25);
/// And with nodes that do not, after Slurm was told that they are down.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);

/// And until a requeued job is in the queue again.
const REQUEUED_WITHIN: Duration = Duration::from_secs(60);
/// A job that starts again in the second in which it was stopped is refused by its nodes: "credential revoked".
const REVOKED_FOR: Duration = Duration::from_secs(2);

/// Runs the job to its end, lets faults happen, and copies its output to `out` meanwhile.
pub fn run<'a>(
    cluster: &'a Cluster,
    watch: &mut Watch<'a>,
    look: Option<&dyn Fn(&Utf8Path)>,
    out: &mut dyn Write,
) -> Result<End, Error> {
    watch.before_the_job(out)?;
    let output = cluster.submission().join("slurm-%j.out");
    let script = cluster.work.join("bundle/job.sbatch");
    let options = ["--parsable", "--export=ALL", &format!("--output={output}"), &format!("--error={output}")];
    let submitted = cluster.output("sbatch", &[&options[..], &[script.as_str()]].concat())?;
    let said = String::from_utf8_lossy(&submitted.stderr).trim().to_owned();
    if !submitted.status.success() {
        return Ok(End::Refused(said));
    }
    if !said.is_empty() {
        say(out, &said)?;
    }
    let id = String::from_utf8_lossy(&submitted.stdout).trim().to_owned();
    let output = Utf8PathBuf::from(output.as_str().replace("%j", &id));
    let output = cluster.outside(&output);
    let mut job = Job { cluster, watch, look, id, output, shown: 0 };
    let followed = job.follow(out, None);
    if let Err(Error::Interrupted) = followed {
        job.cancel(out)?;
    }
    followed
}

struct Job<'a, 'c> {
    cluster: &'c Cluster,
    watch: &'a mut Watch<'c>,
    look: Option<&'a dyn Fn(&Utf8Path)>,
    id: String,
    output: Utf8PathBuf,
    /// How much of the output was shown.
    shown: u64,
}

impl Job<'_, '_> {
    /// Shows the output until the job ends. Nothing is broken any more once there is an end to patience.
    fn follow(&mut self, out: &mut dyn Write, patience: Option<Duration>) -> Result<End, Error> {
        let began = Instant::now();
        let mut last_status = Status::default();
        let mut waits_since = Instant::now();
        let mut state_since = Instant::now();
        let mut asked: Option<Instant> = None;
        let mut unanswered = 0;
        loop {
            self.show(out)?;
            if asked.is_none_or(|asked| asked.elapsed() > Duration::from_millis(500)) {
                asked = Some(Instant::now());
                match self.status()? {
                    Ok(status) => {
                        unanswered = 0;
                        if status.reason != last_status.reason {
                            waits_since = Instant::now();
                        }
                        if status.state != last_status.state {
                            state_since = Instant::now();
                        }
                        last_status = status;
                    }
                    // A controller on a busy machine may miss one question.
                    Err(why) if unanswered == 20 => {
                        let log = self.cluster.log_tail("slurmctld.log");
                        return Err(Error::Cluster(format!("{why}; the controller's log ends with\n{log}")));
                    }
                    Err(_) => unanswered += 1,
                }
                if let (Some(look), Some(folder)) = (self.look, verdict::run_folder(self.cluster)) {
                    look(&folder);
                }
            }
            if patience.is_none() {
                self.damage(&last_status, out)?;
            }
            match last_status.state.as_str() {
                "" | "RUNNING" | "CONFIGURING" | "REQUEUED" => {}
                "COMPLETING" => {
                    if self.is_given_up(state_since.elapsed())? {
                        let Status { state, reason, exit_status, .. } = last_status;
                        return Ok(End::Ended { state, reason, exit_status });
                    }
                }
                "PENDING" => {
                    let requeued = self.watch.has_requeued() && last_status.reason == "BeginTime";
                    if requeued && state_since.elapsed() > REVOKED_FOR {
                        // Slurm would let it wait for two minutes.
                        let job = format!("JobId={}", self.id);
                        self.cluster.output("scontrol", &["update", &job, "StartTime=now"])?;
                    }
                    let passes = requeued || PASSING.contains(&last_status.reason.as_str());
                    let limit = if passes { 60 } else { 2 };
                    if waits_since.elapsed() > Duration::from_secs(limit) {
                        return Ok(End::Stuck(last_status.reason));
                    }
                }
                // On its way into the queue a job looks as if it had ended.
                _ if self.watch.has_requeued()
                    && last_status.restarts == 0
                    && state_since.elapsed() < REQUEUED_WITHIN => {}
                _ => {
                    self.show(out)?;
                    let Status { state, reason, exit_status, .. } = last_status;
                    return Ok(End::Ended { state, reason, exit_status });
                }
            }
            if patience.is_some_and(|patience| began.elapsed() > patience) {
                return Err(Error::Interrupted);
            }
            interrupt::pause()?;
        }
    }

    /// Lets faults happen, and ends a job that does not mind them.
    fn damage(&mut self, status: &Status, out: &mut dyn Write) -> Result<(), Error> {
        self.watch.look(&self.id, status.state == "RUNNING", out)?;
        if self.watch.is_overdue() {
            say(out, "the job goes on though something is broken: cancelling it")?;
            self.cluster.output("scancel", &[&self.id])?;
        }
        Ok(())
    }

    /// A job does not end for Slurm as long as a node does not say so, and a node that is lost can't: as an
    /// administrator would, tells Slurm that these are down.
    fn is_given_up(&self, ends_since: Duration) -> Result<bool, Error> {
        let lost = self.watch.lost_nodes();
        if lost.is_empty() || ends_since < ENDS_WITHIN {
            return Ok(false);
        }
        let names: Vec<_> = lost.iter().map(|node| format!("node{node}")).collect();
        let node = format!("NodeName={}", names.join(","));
        self.cluster.output("scontrol", &["update", &node, "State=DOWN", "Reason=lost"])?;
        Ok(ends_since > GIVEN_UP_AFTER)
    }

    /// Gives the job the time to stop its steps that a cluster would give it. Who asks a second time
    /// gets no more of it.
    fn cancel(&mut self, out: &mut dyn Write) -> Result<(), Error> {
        say(out, "stopping the job")?;
        self.cluster.output("scancel", &[&self.id])?;
        self.follow(out, Some(Duration::from_secs(20))).map(|_| ())
    }

    /// `Ok(Err(…))`: the controller does not answer.
    fn status(&self) -> Result<Result<Status, String>, Error> {
        let job = format!("--jobs={}", self.id);
        let format = "--Format=RestartCnt:10,State:40,Reason:200,exit_code:20";
        let output = self.cluster.output("squeue", &["--noheader", "--states=all", &job, format])?;
        let text = String::from_utf8_lossy(&output.stdout);
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words.as_slice() {
            [restarts, state, reason @ .., exit_code] => Ok(Status {
                restarts: restarts.parse().unwrap_or_default(),
                state: (*state).to_owned(),
                reason: reason.join(" "),
                exit_status: wait_status(exit_code),
            }),
            _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        })
    }

    fn show(&mut self, out: &mut dyn Write) -> Result<(), Error> {
        // Absent until the job has started.
        let Ok(mut file) = File::open(&self.output) else { return Ok(()) };
        let fail = || Error::io(format!("can't show {}", self.output));
        // A job that is requeued begins its output anew.
        if file.metadata().map_err(fail())?.len() < self.shown {
            self.shown = 0;
        }
        file.seek(SeekFrom::Start(self.shown)).map_err(fail())?;
        let copied = io::copy(&mut file, out).map_err(fail())?;
        out.flush().map_err(fail())?;
        self.shown += copied;
        Ok(())
    }
}
