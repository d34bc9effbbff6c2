//! # An sbatch option that the plan decides
//!
//! Nodes, tasks, GPUs and memory follow from the servers. Written by hand they would contradict the plan, or be passed
//! on to every step of the job.
//!
//! ```kdl
//! slurm { option "--nodes=4" }
//! //             ^^^^^^^^^^^
//! ```
//!
//! Leave it out; `nodes N` in the topology asserts the number.
//!
//! ```kdl
//! nodes 3
//! ```

use super::written;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("slurm/planned", include_str!("planned.rs"), check);

/// Options that follow from the plan, or break how steps are launched, and why.
const PLANNED: [(&str, &str); 30] = [
    ("nodes", "the number of nodes follows from the servers; `nodes N` in the topology asserts it"),
    ("ntasks", "each step has its own number of ranks"),
    ("ntasks-per-node", "each step has its own ranks; here it would be passed on to all of them"),
    ("ntasks-per-core", "each step has its own ranks"),
    ("ntasks-per-socket", "each step has its own ranks"),
    ("ntasks-per-gpu", "each step has its own ranks"),
    ("cpus-per-task", "the job has its nodes for itself, with all their cores"),
    ("gpus", "the GPUs follow from the servers' sizes"),
    ("gpus-per-node", "the job takes all GPUs of its nodes"),
    (
        "gpus-per-task",
        "it would show each rank one GPU, but a rank must see all its server's GPUs on the node",
    ),
    ("gpus-per-socket", "the job takes all GPUs of its nodes"),
    ("gpu-bind", "it would hide GPUs from ranks that must see them"),
    ("gres", "the cluster's `gres` names the resource, and the number is the cluster's GPUs a node"),
    ("mem", "the job takes all memory of its nodes"),
    ("mem-per-cpu", "the job takes all memory of its nodes"),
    ("mem-per-gpu", "the job takes all memory of its nodes"),
    ("exclusive", "`placement { exclusive #false }` in the topology lets others use the nodes"),
    ("oversubscribe", "`placement { exclusive #false }` in the topology lets others use the nodes"),
    ("kill-on-invalid-dep", "it has nothing to do with one job"),
    ("no-requeue", "it is set unless you write `option \"--requeue\"`"),
    ("signal", "the job is told of its time limit by a signal of its own"),
    ("array", "one bundle is one job"),
    ("export", "sbatch --export strips the environment of every step"),
    ("wrap", "the job's script is the bundle's"),
    ("distribution", "ranks are placed by hostfiles"),
    ("hint", "ranks are placed by hostfiles"),
    ("mpi", "steps have their own: workers with MPI, coordinator and client without"),
    ("wait", "`sbatch --wait` is for the command line"),
    ("open-mode", "a log of two runs in one file can't be read"),
    ("parsable", "it is for sbatch's command line"),
];

/// What a job that shares its nodes says itself.
const OF_SHARED: [&str; 4] = ["mem", "mem-per-cpu", "mem-per-gpu", "cpus-per-task"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let shared = subject.topology.placement.exclusive.as_ref().is_some_and(|exclusive| !exclusive.value);
    for option in written(subject) {
        // A part of a node is not known until somebody says it.
        if shared && OF_SHARED.contains(&option.name.value.as_str()) {
            continue;
        }
        if let Some(why) = why(&option.name.value) {
            diagnostics.push(
                RULE.finding(format!("`--{}` is decided by the plan", option.name.value))
                    .label(option.name.span, "set by hand")
                    .help(format!("{why}; leave it out")),
            );
        }
    }
}

/// Why an option is the plan's.
pub(super) fn why(name: &str) -> Option<&'static str> {
    PLANNED.iter().find(|(planned, _)| *planned == name).map(|(_, why)| *why)
}
