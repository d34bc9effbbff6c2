//! The folders of `examples/`: each is complete, each topology is free of findings, and what pages and pictures say
//! follows from the plans. Each is rehearsed as its page says (`examples/rehearsed.rs`).
//!
//! `UPDATE_EXAMPLES=1 cargo test --test examples pages` draws pictures and writes the table of `examples/README.md` anew.

#[path = "examples/page.rs"]
mod page;
#[path = "examples/rehearsed.rs"]
mod rehearsed;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use disaggc::plan::{Part, Plan};
use disaggc::source::Files;
use disaggc::stdlib::Stdlib;
use disaggc::{Compilation, Request};
use page::Page;
use support::top;

/// The project's files, named from its top folder.
struct Project;

impl Files for Project {
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(top().join(path)).map_err(|error| error.to_string())
    }
}

fn compile(file: &str, sets: Vec<String>) -> Compilation {
    let request = Request { main: file.to_owned(), sets, ..Request::default() };
    disaggc::compile(&request, &Project, &Stdlib::embedded())
}

fn plan(file: &str, sets: Vec<String>) -> Plan {
    let compilation = compile(file, sets);
    let found: Vec<_> = compilation.diagnostics.iter().collect();
    compilation.plan.unwrap_or_else(|| panic!("{file}: {found:#?}"))
}

/// Every folder of `examples/`.
fn folders() -> Vec<String> {
    let entries =
        fs::read_dir(top().join("examples")).expect("readable").map(|e| e.expect("readable").path());
    let name = |path: PathBuf| path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
    let mut names: Vec<String> = entries.filter(|path| path.is_dir()).map(name).collect();
    names.sort();
    names
}

/// The files of a folder that have a topology, from the top folder; `topo.kdl` where there is only one.
fn topologies(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(top().join("examples").join(folder)).expect("readable");
    let names = entries.map(|entry| entry.expect("readable").file_name().to_str().expect("UTF-8").to_owned());
    let files = names.filter(|name| name.ends_with(".kdl")).map(|name| format!("examples/{folder}/{name}"));
    let mut found: Vec<String> =
        files.filter(|file| Project.read(file).expect("there").contains("\ntopology ")).collect();
    found.sort();
    assert!(found.len() > 1 || found == [format!("examples/{folder}/topo.kdl")], "{folder}: {found:?}");
    found
}

/// The picture of a topology, which lies beside it.
fn picture(file: &str) -> String {
    let (folder, name) = file.rsplit_once('/').expect("below a folder");
    let stem = name.trim_end_matches(".kdl");
    format!("{folder}/{}.svg", if stem == "topo" { "plan" } else { stem })
}

fn disaggc(arguments: &[&str], folder: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc")).current_dir(folder).args(arguments).output();
    output.expect("it starts")
}

/// What a page says of a plan, and nobody needs to count: nodes, GPUs, servers.
fn facts(plan: &Plan) -> String {
    let several = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let servers = plan.roles.iter().filter(|role| role.part == Part::Worker).map(|role| {
        let steps: Vec<_> = plan.steps.iter().filter(|step| step.role == role.name).collect();
        let gpus: usize = steps[0].nodes.iter().map(|share| share.gpus.len()).sum();
        format!("{} `{}` of {}", steps.len(), role.name.replace('_', "-"), several(gpus as u64, "GPU"))
    });
    let servers: Vec<String> = servers.collect();
    let used: usize = plan.steps.iter().flat_map(|step| &step.nodes).map(|share| share.gpus.len()).sum();
    let used = if used as u64 == plan.gpus() { String::new() } else { format!(", {used} used") };
    format!(
        "{} of `{}`, {}{used}: {}.",
        several(u64::from(plan.nodes), "node"),
        plan.cluster.name,
        several(plan.gpus(), "GPU"),
        servers.join(", ")
    )
}

/// Compares a file with what follows from the plans, or writes it.
#[track_caller]
fn same(file: &str, wanted: &str) {
    if std::env::var_os("UPDATE_EXAMPLES").is_some() {
        fs::write(top().join(file), wanted).expect("writable");
    }
    let kept = Project.read(file).unwrap_or_default();
    assert!(kept == wanted, "{file} is another: UPDATE_EXAMPLES=1 cargo test --test examples pages");
}

#[test]
fn topologies_are_free_of_findings() {
    for folder in folders() {
        let output = disaggc(&["check", "--deny", "warnings", &format!("examples/{folder}")], &top());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = disaggc(&["fmt", "--check", &format!("examples/{folder}")], &top());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn pages_and_pictures_show_the_plans() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let drawn = scratch.path().join("drawn.svg");
    let mut rows = Vec::new();
    for folder in folders() {
        let page = Page::of(&folder);
        let files = topologies(&folder);
        let here = fs::read_dir(top().join("examples").join(&folder)).expect("readable");
        let here = here.map(|entry| entry.expect("readable").path());
        let pictures = here.filter(|path| path.extension().is_some_and(|end| end == "svg")).count();
        assert!(pictures <= files.len(), "{folder} has a picture of nothing");
        for file in &files {
            let compilation = compile(file, Vec::new());
            let plan = compilation.plan.expect("no findings");
            let (facts, picture) = (facts(&plan), picture(file));
            let name = file.rsplit_once('/').expect("below a folder").1;
            let line = if files.len() == 1 { facts } else { format!("- `{name}`: {facts}") };
            assert!(page.text.lines().any(|l| l == line), "{folder}'s page does not say: {line}");
            let link = format!("]({})", picture.rsplit_once('/').expect("below a folder").1);
            assert!(page.text.contains(&link), "{folder}'s page does not link {picture}");

            let output = disaggc(&["plan", file, "--svg", drawn.to_str().expect("UTF-8")], &top());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            same(&picture, &fs::read_to_string(&drawn).expect("drawn"));
            if file == &files[files.len() - 1] {
                rows.push(row(&folder, &page, &plan, compilation.model.as_deref().expect("one")));
            }
        }
    }
    rows.sort();
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    let index = Project.read("examples/README.md").unwrap_or_default();
    let (before, table) = index.split_once("\n| ").expect("a table");
    let after = table.rsplit_once("|\n").expect("a table's end").1;
    same("examples/README.md", &format!("{before}\n{HEAD}{rows}{after}"));
}

const HEAD: &str =
    "| | what it shows | model | cluster | nodes | GPUs |\n| --- | --- | --- | --- | --- | --- |\n";

/// A line of the table, and where it stands: small ones first.
fn row(folder: &str, page: &Page, plan: &Plan, model: &str) -> ((u64, String), String) {
    let picture = picture(&topologies(folder)[topologies(folder).len() - 1]);
    let picture = picture.trim_start_matches("examples/");
    let model = model.rsplit('/').next().unwrap_or(model);
    let image = format!("[<img src=\"{picture}\" width=\"200\" alt=\"Who sits where\">]({picture})");
    let row = format!(
        "| {image} | [{folder}]({folder}/README.md): {} | {model} | {} | {} | {} |\n",
        page.title,
        plan.cluster.name,
        plan.nodes,
        plan.gpus()
    );
    ((plan.gpus(), folder.to_owned()), row)
}

/// Commands that rehearse nothing run as they are, on a copy: one of them writes.
#[test]
fn pages_commands_run() {
    for folder in folders() {
        let copy = tempfile::tempdir().expect("a temporary folder");
        let copied = Command::new("cp").arg("-a").arg(top().join("examples")).arg(copy.path()).status();
        assert!(copied.expect("cp runs").success());
        for command in Page::of(&folder).commands {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            match words[..] {
                ["disaggc", "rehearse", ..] => {}
                ["disaggc", ref arguments @ ..] => {
                    assert!(arguments[1].starts_with(&format!("examples/{folder}")), "{command:?}");
                    let output = disaggc(arguments, copy.path());
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                }
                // What else a page needs, all tests need.
                _ => assert!(
                    Project.read("tests/run").expect("there").contains(&words.join(" ")),
                    "{command:?}"
                ),
            }
        }
    }
}
