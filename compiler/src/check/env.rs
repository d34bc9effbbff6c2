//! Names of environment variables.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::topology::ast::EnvBlock;

/// Variables that bash doesn't let a script set, or that change how it reads the script.
const BASH_OWN: [&str; 17] = [
    "_",
    "BASHOPTS",
    "BASHPID",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_ENV",
    "BASH_VERSINFO",
    "DIRSTACK",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "IFS",
    "LINENO",
    "POSIXLY_CORRECT",
    "PPID",
    "SHELLOPTS",
    "UID",
];

/// What the bundle sets by itself, and why nobody else may.
const PLANNED: [(&str, &str); 3] = [
    ("CUDA_VISIBLE_DEVICES", "which GPUs a server sees follows from the placement"),
    ("DISAGG_SERVING_TYPE", "it names the step's part: GEN_0, CTX_1, …"),
    ("SLURM_HOSTFILE", "ranks are placed by the plan"),
];

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let site = subject.cluster.map(|c| c.env.as_slice()).unwrap_or_default();
    let mut own: Vec<&EnvBlock> = topology.workers.iter().flat_map(|w| &w.env).collect();
    own.extend(topology.server.iter().flat_map(|s| &s.env));
    own.extend(topology.benchmark.iter().flat_map(|b| &b.env));
    own.extend(topology.accuracy.iter().flat_map(|a| &a.env));
    own.extend(topology.prepare.iter().flat_map(|p| &p.env));
    own.extend(subject.cluster.and_then(|c| c.prepare.as_ref()).iter().flat_map(|p| &p.env));
    for role in own.iter().flat_map(|b| &b.roles) {
        diagnostics.push(
            Diagnostic::error("env/role", "this `env` already stands inside a role")
                .label(role.span, "names a role")
                .help("leave the role's name out here, or move the block up into the topology"),
        );
    }
    for entry in site.iter().chain(&topology.env).chain(own).flat_map(|b| &b.entries) {
        name(&entry.name, diagnostics);
    }
}

fn name(name: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let text = name.value.as_str();
    let error = if !is_shell_name(text) {
        let better: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let error = Diagnostic::error(
            "env/name",
            format!("a shell can't hold a variable named `{}`", text.escape_debug()),
        )
        .label(name.span, "not a name");
        let help = "a name has letters, digits and `_`, and begins with no digit";
        if is_shell_name(&better) && better != text {
            error.help(format!("{help}: `{better}`"))
        } else {
            error.help(help)
        }
    } else if BASH_OWN.contains(&text) {
        Diagnostic::error("env/bash", format!("`{text}` belongs to bash"))
            .label(name.span, "can't be set")
            .help("a script that sets it would fail or read differently; leave it out")
    } else if let Some((_, why)) = PLANNED.iter().find(|(planned, _)| *planned == text) {
        Diagnostic::error("env/planned", format!("`{text}` is set by the bundle"))
            .label(name.span, "set by hand")
            .help(format!("{why}; leave it out"))
    } else if text.starts_with("DISAGGC_") {
        Diagnostic::error("env/planned", "names that begin with DISAGGC_ are the bundle's own")
            .label(name.span, "set by hand")
            .help("choose another name")
    } else {
        return;
    };
    diagnostics.push(error);
}

fn is_shell_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
