//! `disaggc rehearse`: runs a bundle on a private Slurm with pretend GPUs, with stand-ins or with the
//! software itself where that runs without GPUs.
//!
//! The scripts of `stdlib/rehearsal/` set the cluster up inside namespaces that end with this process;
//! this module puts them into a work folder, starts them, submits the job and reports what comes of it.

mod claim;
mod cluster;
mod conf;
mod fault;
mod interrupt;
mod job;
mod left;
mod model;
mod processes;
mod python;
pub mod requirements;
#[cfg(test)]
mod tests;
mod verdict;
mod work;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use disaggc::plan::{Component, SlurmOption};
use disaggc::stdlib::Stdlib;

pub use claim::folder as temporary_folder;
use cluster::Cluster;
use fault::Watch;
pub use fault::{Fault, Steps, cases};
pub use model::write as write_model;
pub use python::{Requirements, is_set_up};
pub use verdict::Outcome;

/// What to run, and what the cluster has to be like.
#[derive(Clone)]
pub struct Rehearsal<'a> {
    /// The bundle's folder. It is copied: a rehearsal changes nothing of it.
    pub bundle: &'a Utf8Path,
    /// Its nodes, kind by kind; partitions, features, licences and reservations are made to fit their options.
    pub components: Vec<Component>,
    /// Whether the cluster's Slurm has pyxis' `--container-*` options.
    pub pyxis: bool,
    /// Whether the cluster's Slurm has `--segment`.
    pub segment: bool,
    /// The model's path, as a step sees it. A container gets one where its mount's source is not on this machine.
    pub model: Option<&'a str>,
    /// Whether something reads that model's files.
    pub reads_model: bool,
    /// Paths and contents of what takes the engine's place: `bin/` comes first on PATH, its folder on
    /// PYTHONPATH.
    pub stand_in: &'a [(&'a str, &'a str)],
    /// Variables for the stand-in.
    pub environment: &'a [(String, String)],
    /// Folders below /tmp that all nodes see, which otherwise have a /tmp of their own.
    pub shared: &'a [Utf8PathBuf],
    /// A folder at the end of the nodes' PATH.
    pub path: Option<&'a Utf8Path>,
    /// Debian packages that the stand-in or the software needs.
    pub packages: &'a [String],
    /// Software from PyPI, which is set up once.
    pub python: &'a [Requirements],
    /// Where that software is kept; `None`: nowhere, so there must be none.
    pub cache: Option<&'a Utf8Path>,
    /// Where the job makes its run folder; `None`: where `sbatch` is called.
    pub run_folder: Option<&'a Utf8Path>,
    /// A new folder that gets a copy of the run folder.
    pub keep: Option<&'a Utf8Path>,
    /// Whether that folder goes away with whoever asked, so that nobody need be told of it.
    pub keep_briefly: bool,
    /// What is broken on purpose.
    pub faults: &'a [Fault],
    /// How long the job may go on after the last fault.
    pub patience: Duration,
    /// Is called now and then with the run folder of the running job, to show what it does.
    pub look: Option<&'a dyn Fn(&Utf8Path)>,
}

impl Rehearsal<'_> {
    pub fn nodes(&self) -> u32 {
        self.components.iter().map(|component| component.nodes).sum()
    }

    /// The most GPUs that a node has.
    pub fn most_gpus(&self) -> u32 {
        self.components.iter().map(|component| component.gpus_per_node).max().unwrap_or(0)
    }

    /// Whether Slurm gets a plugin with options that Debian's lacks.
    fn needs_plugin(&self) -> bool {
        self.pyxis || self.segment
    }

    /// All options of the job.
    pub fn options(&self) -> impl Iterator<Item = &SlurmOption> {
        self.components.iter().flat_map(|component| &component.sbatch)
    }
}

/// A generous patience: no cluster takes so long to see that something broke.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// Why there was no rehearsal, or none that came to an end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Missing(String),
    #[error("{0}")]
    Unsupported(String),
    #[error("the private Slurm does not work: {0}")]
    Cluster(String),
    #[error("stopped before the end; nothing is left running")]
    Interrupted,
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
}

impl Error {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Error::Io { what, source }
    }
}

/// Rehearses the bundle and says on `out` what happens. Everything that was started has ended when this
/// returns; it also ends when this process is killed.
pub fn run(rehearsal: &Rehearsal, stdlib: &Stdlib, out: &mut dyn Write) -> Result<Outcome, Error> {
    requirements::check(rehearsal)?;
    interrupt::watch()?;
    let python = python::set_up(rehearsal, out)?;
    let began = Instant::now();
    let idle: Vec<String> = idle(rehearsal).into_iter().collect();
    if !idle.is_empty() {
        say(out, &format!("without effect here: {}", idle.join(", ")))?;
    }
    say(out, &format!("starting a private Slurm of {}", shape(rehearsal)))?;
    let cluster = Cluster::start(rehearsal, &python, stdlib, out)?;
    say(out, &format!("it is up after {:.1} s; submitting the job", began.elapsed().as_secs_f64()))?;
    let outcome = follow(&cluster, rehearsal, out);
    let pretended = cluster.pretended();
    let stopped = cluster.stop();
    let mut outcome = outcome?;
    stopped?;
    outcome.run_folder.take_if(|_| rehearsal.keep_briefly);
    if let Some(line) = pretended {
        say(out, &line)?;
    }
    if outcome.exit_code() == 0 {
        say(out, "no GPU took part: that it runs was shown, its numbers measure nothing")?;
    }
    outcome.print(began.elapsed(), out)?;
    Ok(outcome)
}

/// Runs the job to its end, with the faults that are wanted, and looks at what it left.
fn follow(cluster: &Cluster, rehearsal: &Rehearsal, out: &mut dyn Write) -> Result<Outcome, Error> {
    let mut watch = Watch::new(cluster, rehearsal);
    let end = job::run(cluster, &mut watch, rehearsal.look, out)?;
    let left = left::behind(cluster, watch.lost_nodes())?;
    let problems = [watch.end(), left].concat();
    Ok(Outcome { problems, ..verdict::of(&end, cluster, rehearsal)? })
}

/// Options that a private Slurm takes and that change nothing there: it has no accounting, and no network but one bridge.
const IDLE: [&str; 5] = ["account", "qos", "segment", "switches", "wckey"];

/// Those that the job has.
fn idle(rehearsal: &Rehearsal) -> BTreeSet<String> {
    let has_no_effect = |option: &&SlurmOption| IDLE.contains(&option.name.as_str());
    rehearsal.options().filter(has_no_effect).map(|option| format!("--{}", option.name)).collect()
}

/// `6 nodes with 4 GPUs each`.
fn shape(rehearsal: &Rehearsal) -> String {
    let count = |n: u32, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let part = |component: &Component| {
        let each = if component.nodes == 1 { "" } else { " each" };
        format!("{} with {}{each}", count(component.nodes, "node"), count(component.gpus_per_node, "GPU"))
    };
    rehearsal.components.iter().map(part).collect::<Vec<_>>().join(" and ")
}

fn say(out: &mut dyn Write, line: &str) -> Result<(), Error> {
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Error::io("can't write the progress"))
}
