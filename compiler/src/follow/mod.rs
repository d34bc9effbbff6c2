//! What a job does, read from its run folder alone, while it runs and after.
//!
//! `folder` reads the files, `result` knows `result.json`, `slurm` asks for what no file says. All of it
//! comes together in a [`Run`], which other parts show.

mod folder;
mod log;
mod names;
mod result;
mod slurm;
mod state;
#[cfg(test)]
pub mod tests;

use disaggc::plan::Part;
use serde::{Deserialize, Serialize};

pub use folder::{read, unix};
pub use log::{last_line, last_lines};
pub use names::restart;
pub use result::{Record, parse};
pub use slurm::{Answer, Job, ask, cancel, ending, output_file};
pub use state::State;

/// A job, as far as its records tell. All times of steps are seconds since the job's start.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Run {
    pub topology: String,
    pub mode: Option<String>,
    /// Slurm's id of the job.
    pub job: Option<String>,
    /// The job's start, in Unix seconds.
    pub began: Option<u64>,
    pub verdict: Option<Verdict>,
    /// When the verdict was found, or how long the job has been running; `None` where no record says it.
    pub seconds: Option<u64>,
    pub cause: Option<Cause>,
    /// Whether nothing of it runs any more, as far as is known.
    pub over: bool,
    /// How old the newest record is, in seconds.
    pub quiet: Option<u64>,
    /// What could not be found out, for a person.
    pub note: Option<String>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Passed,
    Failed,
    Timeout,
    Cancelled,
    /// The cluster's fault, not the job's.
    Infrastructure,
}

impl Verdict {
    pub const ALL: [Verdict; 5] =
        [Self::Passed, Self::Failed, Self::Timeout, Self::Cancelled, Self::Infrastructure];

    /// As records have it.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Timeout => "timeout",
            Verdict::Cancelled => "cancelled",
            Verdict::Infrastructure => "infrastructure",
        }
    }
}

/// Why the job did not pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cause {
    pub step: Option<String>,
    pub role: Option<String>,
    pub node: Option<String>,
    /// The first line says it; what may follow is from a log.
    pub message: String,
}

/// One step of the job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub name: String,
    pub role: String,
    /// `None` where neither the plan nor a result is there.
    pub part: Option<Part>,
    /// Of its first rank.
    pub node: Option<String>,
    /// All that it runs on, in rank order.
    pub nodes: Vec<String>,
    pub state: State,
    pub started: Option<u64>,
    pub ready: Option<u64>,
    pub ended: Option<u64>,
    /// Its program's exit code, or else srun's.
    pub code: Option<i64>,
    /// Whether its program was ended by somebody else.
    #[serde(skip)]
    pub terminated: bool,
    /// Whether it may end well before it is stopped, though it serves.
    #[serde(skip)]
    pub ends_itself: bool,
    /// The last line of its log, safe to print.
    pub last_line: String,
    /// What a client measured, in its own order.
    pub metrics: serde_json::Map<String, serde_json::Value>,
}

impl Run {
    /// Takes over what Slurm says about a job that left no verdict.
    pub fn hear(&mut self, answer: &Answer, restart: u32) {
        if self.verdict.is_some() {
            return;
        }
        match answer {
            Answer::Job(job) => {
                let Some((verdict, message)) = ending(job, restart) else { return };
                self.verdict = Some(verdict);
                self.cause = Some(Cause { message, ..Cause::default() });
                // When it ended, only the records can tell.
                self.seconds = match (self.seconds, self.quiet) {
                    (Some(seconds), Some(quiet)) => Some(seconds.saturating_sub(quiet)),
                    (seconds, _) => seconds,
                };
                (self.over, self.note) = (true, None);
            }
            Answer::Gone(why) => {
                self.note = Some(why.clone());
                self.over = true;
            }
            Answer::Silent(why) => self.note = Some(why.clone()),
        }
        state::settle(self);
    }
}
