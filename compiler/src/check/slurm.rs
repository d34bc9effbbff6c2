//! `#SBATCH` lines: options that the plan decides, and values that a line can't hold.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};

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
    ("exclusive", "the job always has its nodes for itself"),
    ("oversubscribe", "the job always has its nodes for itself"),
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

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let site = subject.cluster.map(|c| c.slurm.as_slice()).unwrap_or_default();
    for option in site.iter().chain(&subject.topology.slurm) {
        let name = option.name.value.as_str();
        if let Some((_, why)) = PLANNED.iter().find(|(planned, _)| *planned == name) {
            diagnostics.push(
                Diagnostic::error("slurm/planned", format!("`--{name}` is decided by the plan"))
                    .label(option.name.span, "set by hand")
                    .help(format!("{why}; leave it out")),
            );
            continue;
        }
        if name == "segment" && subject.cluster.is_some_and(|c| c.segment.as_ref().is_none_or(|s| !s.value)) {
            diagnostics.push(
                Diagnostic::error("slurm/unknown-option", "this cluster's Slurm doesn't know `--segment`")
                    .label(option.name.span, "not accepted there")
                    .help("leave it out, or write `segment #true` in the site's `cluster` if it does"),
            );
        }
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            diagnostics.push(
                Diagnostic::error("slurm/option-form", "this is no name of an sbatch option")
                    .label(option.name.span, "not a name")
                    .help("an option is written `--name=value` with lower-case letters and `-` in its name"),
            );
        }
        if let Some(value) = &option.value {
            line(name, value, option.name.span, diagnostics);
        }
    }
}

/// `#SBATCH` lines are no shell: there is no way to quote that every Slurm reads alike.
fn line(name: &str, value: &Spanned<String>, at: Span, diagnostics: &mut Diagnostics) {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '#' | '`' | '$' | ';');
    let span = if value.span == at { at } else { value.span };
    if value.value.is_empty() {
        diagnostics.push(
            Diagnostic::error("slurm/value", format!("`{name}` is empty"))
                .label(span, "no value")
                .help("leave the option out, or write a value"),
        );
    } else if let Some(bad) = value.value.chars().find(|c| !fits(*c)) {
        diagnostics.push(
            Diagnostic::error(
                "slurm/value",
                format!("`{name}` has a character that an #SBATCH line can't hold"),
            )
            .label(span, format!("contains {}", describe(bad)))
            .help("use letters, digits and signs without quotes, blanks, `#`, `$`, `;` and backslashes"),
        );
    }
}

fn describe(c: char) -> String {
    match c {
        ' ' => "a blank".to_owned(),
        '\n' => "a line break".to_owned(),
        c if c.is_control() => format!("U+{:04X}", u32::from(c)),
        c => format!("`{c}`"),
    }
}
