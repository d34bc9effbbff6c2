//! Whether jobs can be submitted from here: Slurm's commands, its controller, and what the cluster can do.

use std::collections::BTreeSet;
use std::env;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use disaggc::emit::emit;
use disaggc::plan::Plan;

use super::{Ability, Check, Purpose, State, Subject};
use crate::cli::bundle_folder;
use crate::cli::files::sentence;
use crate::cli::rehearse::uses_containers;

/// What `submit`, `status` and the job call.
const COMMANDS: [&str; 4] = ["sbatch", "scontrol", "scancel", "srun"];

/// Slurm's commands wait long for a controller that does not answer.
const PATIENCE: &str = "10";

pub fn examine(subject: &Subject) -> Ability {
    let ability = |checks| Ability { purpose: Purpose::Submit, checks, install: None };
    let missing: Vec<&str> = COMMANDS.into_iter().filter(|command| !is_on_path(command)).collect();
    if !missing.is_empty() {
        return ability(vec![Check::missing(
            "commands",
            format!("not on PATH: {}", missing.join(", ")),
            "use a login node of the cluster; or install Slurm's commands (on Debian, the package slurm-client) with the cluster's slurm.conf and munge key",
        )]);
    }
    let version = match ask(&["sbatch", "--version"]) {
        Ok(said) => said.lines().next().unwrap_or_default().trim().to_owned(),
        Err(why) => {
            return ability(vec![Check::missing(
                "commands",
                format!("they know no cluster: {why}"),
                "put the cluster's slurm.conf in its place, or name it: SLURM_CONF=/path/to/slurm.conf",
            )]);
        }
    };
    let mut checks = vec![Check::ok("commands", version), controller()];
    let plan = subject.topology.as_ref().map(|topology| &topology.plan);
    checks.extend(mpi(subject, plan));
    if plan.is_none_or(uses_containers) {
        checks.push(option(
            subject,
            ("containers", "srun", "--container-image"),
            "pyxis is installed",
            "topologies with `container` need Slurm's plugin pyxis, which the cluster's operators install",
        ));
    }
    if plan.is_none_or(|plan| plan.sbatch().any(|option| option.name == "segment")) {
        checks.push(option(
            subject,
            ("segments", "sbatch", "--segment"),
            "sbatch takes --segment",
            "it needs a newer Slurm; without it leave `segment` out",
        ));
    }
    // Without a controller there is no answer to these.
    if checks.iter().all(|check| check.name != CONTROLLER || check.state == State::Ok) {
        checks.extend(gpus(subject, plan));
        checks.extend(job(subject));
    }
    ability(checks)
}

/// What sbatch itself says about the topology's job, which it does not submit then: accounts, partitions, limits, nodes.
fn job(subject: &Subject) -> Option<Check> {
    const NAME: &str = "job";
    let topology = subject.topology.as_ref()?;
    let files = emit(&topology.plan, &topology.compilation.sources, &subject.stdlib).ok()?;
    let lacks = |why: String| subject.lacks(NAME, why, "");
    let bundle = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return Some(lacks(format!("no temporary folder can be made: {}", sentence(&error)))),
    };
    if let Err(error) = bundle_folder::fill(bundle.path(), &files, &AtomicBool::new(false)) {
        return Some(lacks(error.to_string()));
    }
    let script = bundle.path().join("job.sbatch");
    Some(match ask(&["sbatch", "--test-only", &script.to_string_lossy()]) {
        Ok(said) => {
            let last = said.trim().lines().last().unwrap_or_default();
            Check::ok(NAME, last.strip_prefix("sbatch: ").unwrap_or(last))
        }
        Err(why) => subject.lacks(
            NAME,
            format!("sbatch would not take it: {why}"),
            "`slurm` in the topology says account, partition and time, the site file what the nodes are like",
        ),
    })
}

const CONTROLLER: &str = "controller";

fn controller() -> Check {
    const HELP: &str = "ask the cluster's operators, or try again later";
    match ask(&["scontrol", "ping"]) {
        Ok(said) => match said.lines().find(|line| line.trim_end().ends_with(" UP")) {
            Some(line) => Check::ok(CONTROLLER, line.trim()),
            None => Check::missing(CONTROLLER, said.trim().replace('\n', "; "), HELP),
        },
        Err(why) => Check::missing(CONTROLLER, why, HELP),
    }
}

/// The types that the workers' steps are started with; the stdlib's clusters all say pmix.
fn mpi(subject: &Subject, plan: Option<&Plan>) -> Option<Check> {
    let wanted: BTreeSet<String> = match plan {
        None => BTreeSet::from(["pmix".to_owned()]),
        Some(plan) => plan
            .steps
            .iter()
            .flat_map(|step| &step.srun)
            .filter_map(|word| Some(word.as_text()?.strip_prefix("--mpi=")?.to_owned()))
            .filter(|kind| kind != "none")
            .collect(),
    };
    if wanted.is_empty() {
        return None;
    }
    let said = match ask(&["srun", "--mpi=list"]) {
        Ok(said) => said,
        Err(why) => return Some(subject.lacks("MPI", why, "see what `srun --mpi=list` says")),
    };
    // One a line, behind a headline; `pmix_v4` and the like are named beside it.
    let known: Vec<&str> =
        said.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|kind| !known.contains(kind)).collect();
    Some(match missing.as_slice() {
        [] => Check::ok("MPI", format!("srun knows {}", Vec::from_iter(wanted).join(", "))),
        missing => subject.lacks(
            "MPI",
            format!("srun does not know --mpi={}", missing.join(", ")),
            "servers of several ranks need it: the cluster's operators build Slurm with PMIx; where the cluster has another type, its site file says `mpi \"TYPE\"`",
        ),
    })
}

/// An option that not every Slurm has.
fn option(subject: &Subject, (name, command, option): (&str, &str, &str), found: &str, help: &str) -> Check {
    match ask(&[command, "--help"]) {
        Ok(said) if said.contains(option) => Check::ok(name, found),
        Ok(_) => subject.lacks(name, format!("{command} does not know {option}"), help),
        Err(why) => subject.lacks(name, why, help),
    }
}

/// The GPUs that Slurm gives out.
fn gpus(subject: &Subject, plan: Option<&Plan>) -> Option<Check> {
    let wanted: Option<BTreeSet<&str>> =
        plan.map(|plan| plan.components.iter().filter_map(|part| part.gres.as_deref()).collect());
    if wanted.as_ref().is_some_and(BTreeSet::is_empty) {
        return None;
    }
    let said = match ask(&["sinfo", "--noheader", "--format=%G"]) {
        Ok(said) => said,
        Err(why) => return Some(subject.lacks("GPUs", why, "see what `sinfo --format=%G` says")),
    };
    let lines: BTreeSet<&str> =
        said.lines().map(str::trim).filter(|line| !["", "(null)"].contains(line)).collect();
    // `gpu:TYPE:8(S:0-1),nvme:1`
    let names: BTreeSet<&str> =
        lines.iter().flat_map(|line| line.split(',')).filter_map(|gres| gres.split(':').next()).collect();
    let missing: Vec<&str> = match &wanted {
        Some(wanted) => wanted.difference(&names).copied().collect(),
        None if names.is_empty() => vec!["gpu"],
        None => Vec::new(),
    };
    Some(if missing.is_empty() {
        Check::ok("GPUs", Vec::from_iter(lines).join(" "))
    } else {
        subject.lacks(
            "GPUs",
            format!("no node has the resource {}", missing.join(", ")),
            "where Slurm gives out whole nodes without counting GPUs, the site file says `gres #false`; `sinfo --format=%G` lists what there is",
        )
    })
}

fn is_on_path(command: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(command).is_file())
}

/// What a command says, on whichever output; or, where it fails, the last thing.
fn ask(words: &[&str]) -> Result<String, String> {
    let program = words.first().copied().unwrap_or_default();
    let output = Command::new("timeout")
        .arg(PATIENCE)
        .args(words)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|_| "timeout (coreutils) can't be started here".to_owned())?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    match output.status.code() {
        Some(0) => Ok(said),
        Some(124) => Err(format!("{program} did not answer within {PATIENCE} s")),
        Some(126 | 127) => Err(format!("there is no {program} on PATH")),
        _ => Err(said.trim().lines().last().unwrap_or("it failed without a word").trim().to_owned()),
    }
}
