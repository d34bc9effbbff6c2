//! Real configurations, where they are present beside the project.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use disaggc::Request;
use disaggc::diagnostic::Severity;
use disaggc::import::{Input, Options, import};
use disaggc::stdlib::Stdlib;
use serde::Deserialize;
use support::{Texts, compile_files, plan};

/// The folder, or a visible note that it isn't there.
fn corpus() -> Option<PathBuf> {
    let folder = support::top().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent, so no real configuration was read", folder.display());
    None
}

#[derive(Deserialize)]
struct Recipe {
    context_servers: u32,
    generation_servers: u32,
    gpus_per_context_server: u32,
    gpus_per_generation_server: u32,
    gpus_per_node: u32,
    nodes_declared: u32,
    nodes_lower_bound: u32,
    nodes_whole_node_rule: u32,
}

/// The servers of 170 published recipes: whole nodes give the nodes of that rule; packed, they take as few as their
/// GPUs need, and the plan proves it.
#[test]
fn node_counts_of_real_recipes() {
    let Some(folder) = corpus() else { return };
    let text = fs::read_to_string(folder.join("srt-slurm.expected.json")).expect("readable");
    let recipes: BTreeMap<String, Recipe> = serde_json::from_str(&text).expect("as its README says");
    assert!(recipes.len() > 100);
    let (mut packed, mut declared, mut whole, mut bound) = (0, 0, 0, 0);
    let mut exceptions = Vec::new();
    for (name, r) in &recipes {
        let plan = |placement: &str| {
            plan(&format!(
                "use \"cluster/local\"\nuse \"engine/trtllm\"\ncluster \"c\" extends=\"local\" {{ gpus-per-node {} }}\n\
                 topology \"t\" {{ model \"m\"; placement \"{placement}\"\n ctx replicas={} tp={}\n gen replicas={} tp={}\n\
                 server; benchmark {{ isl 8; osl 8; concurrency 1 }}\n}}\n",
                r.gpus_per_node,
                r.context_servers,
                r.gpus_per_context_server,
                r.generation_servers,
                r.gpus_per_generation_server,
            ))
        };
        assert_eq!(plan("whole-nodes").nodes, r.nodes_whole_node_rule, "{name}");
        let plan = plan("pack");
        assert_eq!(plan.nodes, plan.placement.minimum.nodes, "{name}: {:?}", plan.placement.minimum);
        assert!(plan.nodes <= r.nodes_declared, "{name}: {} > {}", plan.nodes, r.nodes_declared);
        if plan.nodes != r.nodes_lower_bound {
            exceptions.push(name);
        }
        packed += plan.nodes;
        declared += r.nodes_declared;
        whole += r.nodes_whole_node_rule;
        bound += r.nodes_lower_bound;
    }
    let count = recipes.len();
    println!("{count} recipes: {packed} nodes planned, {bound} at least, {declared} declared, {whole} whole");
    assert_eq!(exceptions, Vec::<&String>::new(), "more than their GPUs need");
}

/// Nothing that was published and ran is refused: with its settings, environment and workload, by the engine's schema.
/// What is doubtful in it may be warned of.
#[test]
fn nothing_is_refused_in_real_configurations() {
    let Some(folder) = corpus() else { return };
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    files.sort();
    let (mut refused, mut warned) = (Vec::new(), BTreeMap::<&str, u32>::new());
    for file in &files {
        let text = fs::read_to_string(file).expect("readable");
        let input = Input { name: file.display().to_string(), path: "topo".to_owned(), text };
        // Dynamo's description has no schema of the file that its workers read.
        let options = Options { engine: Some("trtllm".to_owned()), ..Options::default() };
        let imported = import(&[input], &options, &Stdlib::embedded());
        assert_eq!(imported.failed, 0, "{:#?}", imported.diagnostics);
        let found = |version: &str| {
            let line = format!("use \"engine/trtllm\" version=\"{version}\"");
            let text =
                |text: &str| text.replace("use \"engine/trtllm\"", &line).replace("#null //", "\"/open\" //");
            let files = imported.files.iter().map(|file| (file.path.clone(), text(&file.text))).collect();
            let compilation = compile_files(&Texts(files), Request::default());
            let found = compilation.diagnostics.iter();
            found.map(|d| (d.severity, d.code, d.message.clone())).collect::<Vec<_>>()
        };
        let bad = |(severity, code, _): &(Severity, &str, String)| {
            *severity == Severity::Error || code.starts_with("schema/") && *code != "schema/ignored"
        };
        match ["1.2", "1.3", "1.1"].into_iter().map(found).find(|found| !found.iter().any(bad)) {
            Some(found) => found.iter().for_each(|(_, code, _)| *warned.entry(code).or_default() += 1),
            None => refused.push(format!("{}: {:?}", file.display(), found("1.2"))),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(files.len() > 150, "{}", files.len());
    println!("{} configurations, of which warned: {warned:?}", files.len());
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            yaml_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            files.push(path);
        }
    }
}
