//! `disaggc submit` and `cancel`: a job from `sbatch` to its end, for people and pipelines alike.
//!
//! All that is known of it lies in one folder: `folder` has its files, `queue` starts and ends the job, `follow` watches
//! it, `junit` writes the report where the job did not.

mod folder;
mod follow;
mod junit;
mod output;
mod queue;

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use folder::Folder;
use follow::Followed;

use crate::follow::Verdict;

/// How long is waited for the job.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// In the queue; `None`: without end.
    pub queue: Option<Duration>,
    /// In all.
    pub whole: Option<Duration>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was submitted, or it is not known what became of it; a sentence.
    #[error("{0}")]
    Usage(String),
}

/// What became of a job: a word, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub word: Word,
    /// The first line says it; empty for one that passed.
    pub message: String,
    /// Somebody interrupted this process, which cancelled the job.
    pub interrupted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Passed,
    Failed,
    Timeout,
    Cancelled,
    /// The cluster's fault, not the job's.
    Infrastructure,
    /// It never left the queue, or was not taken into it.
    NotStarted,
}

impl Word {
    pub fn name(self) -> &'static str {
        match self {
            Word::Passed => "passed",
            Word::Failed => "failed",
            Word::Timeout => "timeout",
            Word::Cancelled => "cancelled",
            Word::Infrastructure => "infrastructure",
            Word::NotStarted => "not started",
        }
    }

    /// The exit code of `disaggc submit`; 2 is for wrong usage.
    pub fn exit_code(self) -> u8 {
        match self {
            Word::Passed => 0,
            Word::Failed => 1,
            Word::Timeout => 3,
            Word::Cancelled => 4,
            Word::Infrastructure => 5,
            Word::NotStarted => 6,
        }
    }
}

impl From<Verdict> for Word {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Word::Passed,
            Verdict::Failed => Word::Failed,
            Verdict::Timeout => Word::Timeout,
            Verdict::Cancelled => Word::Cancelled,
            Verdict::Infrastructure => Word::Infrastructure,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.lines().next() {
            Some(first) => write!(f, "{}: {first}", self.word.name()),
            None => f.write_str(self.word.name()),
        }
    }
}

impl Outcome {
    fn new(word: Word, message: impl Into<String>) -> Self {
        Outcome { word, message: message.into(), interrupted: false }
    }
}

/// Submits the bundle, and follows its job to the end. The job is gone when this returns, unless an error says
/// otherwise; and `folder` has its report.
///
/// # Errors
/// What is no bundle, or a folder whose job still runs.
pub fn run(
    bundle: &Path,
    folder: &Folder,
    limits: Limits,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let plan = folder::plan(bundle).map_err(Error::Usage)?;
    let _in_use = folder.prepare().map_err(Error::Usage)?;
    let began = std::time::Instant::now();
    let submitted = queue::submit(bundle, folder, &limits, stop, &mut |line| say(out, line));
    let (outcome, ended) = match submitted {
        Ok(job) => {
            say(out, &format!("job {job} is in the queue; {} has its id", folder.job_file().display()));
            let mut followed = Followed::new(&job, folder, &plan, limits, began);
            let outcome = followed.until_its_end(stop, &mut |line| say(out, line));
            (outcome, Some(followed.run_folder()))
        }
        Err(outcome) => (outcome, None),
    };
    folder.collect(&plan, &outcome, ended.as_deref()).map_err(Error::Usage)?;
    let mut lines = outcome.message.lines();
    lines.next();
    lines.for_each(|line| say(out, line));
    say(out, &outcome.to_string());
    Ok(outcome)
}

/// Cancels the job of a folder, if it has one that may still run, and waits until it is gone, and its report written by
/// whoever still follows it.
///
/// # Errors
/// That can't be found out.
pub fn cancel(folder: &Folder, out: &mut dyn Write) -> Result<(), Error> {
    let Some(job) = folder.job() else {
        say(out, &format!("{} has no job", folder.path().display()));
        return Ok(());
    };
    let was_there = queue::cancel(&job, &mut |line| say(out, line)).map_err(Error::Usage)?;
    folder.wait_for_report();
    say(out, &format!("job {job} {}", if was_there { "is gone" } else { "had ended" }));
    Ok(())
}

/// A line of progress. Where nobody can read it, it is lost.
fn say(out: &mut dyn Write, line: &str) {
    let _ = writeln!(out, "{}", crate::cli::printable(line)).and_then(|()| out.flush());
}
