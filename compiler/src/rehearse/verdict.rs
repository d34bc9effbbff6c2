//! What came of the job: `result.json` in its run folder, or what Slurm says where it left none.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde::Serialize;

use super::cluster::Cluster;
use super::job::End;
use super::{Error, Rehearsal, say, work};
use crate::follow::{self, Cause, Record, Verdict};
use disaggc::plan::Part;

/// How the rehearsal ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Why it failed; `None`: it passed.
    pub cause: Option<Cause>,
    /// The job's own; `None` where it left none.
    pub verdict: Option<Verdict>,
    /// What went wrong with the rehearsal itself, a line each: a fault that did not happen, a process of
    /// the job that is left.
    pub problems: Vec<String>,
    /// The copy of the run folder, where one was asked for.
    pub run_folder: Option<Utf8PathBuf>,
    /// The last line of each server's log, where the job passed: what it says that it did.
    pub last_words: IndexMap<String, String>,
}

impl Outcome {
    /// 0: the job would run; 1: it would not, or the rehearsal did not show that.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.cause.is_some() || !self.problems.is_empty())
    }

    pub(super) fn print(&self, took: Duration, out: &mut dyn Write) -> Result<(), Error> {
        let mut text = match &self.cause {
            None => {
                let widest = self.last_words.iter().map(|(step, _)| step.len()).max().unwrap_or(0);
                let lines = self.last_words.iter().map(|(step, line)| format!("  {step:widest$}  {line}\n"));
                let lines = lines.collect::<String>();
                let verdict = if self.problems.is_empty() { "passed" } else { "the job passed" };
                format!("the servers' last words:\n{lines}{verdict}")
            }
            Some(cause) => {
                let place = [cause.step.clone(), cause.node.as_ref().map(|node| format!("on {node}"))];
                let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let colon = if place.is_empty() { "" } else { ": " };
                format!("failed: {place}{colon}{}", cause.message.trim_end())
            }
        };
        for problem in &self.problems {
            write!(text, "\nfailed: {problem}").expect("a string");
        }
        write!(text, "\nthe rehearsal took {:.1} s", took.as_secs_f64()).expect("a string");
        match &self.run_folder {
            Some(folder) => write!(text, "; its run folder is in {folder}").expect("a string"),
            None if self.exit_code() != 0 => text += "; with --run-folder DIR its logs are kept",
            None => {}
        }
        say(out, &text)
    }
}

/// Reads the verdict while the work folder still exists, and copies the run folder if that is wanted.
pub(super) fn of(end: &End, cluster: &Cluster, rehearsal: &Rehearsal) -> Result<Outcome, Error> {
    let record = record(cluster, "result.json");
    let mut cause = match &record {
        Some(file) => read(file, end),
        None => Some(Cause { message: without_record(end, cluster), ..Cause::default() }),
    };
    let verdict = record.as_ref().and_then(|file| verdict(file));
    let last_words = match (&record, &cause) {
        (Some(file), None) => last_words(file),
        _ => IndexMap::new(),
    };
    let mut run_folder = None;
    if let Some(keep) = rehearsal.keep {
        let from = match &record {
            Some(file) => file.parent().expect("in a folder").to_owned(),
            None => cluster.outside(&cluster.submission()),
        };
        // With a dot at its end cp copies what is in the folder, into one that may exist already.
        fs::create_dir_all(keep).map_err(Error::io(format!("can't make {keep}")))?;
        work::copy(&from.join("."), keep)?;
        if let Some(cause) = &mut cause {
            cause.message = cause.message.replace(cluster.inside(&from), keep.as_str());
        }
        run_folder = Some(keep.to_owned());
    }
    Ok(Outcome { cause, verdict, problems: Vec::new(), run_folder, last_words })
}

/// The run folder, as soon as there is one.
pub(super) fn run_folder(cluster: &Cluster) -> Option<Utf8PathBuf> {
    Some(record(cluster, "state")?.parent().expect("in a folder").to_owned())
}

/// What a job leaves in its run folder under this name; in that of the last run, if it was requeued.
fn record(cluster: &Cluster, name: &str) -> Option<Utf8PathBuf> {
    let folders = [cluster.submission(), cluster.runs()];
    folders.iter().find_map(|folder| find(&cluster.outside(folder), name, 3))
}

/// At most so many folders down.
fn find(folder: &Utf8Path, name: &str, depth: u32) -> Option<Utf8PathBuf> {
    let file = folder.join(name);
    if file.exists() {
        return Some(file);
    }
    let mut folders: Vec<_> =
        folder.read_dir_utf8().ok()?.flatten().map(|e| e.into_path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    if depth == 0 { None } else { folders.iter().rev().find_map(|folder| find(folder, name, depth - 1)) }
}

fn read(file: &Utf8Path, end: &End) -> Option<Cause> {
    let message = |message: String| Some(Cause { message, ..Cause::default() });
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(why) => return message(format!("can't read {file}: {why}")),
    };
    let Record { verdict, cause, .. } = match follow::parse(&text) {
        Ok(record) => record,
        Err(why) => return message(format!("{file} can't be used: {why}")),
    };
    match (verdict, end) {
        (Verdict::Passed, End::Ended { state, .. }) if state == "COMPLETED" => None,
        (Verdict::Passed, _) => {
            message(format!("the job says that it passed, but Slurm says: {}", words(end)))
        }
        _ => {
            cause.or_else(|| message(format!("the job's verdict is \"{}\", without a cause", verdict.name())))
        }
    }
}

fn verdict(file: &Utf8Path) -> Option<Verdict> {
    let text = fs::read_to_string(file).ok()?;
    follow::parse(&text).ok().map(|record| record.verdict)
}

fn last_words(file: &Utf8Path) -> IndexMap<String, String> {
    let record = fs::read_to_string(file).ok().and_then(|text| follow::parse(&text).ok());
    let servers = record.into_iter().flat_map(|r| r.steps).filter(|step| step.part.is_some_and(Part::serves));
    let logs = file.with_file_name("log");
    let word = |name: String| {
        let line = follow::last_line(logs.join(format!("{name}.log")).as_std_path());
        (!line.is_empty()).then_some((name, line))
    };
    servers.filter_map(|step| word(step.name)).collect()
}

fn without_record(end: &End, cluster: &Cluster) -> String {
    match end {
        End::Refused(_) | End::Stuck(_) => words(end),
        End::Ended { .. } => format!(
            "the job left no verdict; Slurm says: {}; its controller's log ends with\n{}",
            words(end),
            cluster.log_tail("slurmctld.log")
        ),
    }
}

fn words(end: &End) -> String {
    match end {
        End::Refused(why) => format!("sbatch refuses the job: {why}"),
        End::Stuck(reason) => format!("the job never starts; Slurm's reason: {reason}"),
        End::Ended { state, reason, exit_status } => format!("{state}, reason {reason}, {exit_status}"),
    }
}
