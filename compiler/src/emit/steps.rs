//! `steps/`: what the ranks of a role do.

use serde::Serialize;

use super::template::Templates;
use super::words::{Bash, in_step};
use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::plan::word::{Runtime, Word};
use crate::plan::{Part, Plan, Processes, Role, State};
use crate::stdlib::Stdlib;

#[derive(Serialize)]
struct Script<'a> {
    role: &'a str,
    /// Prefixes of variables, as bash expands them: `"${!SLURM_@}"`.
    clear: Vec<Bash>,
    wrapper: Vec<Bash>,
    launcher: Option<&'a str>,
    /// Where another step waits for the launcher's leader: the variable with its address.
    address_variable: Option<Bash>,
    /// The binding tool and the program.
    command: Vec<Bash>,
    /// What the ranks behind the first run instead.
    follower: Option<Vec<Bash>>,
    /// What it is about to listen on.
    ports: Vec<Ports>,
    /// `gpu` or `node`: what each process of a worker has for itself.
    processes: Option<Processes>,
    folder: Option<Bash>,
    reducer: Option<Vec<Bash>>,
    /// Whether the client is told what to do by its arguments.
    load: bool,
    exports: bool,
    /// What a preparation does.
    commands: Vec<Command>,
    variables: Vec<Variable>,
}

/// So many ports, from one on.
#[derive(Serialize)]
struct Ports {
    from: Bash,
    count: u32,
}

#[derive(Serialize)]
struct Command {
    number: usize,
    /// For a person.
    text: String,
    words: Vec<Bash>,
}

#[derive(Serialize)]
struct Variable {
    name: Bash,
    value: Option<Bash>,
}

pub fn scripts(
    plan: &Plan,
    role: &Role,
    templates: &Templates,
    stdlib: &Stdlib,
) -> Result<Vec<File>, Diagnostic> {
    let script = Script {
        role: &role.name,
        clear: role.clear.iter().map(|prefix| cleared(prefix)).collect::<Result<_, _>>()?,
        wrapper: role.wrapper.iter().map(in_step).collect(),
        launcher: role.launcher.as_ref().map(|launcher| launcher.command.as_str()),
        address_variable: address_variable(plan, role)?,
        command: bound(role, &role.command),
        follower: (!role.follower.is_empty()).then(|| bound(role, &role.follower)),
        ports: ports(plan, role),
        processes: role.processes,
        reducer: role.reducer.as_ref().map(|reducer| reducer.command.iter().map(in_step).collect()),
        folder: role.folder.as_ref().map(in_step),
        load: plan.steps.iter().any(|step| step.role == role.name && step.load.is_some()),
        exports: !plan.exports.is_empty(),
        commands: role
            .preparation
            .iter()
            .flat_map(|p| &p.commands)
            .enumerate()
            .map(|(number, words)| command(number, words))
            .collect(),
        variables: role.env.iter().map(variable).collect::<Result<_, _>>()?,
    };
    let file = |template: &str, suffix: &str, executable| -> Result<File, Diagnostic> {
        let content = templates.render(&format!("steps/{template}"), &script)?;
        Ok(File { path: format!("steps/{}{suffix}", role.name), content, executable })
    };
    let own = match role.part {
        Part::Worker => "worker.sh",
        Part::Coordinator | Part::Service => "server.sh",
        Part::Client => "client.sh",
        Part::Preparation => "prepare.sh",
    };
    let mut files = vec![file(own, ".sh", true)?, file("env.sh", ".env.sh", false)?];
    if role.launcher.is_some() {
        files.push(file("command.sh", ".command.sh", true)?);
    }
    if let Some(reducer) = &role.reducer {
        let content = stdlib.text(&reducer.source).ok_or_else(|| {
            Diagnostic::error("emit/no-reducer", format!("the stdlib has no file {}", reducer.source))
                .help("the engine's description names it in `results`; it is a path in the engine's folder")
        })?;
        files.push(File { path: reducer.file.clone(), content: content.to_owned(), executable: false });
    }
    Ok(files)
}

/// A role's steps listen at the same distances from their own port, unless there is only one.
fn ports(plan: &Plan, role: &Role) -> Vec<Ports> {
    let mut steps = plan.steps.iter().filter(|step| step.role == role.name);
    let Some(step) = steps.next() else { return Vec::new() };
    let Some(port) = step.port else { return Vec::new() };
    let mut list = vec![Ports { from: in_step(&Word::runtime(Runtime::Port)), count: 1 }];
    for range in &step.ports {
        let from = match (role.part, range.from.checked_sub(port)) {
            (Part::Worker, Some(distance)) => Word::runtime(Runtime::PortPlus(distance.into())),
            _ => Word::text(range.from.to_string()),
        };
        list.push(Ports { from: in_step(&from), count: u32::from(range.to - range.from) + 1 });
    }
    list
}

/// A command behind the tool that binds it.
fn bound(role: &Role, command: &[Word]) -> Vec<Bash> {
    let binding = role.binding.iter().map(|word| in_step(&Word::text(word)));
    binding.chain(command.iter().map(in_step)).collect()
}

/// More than this of a command is not needed to recognise it.
const RECOGNISABLE: usize = 160;

fn command(number: usize, words: &[Word]) -> Command {
    let words: Vec<Bash> = words.iter().map(in_step).collect();
    let text = words.iter().map(Bash::text).collect::<Vec<_>>().join(" ");
    let mut text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some((cut, _)) = text.char_indices().nth(RECOGNISABLE) {
        text.truncate(cut);
        text.push('…');
    }
    Command { number, text, words }
}

fn address_variable(plan: &Plan, role: &Role) -> Result<Option<Bash>, Diagnostic> {
    let awaited = plan.steps.iter().flat_map(|step| &step.after).any(|edge| {
        edge.state == State::Leading
            && plan.steps.iter().any(|step| step.name == edge.step && step.role == role.name)
    });
    match role.launcher.as_ref().and_then(|launcher| launcher.address_variable.as_deref()) {
        Some(name) if awaited => Ok(Some(identifier(name)?)),
        _ => Ok(None),
    }
}

/// What bash itself keeps from being set.
const READ_ONLY: [&str; 6] = ["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"];

fn variable(variable: &crate::plan::Variable) -> Result<Variable, Diagnostic> {
    let name = variable.name.as_str();
    if READ_ONLY.contains(&name) || name.starts_with("DISAGGC_") {
        return Err(Diagnostic::error("emit/variable", format!("the bundle's scripts can't set {name}"))
            .help("bash keeps it for itself, or the bundle does: choose another name"));
    }
    Ok(Variable { name: identifier(&variable.name)?, value: variable.value.as_ref().map(in_step) })
}

fn cleared(prefix: &str) -> Result<Bash, Diagnostic> {
    identifier(prefix)?;
    Ok(Bash::new(format!("\"${{!{prefix}@}}\"")))
}

/// A variable's name stands in a script without quotes.
pub(super) fn identifier(name: &str) -> Result<Bash, Diagnostic> {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if !first || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(Diagnostic::error(
            "emit/variable",
            format!("a shell can't hold a variable called {name:?}"),
        )
        .help("use letters, digits and `_`, and no digit first"));
    }
    Ok(Bash::new(name))
}
