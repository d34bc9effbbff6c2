//! What a plan says, as single facts that can be compared one by one.
//!
//! Read from plan.json's form, so that plans of old bundles can be compared, too.

use indexmap::IndexMap;
use serde_json::Value;

use super::table::range;

/// In the order in which a difference shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    Job,
    Slurm,
    Servers,
    Placement,
    Environment,
    Configuration,
    Programs,
    Steps,
}

impl Section {
    pub fn title(self) -> &'static str {
        match self {
            Section::Job => "job",
            Section::Slurm => "#SBATCH",
            Section::Servers => "servers",
            Section::Placement => "placement",
            Section::Environment => "environment",
            Section::Configuration => "configuration",
            Section::Programs => "programs",
            Section::Steps => "steps",
        }
    }
}

/// What a fact is about: `gen`, `gen_0`, or nothing for the job; and which of its values it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    pub section: Section,
    pub subject: String,
    pub key: String,
}

pub type Facts = IndexMap<Name, String>;

/// Options of srun that repeat what other facts say.
const REPEATED: [&str; 5] = ["--het-group", "--job-name", "--nodes", "--ntasks", "--output"];

pub fn facts(plan: &Value) -> Facts {
    let mut leaves = Vec::new();
    flatten(plan, &mut Vec::new(), &mut leaves);
    let mut facts: Facts =
        leaves.iter().filter_map(|(path, value)| Some((named(path)?, value.clone()))).collect();
    for step in plan["steps"].as_array().into_iter().flatten() {
        let (name, role) = (text(&step["name"]), text(&step["role"]));
        if everywhere(plan, &role) {
            continue;
        }
        facts.insert(
            Name { section: Section::Placement, subject: name, key: String::new() },
            places(&step["nodes"]),
        );
        let seated = step["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|share| share["gpus"] != Value::Array(Vec::new()));
        if seated {
            let key = Name { section: Section::Servers, subject: role, key: "servers".to_owned() };
            let count = facts.get(&key).and_then(|count| count.parse().ok()).unwrap_or(0_u32);
            facts.insert(key, (count + 1).to_string());
        }
    }
    facts
}

/// Whether a role's steps run on every node, however many there are.
fn everywhere(plan: &Value, role: &str) -> bool {
    plan["roles"].as_array().into_iter().flatten().any(|r| r["name"] == role && r["part"] == "preparation")
}

/// Which fact a value of plan.json is, if it is one of its own.
fn named(path: &[String]) -> Option<Name> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let name = |section, subject: &str, key: &[&str]| {
        Some(Name { section, subject: subject.to_owned(), key: key.join(".") })
    };
    match path.as_slice() {
        ["schema" | "origins", ..] | ["placement", "minimum", ..] | ["steps" | "roles", _, "name"] => None,
        // Said by `job: nodes`, and by the placement.
        ["components", _, "sbatch", "nodes", ..] | ["steps", _, "nodes", ..] => None,
        ["components", _, "from" | "kind"] => None,
        ["components", kind, "sbatch", option, "value"] => name(Section::Slurm, kind, &[option]),
        ["components", "", "nodes"] => None,
        ["components", kind, rest @ ..] => name(Section::Job, kind, rest),
        // As plans of schema 3 say it.
        ["sbatch", "nodes", ..] => None,
        ["sbatch", option, "value"] => name(Section::Slurm, "", &[option]),
        ["cluster", key @ ("gpus_per_node" | "gres")] => name(Section::Job, "", &[key]),
        ["configs", config, "data", rest @ ..] => {
            name(Section::Configuration, config.strip_suffix("_config").unwrap_or(config), rest)
        }
        ["roles", role, "env", variable, "value"] => name(Section::Environment, role, &[variable]),
        ["roles", role, "parallel", size] => name(Section::Servers, role, &[size]),
        ["roles", role, rest @ ..] => name(Section::Programs, role, rest),
        ["steps", _, "srun", option] if REPEATED.contains(option) => None,
        ["steps", step, rest @ ..] => name(Section::Steps, step, rest),
        rest => name(Section::Job, "", rest),
    }
}

/// Walks down to values that are shown as a whole. What has a name is found by it, wherever it stands in its list.
fn flatten(value: &Value, path: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, String)>) {
    let leaf = |leaves: &mut Vec<(Vec<String>, String)>, text: String| leaves.push((path.clone(), text));
    match value {
        Value::Object(map) if !map.contains_key("word") => {
            for (key, value) in map {
                path.push(key.clone());
                flatten(value, path, leaves);
                path.pop();
            }
        }
        Value::Array(items) if path.last().is_some_and(|key| key == "srun") => {
            for item in items {
                let word = text(item);
                let (option, value) = word.split_once('=').unwrap_or((&word, "yes"));
                leaves.push(([&path[..], &[option.to_owned()]].concat(), value.to_owned()));
            }
        }
        Value::Array(items) if path.last().is_some_and(|key| key == "components") => {
            for item in items {
                path.push(text(item.get("kind").unwrap_or(&Value::String(String::new()))));
                flatten(item, path, leaves);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| item["name"].is_string()) => {
            for item in items {
                path.push(text(&item["name"]));
                let mut rest = item.clone();
                rest.as_object_mut().and_then(|map| map.shift_remove("name"));
                flatten(&rest, path, leaves);
                path.pop();
            }
        }
        Value::Array(items) if path.last().is_some_and(|key| key == "after") => {
            for edge in items {
                leaves.push(([&path[..], &[text(&edge["step"])]].concat(), text(&edge["state"])));
            }
        }
        Value::Array(items) if path.last().is_some_and(|key| key == "domains") => {
            let shown = items.iter().map(|domain| range(text(&domain["from"]), text(&domain["to"])));
            leaf(leaves, shown.collect::<Vec<_>>().join(", "));
        }
        // The same as nothing.
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => leaf(leaves, items.iter().map(text).collect::<Vec<_>>().join(" ")),
        other => leaf(leaves, text(other)),
    }
}

/// As a person reads it: what only the job knows stands in braces.
fn text(value: &Value) -> String {
    let part = |part: &Value| match part {
        Value::String(text) => text.clone(),
        part => match &part["runtime"] {
            Value::String(name) => format!("{{{name}}}"),
            Value::Object(map) => map.iter().map(|(name, value)| format!("{{{name} {value}}}")).collect(),
            _ => part.to_string(),
        },
    };
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => match map.get("word") {
            Some(Value::Array(parts)) => parts.iter().map(part).collect(),
            _ => map.values().map(text).collect::<Vec<_>>().join(" "),
        },
        other => other.to_string(),
    }
}

/// `nodes 0–3, node 4 (GPU 0, 1)`: neighbours with the same GPUs are named together.
fn places(nodes: &Value) -> String {
    let mut runs: Vec<(u64, u64, Vec<String>)> = Vec::new();
    for share in nodes.as_array().into_iter().flatten() {
        let node = share["node"].as_u64().unwrap_or_default();
        let gpus: Vec<String> = share["gpus"].as_array().into_iter().flatten().map(text).collect();
        match runs.last_mut() {
            Some((_, last, same)) if *last + 1 == node && *same == gpus => *last = node,
            _ => runs.push((node, node, gpus)),
        }
    }
    let shown = |(first, last, gpus): &(u64, u64, Vec<String>)| {
        let plural = if first == last { "" } else { "s" };
        let on = if gpus.is_empty() { String::new() } else { format!(" (GPU {})", gpus.join(" ")) };
        format!("node{plural} {}{on}", range(first, last))
    };
    runs.iter().map(shown).collect::<Vec<_>>().join(", ")
}
