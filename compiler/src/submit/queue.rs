//! The job into the queue, and out of everything.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Folder, Limits, Outcome, Word};
use crate::follow::{self, Answer};

/// For so long a controller that is away is asked to take the job, unless the queue's limit is shorter.
const SUBMIT_WITHIN: Duration = Duration::from_secs(600);
const SUBMIT_AGAIN: Duration = Duration::from_secs(5);
/// For so long Slurm is asked whether a cancelled job is gone.
const GONE_WITHIN: Duration = Duration::from_secs(900);
const ASK_AGAIN: Duration = Duration::from_millis(500);
const CANCEL_AGAIN: Duration = Duration::from_secs(10);
const BLINK: Duration = Duration::from_millis(50);

/// Submits the bundle's job from the folder, which gets its id. sbatch is not disturbed by signals: once it runs it
/// says the id of what it submits.
///
/// # Errors
/// What became of it instead.
pub fn submit(
    bundle: &Path,
    folder: &Folder,
    limits: &Limits,
    stop: &AtomicBool,
    say: &mut dyn FnMut(&str),
) -> Result<String, Outcome> {
    let refused = |why: String| Outcome::new(Word::NotStarted, why);
    let io = |what: &str, error: std::io::Error| refused(format!("{what}: {}", crate::cli::sentence(&error)));
    let script =
        bundle.join("job.sbatch").canonicalize().map_err(|error| io("the bundle can't be read", error))?;
    let patience = [limits.queue, limits.whole].into_iter().flatten().fold(SUBMIT_WITHIN, Duration::min);
    let began = Instant::now();
    let mut told = false;
    loop {
        if stop.load(Ordering::Relaxed) {
            let outcome = Outcome::new(Word::Cancelled, "interrupted before the job was submitted");
            return Err(Outcome { interrupted: true, ..outcome });
        }
        let id = fs::File::create(folder.job_file())
            .map_err(|error| io("the job's id can't be written", error))?;
        let output = Command::new("sh")
            .args(["-c", "trap '' TERM INT HUP; exec sbatch --parsable \"$1\"", "submit"])
            .arg(&script)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(id)
            .stderr(Stdio::piped())
            .spawn()
            .and_then(std::process::Child::wait_with_output)
            .map_err(|error| io("sbatch can't be started", error))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if let Some(job) = folder.job() {
            said.lines().for_each(&mut *say);
            return Ok(job);
        }
        match output.status.code() {
            Some(127) => return Err(refused("there is no sbatch on this machine".to_owned())),
            // Only then is it certain that no job was taken.
            _ if said.contains("Unable to contact") && began.elapsed() < patience => {
                if !told {
                    say("Slurm's controller does not answer; trying again");
                    told = true;
                }
                pause(SUBMIT_AGAIN.min(patience.saturating_sub(began.elapsed())), stop);
            }
            _ if said.is_empty() => return Err(refused("sbatch did not say the job's id".to_owned())),
            _ => return Err(refused(format!("sbatch does not take the job: {said}"))),
        }
    }
}

/// Cancels the job and waits until nothing of it runs; false if it had ended before.
///
/// # Errors
/// That can't be found out; a sentence.
pub fn cancel(job: &str, say: &mut dyn FnMut(&str)) -> Result<bool, String> {
    let began = Instant::now();
    let mut asked: Option<Instant> = None;
    let mut told = false;
    loop {
        let silent = match follow::ask(job) {
            Answer::Job(job) if job.has_ended() => return Ok(asked.is_some()),
            Answer::Gone(_) => return Ok(asked.is_some()),
            Answer::Job(_) => None,
            Answer::Silent(why) => Some(why),
        };
        if began.elapsed() > GONE_WITHIN {
            let why = silent.unwrap_or_else(|| "it is still there".to_owned());
            return Err(format!(
                "job {job} may still run, though it was to be cancelled: {why}; try `scancel {job}`"
            ));
        }
        if silent.is_none() && asked.is_none_or(|asked| asked.elapsed() > CANCEL_AGAIN) {
            if asked.is_none() {
                say(&format!("cancelling job {job}"));
            }
            // Where it does not arrive, the next one may.
            let _ = follow::cancel(job);
            asked = Some(Instant::now());
        }
        if let Some(why) = silent
            && !told
        {
            say(&format!("Slurm does not answer ({why}); trying again"));
            told = true;
        }
        sleep(ASK_AGAIN);
    }
}

/// Returns early when `stop` is set.
pub fn pause(time: Duration, stop: &AtomicBool) {
    let until = Instant::now() + time;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        sleep(BLINK);
    }
}
