//! Real configurations, where they are present beside the project.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use disaggc::diagnostic::Severity;
use serde::Deserialize;
use serde_json::Value as Yaml;
use support::{compile, plan};

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

/// Nothing that was published and ran is refused: with its settings, environment and workload, in the engine's version
/// that it was written for, which is not always said. What is doubtful in it may be warned of.
#[test]
fn nothing_is_refused_in_real_configurations() {
    let Some(folder) = corpus() else { return };
    let mut files = Vec::new();
    yaml_files(&folder, &mut files);
    files.sort();
    let (mut read, mut refused, mut warned) = (0, Vec::new(), BTreeMap::<&str, u32>::new());
    for file in &files {
        let yaml: Yaml = serde_saphyr::from_str(&fs::read_to_string(file).expect("readable")).expect("YAML");
        let Some(topology) = topology(&yaml) else { continue };
        read += 1;
        let found = |version: &str| {
            let compilation = compile(&topology.replace("VERSION", version));
            let found = compilation.diagnostics.iter();
            found.map(|d| (d.severity, d.code, d.message.clone())).collect::<Vec<_>>()
        };
        let bad = |(severity, code, _): &(Severity, &str, String)| {
            *severity == Severity::Error || code.starts_with("schema/")
        };
        match ["1.2", "1.3", "1.1"].into_iter().map(found).find(|found| !found.iter().any(bad)) {
            Some(found) => found.iter().for_each(|(_, code, _)| *warned.entry(code).or_default() += 1),
            None => refused.push(format!("{}: {:?}\n{topology}", file.display(), found("1.2"))),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(read > 150, "{read} of {} files", files.len());
    println!("{read} configurations, of which warned: {warned:?}");
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

/// A topology of a recipe's servers and workload; `None` for one without both kinds of servers.
fn topology(yaml: &Yaml) -> Option<String> {
    let (recipe, example) = (&yaml["backend"]["trtllm_config"], &yaml["worker_config"]);
    let (context, generation) = match recipe.is_object() {
        true => (&recipe["prefill"], &recipe["decode"]),
        false => (&example["ctx"], &example["gen"]),
    };
    if !context.is_object() || !generation.is_object() {
        return None;
    }
    let number = |places: [&Yaml; 2]| places.into_iter().find_map(numbers).and_then(|n| n.first().copied());
    let (workload, sequence, hardware) = (&yaml["benchmark"], &yaml["sequence"], &yaml["hardware"]);
    let resources = &yaml["resources"];
    let per_node = number([&resources["gpus_per_node"], &hardware["gpus_per_node"]]).unwrap_or(4);
    let isl = number([&workload["isl"], &sequence["input_length"]])?;
    let osl = number([&workload["osl"], &sequence["output_length"]])?;
    let concurrencies = [&workload["concurrencies"], &workload["concurrency_list"]];
    let concurrency = concurrencies.into_iter().find_map(numbers).unwrap_or_else(|| vec![64]);
    let mut text = format!(
        "use \"cluster/local\"\nuse \"engine/trtllm\" version=\"VERSION\"\n\
         cluster \"c\" extends=\"local\" {{ gpus-per-node {per_node} }}\ntopology \"t\" {{\nmodel \"m\"\nserver\n\
         benchmark {{ isl {isl}; osl {osl}; concurrency {} }}\n",
        concurrency.iter().map(u64::to_string).collect::<Vec<_>>().join(" "),
    );
    let count = |places| number(places).unwrap_or(1);
    let contexts = count([&resources["prefill_workers"], &hardware["num_ctx_servers"]]);
    let generations = count([&resources["decode_workers"], &hardware["num_gen_servers"]]);
    for (kind, replicas, settings, env) in [
        ("ctx", contexts, context, &yaml["backend"]["prefill_environment"]),
        ("gen", generations, generation, &yaml["backend"]["decode_environment"]),
    ] {
        let size = |key: &str| settings[key].as_u64();
        let _ = write!(text, "{kind} replicas={replicas}");
        for (name, key) in [
            ("tp", "tensor_parallel_size"),
            ("pp", "pipeline_parallel_size"),
            ("ep", "moe_expert_parallel_size"),
        ] {
            if let Some(n) = size(key) {
                let _ = write!(text, " {name}={n}");
            }
        }
        if let Some(truth) = settings["enable_attention_dp"].as_bool() {
            let _ = write!(text, " attention-dp=#{truth}");
        }
        let _ = writeln!(text, " {{\nconfig {{\n{}}}\nenv {{\n{}}}\n}}", kdl(settings), kdl(env));
    }
    Some(text + "}\n")
}

/// The whole numbers of a value, which may be a list or a text: `[4, 8]`, `"4x8"`.
fn numbers(yaml: &Yaml) -> Option<Vec<u64>> {
    let text = yaml.to_string();
    let numbers: Vec<u64> =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    (!numbers.is_empty()).then_some(numbers)
}

/// YAML as a topology's settings.
fn kdl(yaml: &Yaml) -> String {
    let scalar = |value: &Yaml| match value {
        Yaml::Null => "#null".to_owned(),
        Yaml::Bool(truth) => format!("#{truth}"),
        Yaml::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    let mut text = String::new();
    for (key, value) in yaml.as_object().into_iter().flatten() {
        let _ = match value {
            Yaml::Object(_) => writeln!(text, "{key:?} {{\n{}}}", kdl(value)),
            Yaml::Array(items) => {
                let items: Vec<String> = items.iter().map(scalar).collect();
                writeln!(text, "(list){key:?} {}", items.join(" "))
            }
            other => writeln!(text, "{key:?} {}", scalar(other)),
        };
    }
    text
}
