//! One declarative pipeline for all topologies.

use std::collections::BTreeMap;

use serde::Serialize;
use tera::Value;

use super::groovy;
use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::emit::quote::quote;
use crate::emit::template::Templates;
use crate::plan::Plan;
use crate::plan::jenkins::{Hook, Jenkins, Retention};
use crate::slurm_time;
use crate::stdlib::Stdlib;
use crate::topology::jenkins::CONDITIONS;

const FOLDER: &str = "jenkins";
const FILE: &str = "Jenkinsfile";
/// The pipeline's own folder in the workspace.
const WORK: &str = ".disaggc";
/// Jobs at a time, where no topology says how many.
const PARALLEL: u32 = 4;
/// How much longer than its stage's own limit Jenkins waits: for a job to be cancelled, and the reports.
const MARGIN: u64 = 900;

/// A topology that the pipeline runs.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    pub plan: &'a Plan,
    /// Relative to the top of the repository, from where Jenkins calls disaggc.
    pub file: &'a str,
    /// How it is compiled besides: `--topology NAME`, `--set PATH=VALUE`.
    pub options: &'a [String],
}

#[derive(Serialize)]
struct Pipeline<'a> {
    agent: &'a str,
    workspace: Option<&'a str>,
    retention: Option<Retention>,
    cron: Option<String>,
    /// A script that looks at all topologies before it fails.
    compile: String,
    groups: Vec<Group<'a>>,
    hooks: Vec<Told>,
}

/// Jobs of one size.
#[derive(Serialize)]
struct Group<'a> {
    name: String,
    lanes: Vec<Lane<'a>>,
}

/// One after the other.
#[derive(Serialize)]
struct Lane<'a> {
    name: String,
    stages: Vec<Job<'a>>,
}

#[derive(Serialize)]
struct Job<'a> {
    name: &'a str,
    branches: &'a [String],
    credentials: &'a [crate::plan::jenkins::Credential],
    /// Seconds; 0: without end.
    timeout: u64,
    submit: String,
    cancel: String,
    junit: String,
    artifacts: String,
}

/// Everybody that a condition of Jenkins tells.
#[derive(Serialize)]
struct Told {
    /// A name of Groovy, no text.
    condition: Value,
    mail: Option<String>,
    slack: Vec<String>,
}

/// The pipeline's file.
///
/// # Errors
/// Topologies that can't be in one pipeline, or a template that can't be rendered.
pub fn pipeline(stages: &[Stage], stdlib: &Stdlib) -> Result<File, Diagnostic> {
    let asked: Vec<(&Stage, &Jenkins)> =
        stages.iter().filter_map(|stage| Some((stage, stage.plan.jenkins.as_ref()?))).collect();
    let Some((_, first)) = asked.first() else {
        return Err(Diagnostic::error("jenkins/none", "no topology says how a pipeline runs it")
            .help("add `jenkins { agent \"LABEL\" }` to the topology, with the label of agents that can call `sbatch`"));
    };
    for (index, (stage, _)) in asked.iter().enumerate() {
        let same = |(other, _): &&(&Stage, &Jenkins)| other.plan.topology == stage.plan.topology;
        if let Some((other, _)) = asked[..index].iter().find(same) {
            return Err(Diagnostic::error(
                "jenkins/same-name",
                format!("{} and {} both have a topology \"{}\"", other.file, stage.file, stage.plan.topology),
            )
            .help("their stages, folders and reports would have one name: rename one of them"));
        }
    }
    let agent = agreed(&asked, "agent", |j| Some(&j.agent))?.unwrap_or(&first.agent);
    let retention =
        agreed(&asked, "retention", |j| Some(j.retention).filter(|r| *r != Retention::default()))?;
    let parallel = agreed(&asked, "parallel", |j| j.parallel)?.unwrap_or(PARALLEL);
    let workspace = agreed(&asked, "workspace", |j| j.workspace.as_deref())?;
    let program = agreed(&asked, "program", |j| Some(j.program.as_str()))?.unwrap_or_default();
    let pipeline = Pipeline {
        agent,
        workspace,
        retention,
        cron: cron(&asked),
        compile: compile(&asked, program),
        groups: groups(&asked, parallel as usize),
        hooks: hooks(&asked),
    };
    let files = stdlib.folder(FOLDER);
    let content = Templates::of(files, &[FILE], groovy::escape)?.render(FILE, &pipeline)?;
    Ok(File { path: FILE.to_owned(), content, executable: false })
}

/// What the whole pipeline has once: those that say it must say the same.
fn agreed<'a, T: PartialEq + std::fmt::Debug>(
    asked: &[(&'a Stage<'a>, &'a Jenkins)],
    name: &str,
    value: impl Fn(&'a Jenkins) -> Option<T>,
) -> Result<Option<T>, Diagnostic> {
    let mut said: Option<(&Stage, T)> = None;
    for (stage, jenkins) in asked {
        let Some(value) = value(jenkins) else { continue };
        match &said {
            Some((first, other)) if *other != value => {
                return Err(Diagnostic::error(
                    "jenkins/disagree",
                    format!("{} and {} want another `{name}` for one pipeline", first.file, stage.file),
                )
                .help(format!(
                    "{other:?} and {value:?}: write the same in all of them, or give each its own pipeline with `disaggc jenkins FILE`"
                )));
            }
            Some(_) => {}
            None => said = Some((stage, value)),
        }
    }
    Ok(said.map(|(_, value)| value))
}

/// The lines of all, each once.
fn cron(asked: &[(&Stage, &Jenkins)]) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    for line in asked.iter().flat_map(|(_, jenkins)| &jenkins.cron) {
        if !lines.contains(&line.as_str()) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Words as one command of a shell.
fn command(words: &[&str]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// An argument that begins with `-` would be an option.
fn path(file: &str) -> String {
    if file.starts_with('-') { format!("./{file}") } else { file.to_owned() }
}

/// Where all about a topology's job is.
fn folder(plan: &Plan) -> String {
    format!("{WORK}/{}", plan.topology)
}

/// Ends what an earlier build may have left, and builds all bundles; the first mistake does not hide the others'.
fn compile(asked: &[(&Stage, &Jenkins)], program: &str) -> String {
    let folders: Vec<String> = asked.iter().map(|(stage, _)| folder(stage.plan)).collect();
    let mut cancel = vec![program, "cancel"];
    cancel.extend(folders.iter().map(String::as_str));
    let mut lines = vec![command(&cancel), command(&["rm", "-rf", WORK]), "failed=0".to_owned()];
    for ((stage, _), folder) in asked.iter().zip(&folders) {
        let (file, bundle, svg) =
            (path(stage.file), format!("{folder}/bundle"), format!("{folder}/plan.svg"));
        let compiled = |what: &str, option: &str, target: &str| {
            let mut words = vec![program, what, &file];
            words.extend(stage.options.iter().map(String::as_str));
            words.extend([option, target]);
            command(&words)
        };
        lines.push(command(&["mkdir", "-p", folder]));
        let (build, plan) = (compiled("build", "--output", &bundle), compiled("plan", "--svg", &svg));
        lines.push(format!("{build} && {plan} || failed=1"));
    }
    lines.push("exit $failed\n".to_owned());
    lines.join("\n")
}

/// Small jobs first; each size in lanes, of which each has one job at a time.
fn groups<'a>(asked: &[(&'a Stage<'a>, &'a Jenkins)], parallel: usize) -> Vec<Group<'a>> {
    let mut sizes: BTreeMap<u32, Vec<Job>> = BTreeMap::new();
    for (stage, jenkins) in asked {
        sizes.entry(stage.plan.nodes).or_default().push(job(stage, jenkins));
    }
    let group = |(nodes, jobs): (u32, Vec<Job<'a>>)| {
        let name = if nodes == 1 { "1 node".to_owned() } else { format!("{nodes} nodes") };
        let count = jobs.len().min(parallel.max(1));
        let lane = |index: usize| Lane { name: format!("{name}, lane {}", index + 1), stages: Vec::new() };
        let mut lanes: Vec<Lane> = (0..count).map(lane).collect();
        for (index, job) in jobs.into_iter().enumerate() {
            lanes[index % count].stages.push(job);
        }
        Group { name, lanes }
    };
    sizes.into_iter().map(group).collect()
}

fn job<'a>(stage: &'a Stage<'a>, jenkins: &'a Jenkins) -> Job<'a> {
    let folder = folder(stage.plan);
    let bundle = format!("{folder}/bundle");
    let mut submit = vec![&*jenkins.program, "submit", &bundle, "--output", &folder];
    let [queue, whole] =
        [jenkins.queue_timeout_seconds, jenkins.timeout_seconds].map(|s| s.map(slurm_time::text));
    for (option, time) in [("--queue-timeout", &queue), ("--timeout", &whole)] {
        submit.extend(time.iter().flat_map(|time| [option, time]));
    }
    let own = ["plan.svg", "result.json", "*.out", "run/log/**"].map(str::to_owned);
    let wanted = jenkins.archive.iter().map(|pattern| format!("run/{pattern}"));
    let artifacts: Vec<String> =
        own.into_iter().chain(wanted).map(|file| format!("{folder}/{file}")).collect();
    Job {
        name: &stage.plan.topology,
        branches: &jenkins.branches,
        credentials: &jenkins.credentials,
        timeout: jenkins.timeout_seconds.map_or(0, |seconds| seconds.saturating_add(MARGIN)),
        submit: command(&submit),
        cancel: command(&[&jenkins.program, "cancel", &folder]),
        junit: format!("{folder}/junit.xml"),
        artifacts: artifacts.join(","),
    }
}

/// Each condition once, in the order in which Jenkins looks at them, and with everybody once.
fn hooks(asked: &[(&Stage, &Jenkins)]) -> Vec<Told> {
    let told = |condition: &'static str| {
        let hooks =
            || asked.iter().flat_map(|(_, j)| &j.hooks).filter(move |hook| hook.condition == condition);
        let each = |names: fn(&Hook) -> &Vec<String>| {
            let mut all: Vec<String> = Vec::new();
            for name in hooks().flat_map(names) {
                if !all.contains(name) {
                    all.push(name.clone());
                }
            }
            all
        };
        let (mail, slack) = (each(|hook| &hook.mail), each(|hook| &hook.slack));
        let mail = (!mail.is_empty()).then(|| mail.join(","));
        let condition = Value::safe_string(condition);
        (mail.is_some() || !slack.is_empty()).then_some(Told { condition, mail, slack })
    };
    CONDITIONS.into_iter().filter_map(told).collect()
}
