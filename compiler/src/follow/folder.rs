//! A run folder's files, put together. Any of them may be missing: the job may not have come so far, and the
//! bundle may be gone.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use thiserror::Error;

use super::names::{guessed_role, named_job, named_topology, real};
use super::{Cause, Part, Run, State, Step, Verdict, log, result, state};

/// Seconds in which a job that has its verdict stops what runs; then it must be over.
const STOPPING: u64 = 60;

#[derive(Debug, Error)]
pub enum Error {
    #[error("{} can't be read: {why}", path.display())]
    Io { path: PathBuf, why: String },
    #[error("{} is no run folder: {why}", path.display())]
    Foreign { path: PathBuf, why: &'static str },
    #[error("{} can't be used: {why}", path.display())]
    Result { path: PathBuf, why: String },
}

/// The part of `plan.json` that matters here.
#[derive(Debug, Deserialize)]
struct Plan {
    topology: String,
    mode: String,
    roles: Vec<PlannedRole>,
    steps: Vec<PlannedStep>,
}

#[derive(Debug, Deserialize)]
struct PlannedRole {
    name: String,
    part: Part,
    #[serde(default)]
    ends_itself: bool,
}

#[derive(Debug, Deserialize)]
struct PlannedStep {
    name: String,
    role: String,
}

/// What is known of the job in `folder` at the time `now`, in Unix seconds, without asking Slurm.
///
/// # Errors
/// The folder is none, or none of a job; or its result can't be understood.
pub fn read(folder: &Path, now: u64) -> Result<Run, Error> {
    let metadata = fs::metadata(folder)
        .map_err(|error| Error::Io { path: folder.to_owned(), why: crate::cli::sentence(&error) })?;
    let foreign = |why| Err(Error::Foreign { path: folder.to_owned(), why });
    let result_file = folder.join("result.json");
    if !metadata.is_dir() {
        return foreign("it is a file; name the folder that the job made, called TOPOLOGY-JOBID");
    }
    if !folder.join("state").is_dir() && !result_file.is_file() {
        if folder.join("job.sbatch").is_file() {
            return foreign("it is a bundle; name the folder that its job made, called TOPOLOGY-JOBID");
        }
        return foreign("it has no folder state and no result.json; a job makes it, called TOPOLOGY-JOBID");
    }
    let record = match fs::read(&result_file) {
        Ok(bytes) => Some(
            result::parse(&String::from_utf8_lossy(&bytes))
                .map_err(|why| Error::Result { path: result_file, why })?,
        ),
        Err(_) => None,
    };
    Ok(put_together(folder, now, plan(folder), record))
}

fn put_together(folder: &Path, now: u64, plan: Option<Plan>, record: Option<result::Record>) -> Run {
    let records = folder.join("state");
    let name = real(folder);
    let mut run = Run { topology: named_topology(&name).to_owned(), ..Run::default() };
    run.quiet = newest(folder).map(|then| now.saturating_sub(then));
    if let Some(words) = words(&records.join("job.began")) {
        run.began = words.first().and_then(|word| word.parse().ok());
        run.job = words.get(1).cloned();
    }
    run.steps = steps(folder, plan.as_ref(), record.as_ref());
    if let Some(plan) = plan {
        (run.topology, run.mode) = (plan.topology, Some(plan.mode));
    }
    if let Some(words) = words(&records.join("job.verdict")) {
        run.verdict =
            Verdict::ALL.into_iter().find(|verdict| words.first().is_some_and(|w| w == verdict.name()));
        run.seconds = words.get(1).and_then(|word| word.parse().ok());
    }
    if let Some(record) = record {
        run.topology = record.topology;
        run.mode = record.mode.or(run.mode);
        run.job = record.job.or(run.job);
        run.began = record.began.or(run.began);
        run.verdict = Some(record.verdict);
        run.cause = record.cause.map(|cause| with_role(cause, &run.steps));
        run.seconds = run.seconds.or(Some(record.seconds));
        run.over = run.steps.iter().all(|step| step.started.is_none() || step.ended.is_some());
    }
    if run.job.is_none() {
        run.job = named_job(&name).map(str::to_owned);
    }
    run.over |= words(&records.join("job.over")).is_some();
    run.over |= run.verdict.is_some() && run.quiet.is_some_and(|quiet| quiet > STOPPING);
    if run.seconds.is_none() {
        run.seconds = run.began.map(|began| now.saturating_sub(began));
    }
    state::settle(&mut run);
    run
}

fn with_role(cause: Cause, steps: &[Step]) -> Cause {
    let step = steps.iter().find(|step| Some(&step.name) == cause.step.as_ref());
    Cause { role: cause.role.or(step.map(|step| step.role.clone())), ..cause }
}

fn plan(folder: &Path) -> Option<Plan> {
    let steps = folder.join("steps").canonicalize().ok()?;
    serde_json::from_slice(&fs::read(steps.parent()?.join("plan.json")).ok()?).ok()
}

/// The steps in the plan's order, or the result's; where there is neither, those that left something.
fn steps(folder: &Path, plan: Option<&Plan>, record: Option<&result::Record>) -> Vec<Step> {
    let written = record.map(|record| record.steps.as_slice()).unwrap_or_default();
    let names: Vec<String> = match plan {
        Some(plan) => plan.steps.iter().map(|step| step.name.clone()).collect(),
        None if !written.is_empty() => written.iter().map(|step| step.name.clone()).collect(),
        None => found(folder),
    };
    let step = |name: &String| {
        let written = written.iter().find(|step| step.name == *name);
        let planned = plan.and_then(|plan| plan.steps.iter().find(|step| step.name == *name));
        let role = planned.map(|step| &step.role).or(written.and_then(|step| step.role.as_ref()));
        let known = plan.and_then(|plan| plan.roles.iter().find(|known| Some(&known.name) == role));
        let mut step = recorded(folder, name);
        step.role = role.cloned().unwrap_or_else(|| guessed_role(name).to_owned());
        step.part = known.map(|role| role.part);
        step.ends_itself = known.is_some_and(|role| role.ends_itself);
        if let Some(written) = written {
            complete(&mut step, written);
        }
        step
    };
    names.iter().map(step).collect()
}

/// Takes from the result what the records don't have.
fn complete(step: &mut Step, written: &result::StepRecord) {
    step.part = step.part.or(written.part);
    step.started = step.started.or(written.started);
    step.ready = step.ready.or(written.ready);
    step.ended = step.ended.or(written.ended);
    step.code = step.code.or(written.code);
    if step.nodes.is_empty() {
        step.node.clone_from(&written.node);
        step.nodes.extend(written.node.clone());
    }
    if !written.metrics.is_empty() {
        step.metrics.clone_from(&written.metrics);
    }
}

/// A step by its records alone.
fn recorded(folder: &Path, name: &str) -> Step {
    let record = |kind: &str| words(&folder.join("state").join(format!("{name}.{kind}")));
    let seconds = |words: Option<Vec<String>>, at: usize| words?.get(at)?.parse().ok();
    let code = |words: &Option<Vec<String>>| words.as_ref()?.first()?.parse::<i64>().ok();
    let (ended, exit) = (record("ended"), record("exit"));
    let hosts = text(&folder.join("hosts").join(name)).unwrap_or_default();
    let mut hosts: Vec<String> = hosts.split_whitespace().map(str::to_owned).collect();
    let mut seen = HashSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    Step {
        name: name.to_owned(),
        role: String::new(),
        part: None,
        node: hosts.first().cloned(),
        state: State::Waiting,
        started: seconds(record("started"), 0),
        ready: seconds(record("ready"), 0),
        // The program's own code, where the launcher or srun has another one.
        code: code(&exit).or(code(&ended)),
        terminated: exit.is_some_and(|words| words.get(2).is_some_and(|why| why == "terminated")),
        ends_itself: false,
        ended: seconds(ended, 1),
        last_line: last_line(folder, name, &hosts),
        nodes: hosts,
        metrics: metrics(&folder.join("results").join(name).join("metrics")),
    }
}

/// Of the step's own log; of a node's, where each node has one; else what srun said.
fn last_line(folder: &Path, step: &str, hosts: &[String]) -> String {
    let log = |name: String| log::last_line(&folder.join("log").join(name));
    let own = std::iter::once(format!("{step}.log"));
    let nodes = hosts.iter().map(|host| format!("{step}-{host}.log"));
    let files = own.chain(nodes).chain(std::iter::once(format!("{step}.srun")));
    files.map(log).find(|line| !line.is_empty()).unwrap_or_default()
}

/// `key=value` lines; what is no number is no metric.
fn metrics(file: &Path) -> serde_json::Map<String, serde_json::Value> {
    let text = text(file).unwrap_or_default();
    let pair = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let is_key = !key.is_empty() && key.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        let number: serde_json::Number = serde_json::from_str(value).ok()?;
        is_key.then(|| (key.to_owned(), number.into()))
    };
    text.lines().filter_map(pair).collect()
}

/// Names of steps that left something, in the order in which they were started.
fn found(folder: &Path) -> Vec<String> {
    let names = |folder: &str, suffix: &str| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let name = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(suffix).map(str::to_owned);
        entries.filter_map(name).collect::<Vec<_>>()
    };
    let below = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let mut all = names(&below("hosts"), "");
    for suffix in [".started", ".ready", ".ended", ".exit"] {
        all.extend(names(&below("state"), suffix));
    }
    let number = |name: &str| name.rsplit_once('_').and_then(|(_, n)| n.parse::<u64>().ok());
    all.sort_by_cached_key(|name| {
        let started = recorded(folder, name).started;
        (started.is_none(), started, guessed_role(name).to_owned(), number(name), name.clone())
    });
    all.dedup();
    all
}

/// When the newest record appeared, in Unix seconds.
fn newest(folder: &Path) -> Option<u64> {
    let records =
        fs::read_dir(folder.join("state")).into_iter().flatten().flatten().map(|entry| entry.path());
    let time = |path: PathBuf| fs::metadata(path).ok()?.modified().ok();
    records.chain([folder.join("result.json")]).filter_map(time).max().map(unix)
}

/// Seconds since 1970.
pub fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |duration| duration.as_secs())
}

/// The words of a record; `None` while it is not there.
fn words(file: &Path) -> Option<Vec<String>> {
    Some(text(file)?.split_whitespace().map(str::to_owned).collect())
}

fn text(file: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&fs::read(file).ok()?).into_owned())
}
