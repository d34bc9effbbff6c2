//! What the job's run folder says about its steps.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::Step;
use crate::rehearse::cluster::Cluster;

/// The records of the job's newest run: a requeued one makes a new run folder.
pub struct Records {
    state: Option<Utf8PathBuf>,
}

impl Records {
    pub fn of(cluster: &Cluster, job: &str) -> Self {
        let folders = [cluster.submission(), cluster.runs()];
        let newest = folders.iter().filter_map(|folder| newest(&cluster.outside(folder), job)).max();
        Records { state: newest.map(|(_, folder)| folder.join("state")) }
    }

    /// Whether the job has begun its work.
    pub fn exist(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.is_dir())
    }

    /// What Slurm calls the step.
    pub fn id(&self, step: &Step) -> Option<String> {
        self.first_word(step, "id")
    }

    pub fn has_started(&self, step: &Step) -> bool {
        self.has(step, "started") || self.has(step, "id")
    }

    pub fn is_ready(&self, step: &Step) -> bool {
        self.has(step, "ready")
    }

    pub fn runs(&self, step: &Step) -> bool {
        self.has_started(step) && !self.has(step, "ended")
    }

    fn path(&self, step: &Step, what: &str) -> Option<Utf8PathBuf> {
        Some(self.state.as_ref()?.join(format!("{}.{what}", step.name)))
    }

    fn has(&self, step: &Step, what: &str) -> bool {
        self.path(step, what).is_some_and(|path| path.exists())
    }

    fn first_word(&self, step: &Step, what: &str) -> Option<String> {
        let text = fs::read_to_string(self.path(step, what)?).ok()?;
        text.split_whitespace().next().map(str::to_owned)
    }
}

/// NAME-JOB or NAME-JOB-rRESTARTS, with the highest number of restarts.
fn newest(folder: &Utf8Path, job: &str) -> Option<(u32, Utf8PathBuf)> {
    let run = |path: Utf8PathBuf| {
        let name = path.file_name()?;
        let (name, restarts) = match name.rsplit_once("-r") {
            Some((name, number)) if number.parse::<u32>().is_ok() => (name, number.parse().ok()?),
            _ => (name, 0),
        };
        name.ends_with(&format!("-{job}")).then(|| (restarts, path.clone()))
    };
    folder.read_dir_utf8().ok()?.flatten().filter_map(|entry| run(entry.into_path())).max()
}
