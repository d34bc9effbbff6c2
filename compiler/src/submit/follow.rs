//! A job from the queue to its end, through everything that may happen to it on the way.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::folder::Plan;
use super::output::Output;
use super::{Folder, Limits, Outcome, Word, queue};
use crate::follow::{self, Answer, Job, Run};
use disaggc::slurm_time;

/// How often Slurm is asked: soon after something happened, then less and less often, for it serves a whole cluster.
const SOON: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_secs(15);
/// How often the job's records are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// On its way back into the queue a job looks for a moment as if it had ended.
const BACK_WITHIN: Duration = Duration::from_secs(15);

pub struct Followed<'a> {
    job: &'a str,
    folder: &'a Folder,
    plan: &'a Plan,
    limits: Limits,
    began: Instant,
    /// Since when it waits in the queue; `None`: it does not.
    waits: Option<Instant>,
    /// Which run of the job it is.
    restart: u32,
    /// What was said of it last.
    said: String,
    /// Slurm does not answer, and that was said.
    silent: bool,
    /// Since when Slurm says that it has ended, though it may start again.
    ended: Option<Instant>,
    output: Output,
}

impl<'a> Followed<'a> {
    pub fn new(job: &'a str, folder: &'a Folder, plan: &'a Plan, limits: Limits, began: Instant) -> Self {
        Followed {
            job,
            folder,
            plan,
            limits,
            began,
            waits: Some(began),
            restart: 0,
            said: String::new(),
            silent: false,
            ended: None,
            output: Output::default(),
        }
    }

    /// Of its latest run.
    pub fn run_folder(&self) -> PathBuf {
        self.folder.run_folder(self.plan, self.job, self.restart)
    }

    /// Follows it until it is gone.
    pub fn until_its_end(&mut self, stop: &AtomicBool, say: &mut dyn FnMut(&str)) -> Outcome {
        let mut interval = SOON;
        let mut asked: Option<Instant> = None;
        loop {
            self.output.show(say);
            if let Some(outcome) = self.gives_up(stop) {
                return self.cancelled(outcome, say);
            }
            let run = self.run();
            if run.as_ref().is_some_and(|run| run.verdict.is_some()) {
                interval = SOON;
            }
            if asked.is_none_or(|asked| asked.elapsed() >= interval) {
                asked = Some(Instant::now());
                let before = self.said.clone();
                if let Some(outcome) = self.ask(run.as_ref(), say) {
                    self.output.finish(say);
                    return outcome;
                }
                let quiet = before == self.said && self.ended.is_none();
                interval = if quiet { (interval * 2).min(SELDOM) } else { SOON };
            }
            queue::pause(LOOK, stop);
        }
    }

    /// Why nobody waits any longer, if so.
    fn gives_up(&self, stop: &AtomicBool) -> Option<Outcome> {
        let over = |since: Option<Instant>, limit: Option<Duration>| {
            limit.filter(|limit| since.is_some_and(|since| since.elapsed() >= *limit))
        };
        if stop.load(Ordering::Relaxed) {
            let outcome = Outcome::new(Word::Cancelled, "interrupted, so the job was cancelled");
            return Some(Outcome { interrupted: true, ..outcome });
        }
        if let Some(limit) = over(self.waits, self.limits.queue) {
            let why = if self.said.is_empty() { String::new() } else { format!("; {}", self.said) };
            let message =
                format!("the job did not leave the queue within {}{why}", slurm_time::text(limit.as_secs()));
            return Some(Outcome::new(Word::NotStarted, message));
        }
        let limit = over(Some(self.began), self.limits.whole)?;
        let message =
            format!("the job was not done within {}, so it was cancelled", slurm_time::text(limit.as_secs()));
        Some(Outcome::new(Word::Timeout, message))
    }

    /// Cancels it; what is not certain then is said with the outcome.
    fn cancelled(&mut self, outcome: Outcome, say: &mut dyn FnMut(&str)) -> Outcome {
        say(outcome.message.lines().next().unwrap_or_default());
        let gone = queue::cancel(self.job, say);
        self.output.finish(say);
        match gone {
            Ok(_) => outcome,
            Err(why) => Outcome { message: format!("{}\n{why}", outcome.message), ..outcome },
        }
    }

    /// What the run folder says, if there is one.
    fn run(&self) -> Option<Run> {
        follow::read(&self.run_folder(), follow::unix(SystemTime::now())).ok()
    }

    /// Asks Slurm, and says what is new. Returns what became of the job if it has ended.
    fn ask(&mut self, run: Option<&Run>, say: &mut dyn FnMut(&str)) -> Option<Outcome> {
        let answer = follow::ask(self.job);
        if let Answer::Silent(why) = &answer {
            if !self.silent {
                say(&format!(
                    "Slurm does not answer ({why}); the job is followed by its records, and Slurm asked again"
                ));
                self.silent = true;
            }
            // Its records are complete, so Slurm has nothing to add.
            return run.filter(|run| run.over && run.verdict.is_some()).map(outcome_of);
        }
        if std::mem::take(&mut self.silent) {
            say("Slurm answers again");
        }
        match answer {
            Answer::Job(job) => self.hear(&job, say),
            Answer::Gone(why) => {
                let run = self.run().filter(|run| run.verdict.is_some());
                Some(run.map_or_else(|| Outcome::new(Word::Infrastructure, why), |run| outcome_of(&run)))
            }
            Answer::Silent(_) => None,
        }
    }

    fn hear(&mut self, job: &Job, say: &mut dyn FnMut(&str)) -> Option<Outcome> {
        if !self.output.is_known()
            && let Some(file) = follow::output_file(self.job)
        {
            self.output.is_in(file);
        }
        let again = job.restarts > self.restart || (job.waits() && self.waits.is_none());
        if again {
            self.output.finish(say);
            say("Slurm put the job back into its queue: following its next run");
            self.ended = None;
        }
        self.restart = job.restarts;
        if job.waits() {
            self.waits = self.waits.filter(|_| !again).or(Some(Instant::now()));
        } else {
            self.waits = None;
        }
        let state = state(job);
        if state != self.said {
            say(&format!("job {} {state}", self.job));
            self.said = state;
        }
        if !job.has_ended() {
            self.ended = None;
            return None;
        }
        let final_state = matches!(job.state.as_str(), "COMPLETED" | "FAILED" | "TIMEOUT" | "OUT_OF_MEMORY");
        let since = *self.ended.get_or_insert_with(Instant::now);
        if job.requeue && !final_state && since.elapsed() < BACK_WITHIN {
            return None;
        }
        let run = self.run().filter(|run| run.verdict.is_some());
        Some(run.map_or_else(|| unrecorded(job, self.restart), |run| outcome_of(&run)))
    }
}

/// What Slurm says of it, for a person.
fn state(job: &Job) -> String {
    let reason = match job.reason.as_str() {
        "" | "None" => String::new(),
        reason => format!(" ({reason})"),
    };
    match job.state.as_str() {
        _ if job.waits() => format!("waits in the queue{reason}"),
        "RUNNING" => format!("runs on {}", job.nodes),
        "CONFIGURING" => format!("gets its nodes, {}", job.nodes),
        "COMPLETING" => "comes to its end".to_owned(),
        "SUSPENDED" | "STOPPED" => format!("is suspended{reason}"),
        state => format!("is now {state}{reason}"),
    }
}

/// What its own records say.
fn outcome_of(run: &Run) -> Outcome {
    let word = run.verdict.map_or(Word::Infrastructure, Word::from);
    let cause = run.cause.as_ref();
    Outcome::new(word, cause.map(|cause| cause.message.clone()).unwrap_or_default())
}

/// How a job ended that left no verdict.
fn unrecorded(job: &Job, restart: u32) -> Outcome {
    let (verdict, message) = follow::ending(job, restart)
        .unwrap_or((follow::Verdict::Infrastructure, "the job left no verdict".to_owned()));
    Outcome::new(verdict.into(), message)
}
