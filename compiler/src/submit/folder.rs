//! The folder of one submission. What an earlier one left in it is gone before the next begins, so that no id and no
//! report is taken for another job's.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{Outcome, junit};
use crate::cli::sentence;
use crate::follow::{self, Answer};

/// How long after a job's end its report takes at most.
const REPORTED_WITHIN: Duration = Duration::from_secs(60);

pub struct Folder(PathBuf);

/// What of plan.json matters here.
#[derive(Debug, Deserialize)]
pub struct Plan {
    pub topology: String,
    pub run_folder: Option<PathBuf>,
}

/// The plan of a bundle.
///
/// # Errors
/// A sentence about why it is none.
pub fn plan(bundle: &Path) -> Result<Plan, String> {
    let why = |why: &str| format!("{} is no bundle: {why}; `disaggc build` writes one", bundle.display());
    if !bundle.join("job.sbatch").is_file() {
        return Err(why("it has no job.sbatch"));
    }
    let text = fs::read(bundle.join("plan.json")).map_err(|_| why("its plan.json can't be read"))?;
    serde_json::from_slice(&text).map_err(|_| why("its plan.json is not one of disaggc"))
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The job's id: sbatch itself writes it, so that it is there whatever becomes of this process.
    pub fn job_file(&self) -> PathBuf {
        self.0.join("job")
    }

    /// Of the job that was submitted from here last.
    pub fn job(&self) -> Option<String> {
        let text = fs::read_to_string(self.job_file()).ok()?;
        // `ID;CLUSTER` where there are several clusters.
        let id = text.trim().split(';').next().unwrap_or_default();
        id.starts_with(|c: char| c.is_ascii_digit()).then(|| id.to_owned())
    }

    /// Makes it, without anything of an earlier job. While the returned file is open, the folder is in use.
    ///
    /// # Errors
    /// A sentence: that job may still run, or the folder can't be used.
    pub fn prepare(&self) -> Result<File, String> {
        let fail =
            |error: std::io::Error| format!("{} can't be used: {}", self.0.display(), sentence(&error));
        if let Some(job) = self.job() {
            let running = match follow::ask(&job) {
                Answer::Job(job) => !job.has_ended(),
                Answer::Gone(_) => false,
                Answer::Silent(why) => {
                    return Err(format!("{}: its last job may still run: {why}", self.0.display()));
                }
            };
            if running {
                let folder = self.0.display();
                return Err(format!("job {job} of {folder} still runs; `disaggc cancel {folder}` ends it"));
            }
        }
        fs::create_dir_all(&self.0).map_err(fail)?;
        let lock = File::create(self.lock_file()).map_err(fail)?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(format!("another disaggc submits from {} just now", self.0.display()));
        }
        for file in ["job", "junit.xml", "result.json", "run"] {
            match fs::remove_file(self.0.join(file)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail(error)),
                _ => {}
            }
        }
        Ok(lock)
    }

    fn lock_file(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Until whoever submitted from here has written the report, or is dead. A file system without locks is not
    /// waited for.
    pub fn wait_for_report(&self) {
        let Ok(lock) = File::open(self.lock_file()) else { return };
        let patience = Instant::now() + REPORTED_WITHIN;
        while matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < patience {
            sleep(Duration::from_millis(50));
        }
    }

    /// Where the job makes its run folder; a job that is started again has one more.
    pub fn run_folder(&self, plan: &Plan, job: &str, restart: u32) -> PathBuf {
        let again = if restart > 0 { format!("-r{restart}") } else { String::new() };
        plan.run_folder.as_ref().unwrap_or(&self.0).join(format!("{}-{job}{again}", plan.topology))
    }

    /// Puts the job's report here: `junit.xml` in any case, `result.json` and the link `run` where there was a run.
    ///
    /// # Errors
    /// A sentence about what can't be written.
    pub fn collect(&self, plan: &Plan, outcome: &Outcome, run: Option<&Path>) -> Result<(), String> {
        let fail =
            |error: std::io::Error| format!("{} can't be written: {}", self.0.display(), sentence(&error));
        let run = run.filter(|run| run.is_dir());
        if let Some(run) = run {
            let run = run.canonicalize().map_err(fail)?;
            symlink(&run, self.0.join("run")).map_err(fail)?;
            if run.join("result.json").is_file() {
                fs::copy(run.join("result.json"), self.0.join("result.json")).map_err(fail)?;
            }
        }
        let own = self.0.join("junit.xml");
        let written = run.map(|run| run.join("junit.xml")).filter(|file| {
            let text = fs::read_to_string(file).unwrap_or_default();
            junit::agrees(&text, outcome)
        });
        match written {
            Some(file) => fs::copy(file, own).map(|_| ()),
            None => fs::write(own, junit::report(&plan.topology, outcome)),
        }
        .map_err(fail)
    }
}
