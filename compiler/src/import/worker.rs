//! A worker's block: its sizes, which the engine's own file has among its settings, and the rest of that file.

use super::draft::{Draft, Worker};
use super::kdl::{self, Node, Value};
use super::yaml::{Comments, Entry, Map, Value as Data, Yaml};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::stdlib::engine::Engine;
use crate::stdlib::role::Role;
use crate::topology::ast::ConfigValue;

/// What the planner calls the sizes; a worker's fields have the same names.
const SIZES: [&str; 5] = ["tp", "pp", "cp", "ep", "attention-dp"];

/// The engine's setting for a size.
pub fn setting_of(role: &Role, size: &str) -> Option<String> {
    role.owned_keys().find(|(_, placeholder)| *placeholder == Some(size)).map(|(key, _)| key.to_owned())
}

/// GPUs of one server by its settings: what is not written is one.
pub fn gpus(role: &Role, config: &Map) -> u64 {
    let size = |name: &str| {
        let number = setting_of(role, name).and_then(|key| match config.get(&key)?.value.value {
            Data::Integer(number) => u64::try_from(number).ok(),
            _ => None,
        });
        number.unwrap_or(1)
    };
    ["tp", "pp", "cp"].into_iter().fold(1, |product, name| product.saturating_mul(size(name)))
}

/// The block of a worker.
pub fn node(
    kind: &str,
    worker: &Worker,
    draft: &Draft,
    engine: &Engine,
    diagnostics: &mut Diagnostics,
) -> Node {
    let mut node = Node { comments: worker.comments.clone(), apart: true, ..Node::new(kind) };
    let role = engine.roles.get(kind);
    if let Some(replicas) = worker.replicas.filter(|replicas| *replicas != 1) {
        node.properties.push(("replicas".to_owned(), Value::number(replicas)));
    }
    let mut config = worker.config.as_ref().map(|config| config.value.clone()).unwrap_or_default();
    if let Some(role) = role {
        assert_gpus(kind, worker, role, &config, diagnostics);
        sizes(role, &mut config, &mut node);
        leave_out_defaults(role, &mut config);
    }
    if let Some(range) = &worker.profile {
        let profile = Node::new("profile").argument(Value::Text("nsys".to_owned()));
        node = node.child(profile.property("range", Value::Text(range.clone())));
    }
    if !worker.arguments.is_empty() {
        let words = worker.arguments.iter().cloned().map(Value::Text);
        node = node.child(Node { arguments: words.collect(), ..Node::new("args") });
    }
    let own = draft.own_env().filter(|variable| draft.roles(&variable.roles) == [kind]);
    let own: Vec<Node> = own.map(variable).collect();
    if !own.is_empty() {
        node = node.child(Node { children: Some(own), ..Node::new("env") });
    }
    if !config.is_empty() {
        let settings = config.iter().filter_map(|(key, entry)| setting(kind, key, entry, diagnostics));
        node = node.child(Node { children: Some(settings.collect()), ..Node::new("config") });
    }
    node
}

pub fn variable(variable: &super::draft::Variable) -> Node {
    Node { comments: variable.comments.clone(), ..Node::new(variable.name.clone()) }
        .argument(variable.value.clone())
}

fn setting(kind: &str, key: &str, entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Node> {
    let node = kdl::setting(key, &entry.value, &entry.comments);
    if node.is_none() || key == "-" {
        diagnostics.push(
            Diagnostic::error("import/value", format!("KDL has no form for `{key}` of {kind}"))
                .label(entry.value.span, "an infinite number, or a key `-`")
                .help("give it another value in this file, then import it again"),
        );
        return None;
    }
    node
}

/// Takes the sizes out of the settings: the engine's file has them from the planner.
fn sizes(role: &Role, config: &mut Map, node: &mut Node) {
    for size in SIZES {
        let Some(key) = setting_of(role, size) else { continue };
        let Some(entry) = config.get(&key) else { continue };
        let value = match entry.value.value {
            Data::Integer(number) if number > 0 && size != "attention-dp" => Value::number(number),
            Data::Bool(truth) if size == "attention-dp" => Value::truth(truth),
            _ => continue,
        };
        // The planner writes these always; the others only where they are given.
        let needless = ["tp", "pp", "cp"].contains(&size) && value == Value::number(1);
        if !needless {
            node.properties.push((size.to_owned(), value));
        }
        let Comments { above, behind } = entry.comments.clone();
        let lines = above.into_iter().chain(behind).map(|line| format!("{size}: {line}"));
        node.comments.above.extend(lines);
        config.shift_remove(&key);
    }
}

/// A number of GPUs that the source gives is an assertion.
fn assert_gpus(kind: &str, worker: &Worker, role: &Role, config: &Map, diagnostics: &mut Diagnostics) {
    let Some(said) = &worker.gpus else { return };
    let ranks = gpus(role, config);
    if u64::from(said.value) != ranks {
        diagnostics.push(
            Diagnostic::warning(
                "import/gpus",
                format!("the {kind} servers have {ranks} GPUs each, not {}", said.value),
            )
            .label(said.span, "this was left out")
            .help(format!(
                "a server has as many GPUs as ranks, tensor · pipeline · context parallel: {ranks} by its \
                     settings; the others would stand idle"
            )),
        );
    }
}

/// What the engine's description says anyway.
fn leave_out_defaults(role: &Role, config: &mut Map) {
    for (key, default) in role.defaults.iter().flat_map(|block| &block.entries) {
        let Some(entry) = config.get(key) else { continue };
        if entry.comments == Comments::default() && same(&default.value.value, &entry.value) {
            config.shift_remove(key);
        }
    }
}

fn same(config: &ConfigValue, yaml: &Yaml) -> bool {
    match (config, &yaml.value) {
        (ConfigValue::Null, Data::Null) => true,
        (ConfigValue::Bool(a), Data::Bool(b)) => a == b,
        (ConfigValue::Integer(a), Data::Integer(b)) => a == b,
        (ConfigValue::Float(a), Data::Float(b)) => a == b,
        (ConfigValue::String(a), Data::String(b)) => a == b,
        (ConfigValue::List(a), Data::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.value, &b.value))
        }
        (ConfigValue::Map(a), Data::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(&a.value.value, &b.value)))
        }
        _ => false,
    }
}
