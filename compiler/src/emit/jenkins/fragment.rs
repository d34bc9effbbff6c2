//! Stages of the engine's own pipeline, from topologies that run its tests: how each stage is entered there, what
//! stands before its test program and that program's command, and the test lists.

use indexmap::IndexMap;
use serde::Serialize;

use super::groovy;
use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::emit::quote::quote_without_blanks;
use crate::emit::template::{Escape, Templates};
use crate::plan::Plan;
use crate::plan::jenkins::Stage;
use crate::plan::word::{Part, Runtime, Word};
use crate::stdlib::Stdlib;

#[derive(Serialize)]
struct Stages {
    stages: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    /// With its number among its like.
    name: String,
    platform: String,
    list: String,
    number: usize,
    /// How many tests the list has.
    count: usize,
    gpus: u32,
    nodes: u32,
    launcher: String,
    /// As bash reads it, evaluated with quotes or without.
    variables: Vec<String>,
    words: Vec<String>,
}

#[derive(Serialize)]
struct List<'a> {
    list: &'a str,
    gpus: u32,
    hardware: &'a str,
    post_merge: bool,
    tests: Vec<&'a str>,
}

/// The files for all topologies that ask for a stage; none where none does.
///
/// # Errors
/// Topologies that would share a list though they differ, a part of a command that the pipeline does not know, or a
/// template that can't be rendered.
pub fn fragment(plans: &[&Plan], stdlib: &Stdlib) -> Result<Vec<File>, Diagnostic> {
    let mut lists: IndexMap<&str, Vec<(&Plan, &Stage)>> = IndexMap::new();
    for plan in plans {
        if let Some(stage) = plan.jenkins.as_ref().and_then(|jenkins| jenkins.stage.as_ref()) {
            lists.entry(&stage.list).or_default().push((plan, stage));
        }
    }
    let mut files = Vec::new();
    let mut stages = Vec::new();
    for (list, members) in &lists {
        let (first_plan, first) = members[0];
        for (plan, stage) in members {
            let key = |s: &Stage| (s.name.clone(), s.platform.clone(), s.gpus, s.nodes, s.post_merge);
            if key(stage) != key(first) {
                return Err(Diagnostic::error(
                    "jenkins/list",
                    format!("{} and {} can't share the test list {list}", first_plan.topology, plan.topology),
                )
                .help(format!(
                    "all tests of a list are stages of one shape, and {} is not {}: give one of them a `list` of its own",
                    stage.name, first.name
                )));
            }
        }
        for (index, (_, stage)) in members.iter().enumerate() {
            stages.push(entry(stage, index + 1, members.len())?);
        }
        let tests = members.iter().map(|(_, stage)| stage.test.as_str()).collect();
        let values =
            List { list, gpus: first.gpus, hardware: &first.hardware, post_merge: first.post_merge, tests };
        let content = rendered(
            &first.list_template,
            |text, output| output.write_all(scalar(text).as_bytes()),
            &values,
            stdlib,
        )?;
        files.push(File { path: format!("{list}.yml"), content, executable: false });
    }
    if let Some((_, members)) = lists.first() {
        let content =
            rendered(&members[0].1.stages_template, groovy::escape_flat, &Stages { stages }, stdlib)?;
        files.push(File { path: "stages.groovy".to_owned(), content, executable: false });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn rendered(
    path: &str,
    escape: Escape,
    values: &impl Serialize,
    stdlib: &Stdlib,
) -> Result<String, Diagnostic> {
    let text = stdlib.text(path).ok_or_else(|| {
        Diagnostic::error("emit/template", format!("the stdlib has no {path}, which a description names"))
            .help("put the template there, or correct the block `pipeline` of the harness")
    })?;
    Templates::of([("template", text)], &["template"], escape)?.render("template", values)
}

fn entry(stage: &Stage, number: usize, count: usize) -> Result<Entry, Diagnostic> {
    let bash = |word: &Word| bash(word, stage);
    let mut variables = Vec::new();
    for variable in &stage.env {
        if let Some(value) = &variable.value {
            variables.push(format!("{}={}", variable.name, bash(value)?));
        }
    }
    Ok(Entry {
        name: format!("{}-{number}", stage.name),
        platform: stage.platform.clone(),
        list: stage.list.clone(),
        number,
        count,
        gpus: stage.gpus,
        nodes: stage.nodes,
        launcher: stage.launcher.as_ref().map(bash).transpose()?.unwrap_or_default(),
        variables,
        words: stage.words.iter().map(bash).collect::<Result<_, _>>()?,
    })
}

/// The word in a job of that pipeline, which has its own names for what only the job knows.
fn bash(word: &Word, stage: &Stage) -> Result<String, Diagnostic> {
    let mut text = String::new();
    for part in word.parts() {
        let variable = match part {
            Part::Text(part) => {
                text.push_str(&quote_without_blanks(part));
                continue;
            }
            Part::Runtime { runtime: Runtime::RunFolder } => &stage.variables.run,
            Part::Runtime { runtime: Runtime::Port } => &stage.variables.port,
            Part::Runtime { runtime: Runtime::Step } => &stage.variables.stage,
            Part::Runtime { runtime } => {
                return Err(Diagnostic::error(
                    "emit/misplaced",
                    format!("a job of the engine's own pipeline does not know its {runtime:?}"),
                )
                .help("a description uses its placeholder in the tests' command; name it in the block `pipeline`"));
            }
        };
        text.push_str(&format!("\"${variable}\""));
    }
    Ok(text)
}

/// Text as a scalar of YAML: plain where it can't be read otherwise, else as JSON.
fn scalar(text: &str) -> std::borrow::Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:[](), +=".contains(c);
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    match safe {
        true => text.into(),
        false => serde_json::to_string(text).expect("text serialises").into(),
    }
}
