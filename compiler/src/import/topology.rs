//! A draft as the file that a person would have written.

use super::draft::{Draft, KINDS};
use super::kdl::{self, Node, Value};
use super::site::Seat;
use super::worker;
use crate::diagnostic::Diagnostics;
use crate::stdlib::engine::Engine;

/// Blocks behind the workers, in this order.
const BLOCKS: [&str; 4] = ["server", "benchmark", "accuracy", "prepare"];

/// The nodes of a topology's file.
pub fn nodes(draft: &Draft, seat: &Seat, engine: &Engine, diagnostics: &mut Diagnostics) -> Vec<Node> {
    let mut nodes = Vec::new();
    let using = |target: &str| Node::new("use").argument(Value::Text(target.to_owned()));
    nodes.extend(seat.uses.iter().map(|target| using(target)));
    let mut engine_line = using(&format!("engine/{}", draft.engine.name));
    if let Some(version) = &draft.version {
        engine_line = engine_line.property("version", Value::Text(version.clone()));
    }
    nodes.push(engine_line);
    let mut topology =
        Node { apart: true, ..Node::new("topology") }.argument(Value::Text(draft.name.clone()));
    let mut children = head(draft, seat);
    children.extend(shared_env(draft));
    if let Some(infra) = draft.blocks.get("infra") {
        children.push(Node { apart: true, ..infra.clone() });
    }
    for kind in KINDS {
        if let Some(found) = draft.workers.get(kind) {
            children.push(worker::node(kind, found, draft, engine, diagnostics));
        }
    }
    let server = draft.has_server();
    for name in BLOCKS {
        let mut block = draft.blocks.get(name).cloned();
        if name == "server" && server {
            block = Some(block.unwrap_or_else(|| Node::new(name)));
        } else if name == "server" {
            block = None;
        }
        let Some(mut block) = block else { continue };
        on_the_line(&mut block);
        let own = draft.own_env().filter(|variable| draft.roles(&variable.roles) == [name]);
        let own: Vec<Node> = own.map(worker::variable).collect();
        if !own.is_empty() {
            block = block.child(Node { children: Some(own), ..Node::new("env") });
        }
        block.comments.above.extend(draft.comments.get(name).cloned().unwrap_or_default());
        block.apart = matches!(name, "server");
        children.push(block);
    }
    topology.children = Some(children);
    nodes.push(topology);
    nodes
}

/// The sections whose comments stand at a block of the topology; those of others stand on top.
pub fn homes(draft: &Draft, seat: &Seat) -> Vec<&'static str> {
    let mut homes = vec!["model"];
    homes.extend((draft.image.is_some() || !seat.mounts.is_empty()).then_some("container"));
    homes.extend((!seat.slurm.is_empty() || !seat.options.is_empty()).then_some("slurm"));
    homes.extend(BLOCKS.into_iter().filter(|name| match *name {
        "server" => draft.has_server(),
        name => draft.blocks.contains_key(name),
    }));
    homes
}

/// What stands before the roles.
fn head(draft: &Draft, seat: &Seat) -> Vec<Node> {
    let mut children = Vec::new();
    let scalar = |name: &str, text: &str| Node::new(name).argument(Value::Text(text.to_owned()));
    children.extend(seat.cluster.as_deref().map(|name| scalar("cluster", name)));
    children.extend(draft.engine.backend.as_deref().map(|name| scalar("backend", name)));
    let mut model = scalar("model", draft.model.as_deref().unwrap_or(&draft.name));
    if let Some(path) = &draft.model_path {
        model = model.property("path", path.clone());
    }
    model.comments.above = draft.comments.get("model").cloned().unwrap_or_default();
    children.push(model);
    if draft.image.is_some() || !seat.mounts.is_empty() {
        let mut container =
            Node { arguments: draft.image.iter().cloned().collect(), ..Node::new("container") };
        container.comments.above = draft.comments.get("container").cloned().unwrap_or_default();
        for mount in &seat.mounts {
            container = container.child(mount.clone());
        }
        children.push(container);
    }
    let mut slurm = Node::new("slurm");
    slurm.properties = seat.slurm.clone();
    for option in &seat.options {
        slurm = slurm.child(scalar("option", option));
    }
    if !slurm.is_bare() {
        slurm.comments.above = draft.comments.get("slurm").cloned().unwrap_or_default();
        children.push(slurm);
    }
    if seat.no_numa_bind {
        children.push(Node::new("numa-bind").argument(Value::truth(false)));
    }
    if let Some(seconds) = seat.ready_timeout {
        children.push(Node::new("ready-timeout").argument(Value::number(seconds)));
    }
    children
}

/// Variables of several roles: a block for each set of them.
fn shared_env(draft: &Draft) -> Vec<Node> {
    let mut groups: Vec<(Vec<&str>, Vec<Node>)> = Vec::new();
    for variable in draft.own_env() {
        let roles = draft.roles(&variable.roles);
        if roles.len() < 2 {
            continue;
        }
        let node = worker::variable(variable);
        match groups.iter_mut().find(|(known, _)| *known == roles) {
            Some((_, nodes)) => nodes.push(node),
            None => groups.push((roles, vec![node])),
        }
    }
    let block = |(roles, variables): (Vec<&str>, Vec<Node>)| Node {
        arguments: roles.into_iter().map(|role| Value::Text(role.to_owned())).collect(),
        children: Some(variables),
        apart: true,
        ..Node::new("env")
    };
    groups.into_iter().map(block).collect()
}

/// `mode` and `on` stand on the line of their block.
fn on_the_line(block: &mut Node) {
    let Some(children) = &mut block.children else { return };
    let short = |child: &Node| {
        ["mode", "on"].contains(&child.name.as_str())
            && child.arguments.len() == 1
            && child.comments == super::yaml::Comments::default()
    };
    let (line, rest): (Vec<Node>, Vec<Node>) = std::mem::take(children).into_iter().partition(short);
    block.properties.extend(line.into_iter().map(|child| (child.name, child.arguments[0].clone())));
    if rest.is_empty() {
        block.children = None;
    } else {
        *children = rest;
        let order = ["isl", "osl", "concurrency", "rounds"];
        children
            .sort_by_key(|child| order.iter().position(|name| *name == child.name).unwrap_or(order.len()));
    }
}

/// Variables that both kinds of workers have alike are said once.
pub fn merge_env(draft: &mut Draft) {
    let mut merged: Vec<super::draft::Variable> = Vec::new();
    for variable in std::mem::take(&mut draft.env) {
        let alike = |other: &&mut super::draft::Variable| {
            other.name == variable.name
                && other.value == variable.value
                && other.comments == variable.comments
        };
        match merged.iter_mut().find(alike) {
            Some(other) => other.roles.extend(variable.roles),
            None => merged.push(variable),
        }
    }
    // In the order in which roles are written.
    let order = ["ctx", "gen", "agg", "server", "benchmark", "accuracy", "prepare"];
    for variable in &mut merged {
        variable.roles.sort_by_key(|role| order.iter().position(|known| known == role));
        variable.roles.dedup();
    }
    draft.env = merged;
}

/// The text of a file, in the layout of all files.
pub fn text(top: &[String], nodes: &[Node]) -> String {
    let text = kdl::file(top, nodes);
    let id = crate::source::FileId(0);
    crate::syntax::format::format(&text, id).unwrap_or(text)
}
