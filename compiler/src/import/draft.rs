//! A topology that is being made of a file.

use indexmap::IndexMap;

use super::kdl::{Node, Value};
use super::table::EngineChoice;
use super::yaml::{Comments, Map};
use crate::source::{FileId, Span, Spanned};

/// Kinds of workers in the order in which they are written.
pub const KINDS: [&str; 3] = ["ctx", "gen", "agg"];

#[derive(Debug, Clone)]
pub struct Draft {
    pub source: FileId,
    /// The file, or the variant in it, as a place.
    pub place: Span,
    pub name: String,
    /// Where the topology is to be written, below the output folder.
    pub path: String,
    pub top: Vec<String>,
    pub engine: EngineChoice,
    pub version: Option<String>,
    pub model: Option<String>,
    pub model_path: Option<Value>,
    pub image: Option<Value>,
    pub mounts: Vec<(Value, Option<Value>)>,
    pub slurm: Vec<(String, Value)>,
    pub options: Vec<String>,
    pub cluster: ClusterDraft,
    pub workers: IndexMap<&'static str, Worker>,
    pub env: Vec<Variable>,
    /// Blocks by their names: `server`, `benchmark`, `infra`, `accuracy`, `prepare`.
    pub blocks: IndexMap<String, Node>,
    /// Comments of sections, by the block that they belong to.
    pub comments: IndexMap<String, Vec<String>>,
    /// What the site has to give, with its value where the file has one.
    pub site: IndexMap<String, SiteValue>,
    pub ready: (Option<u64>, Option<u64>),
    /// Whether something stands between clients and workers that do all phases.
    pub fronted: bool,
    /// The file's own number of nodes.
    pub declared: Option<u32>,
    /// How the source's tool counts nodes.
    pub counts: Option<String>,
    /// The pool for each of whose servers the client's requests at once count.
    pub each: Option<String>,
}

/// What is said about the hardware.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClusterDraft {
    pub platforms: Vec<String>,
    pub gpus_per_node: Option<u32>,
    pub gres: bool,
    pub segment: Option<bool>,
    pub numa_bind: Option<bool>,
    pub run_folder: Option<Value>,
}

#[derive(Debug, Clone, Default)]
pub struct Worker {
    pub replicas: Option<u32>,
    pub gpus: Option<Spanned<u32>>,
    /// The engine's file as the source has it.
    pub config: Option<Spanned<Map>>,
    pub arguments: Vec<String>,
    pub profile: Option<String>,
    pub comments: Comments,
}

#[derive(Debug, Clone)]
pub struct Variable {
    pub name: String,
    pub value: Value,
    pub roles: Vec<String>,
    pub comments: Comments,
    pub span: Span,
    /// A file that others use has it, too.
    pub shared: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SiteValue {
    /// `None` while it is open.
    pub value: Option<Value>,
    /// Where it comes from.
    pub comment: String,
}

impl Draft {
    /// The worker of a kind, there from now on.
    pub fn worker(&mut self, kind: &str) -> Option<&mut Worker> {
        let kind = KINDS.into_iter().find(|known| *known == kind)?;
        Some(self.workers.entry(kind).or_default())
    }

    /// A block by its name, there from now on.
    pub fn block(&mut self, name: &str) -> &mut Node {
        self.blocks.entry(name.to_owned()).or_insert_with(|| Node::new(name))
    }

    /// Adds a line to a block.
    pub fn add(&mut self, block: &str, node: Node) {
        let children = self.block(block).children.get_or_insert_default();
        match children.iter_mut().find(|child| child.name == node.name) {
            Some(child) => *child = node,
            None => children.push(node),
        }
    }

    /// The value of `name` that the site gives.
    pub fn ask_site(&mut self, name: &str, value: Option<Value>, comment: impl Into<String>) -> Value {
        let comment = comment.into();
        let entry = self.site.entry(name.to_owned()).or_insert(SiteValue { value: None, comment });
        entry.value = entry.value.take().or(value);
        Value::Site(name.to_owned())
    }

    /// The roles that there are, of those that are named.
    pub fn roles<'r>(&self, roles: &'r [String]) -> Vec<&'r str> {
        let has = |role: &str| match role {
            "ctx" | "gen" | "agg" => self.workers.contains_key(role),
            "server" => self.has_server(),
            "accuracy" => self.blocks.contains_key("accuracy"),
            _ => true,
        };
        roles.iter().map(String::as_str).filter(|role| has(role)).collect()
    }

    /// The variables that the topology says itself.
    pub fn own_env(&self) -> impl Iterator<Item = &Variable> {
        self.env.iter().filter(|variable| !variable.shared)
    }

    /// Whether something stands between clients and workers.
    pub fn has_server(&self) -> bool {
        self.fronted || self.workers.contains_key("ctx") || self.workers.contains_key("gen")
    }

    /// Requests at once that count for each server of a pool become those of the whole client.
    pub fn multiply(&mut self) {
        let Some(pool) = self.each.take() else { return };
        let servers = self.workers.get(pool.as_str()).and_then(|worker| worker.replicas).unwrap_or(1);
        let Some(benchmark) = self.blocks.get_mut("benchmark").filter(|_| servers > 1) else { return };
        for line in benchmark.children.iter_mut().flatten().filter(|line| line.name == "concurrency") {
            let said: Vec<String> = line.arguments.iter().map(Value::written).collect();
            line.comments.above.push(format!("{} for each of {servers} {pool} servers", said.join(" ")));
            for argument in &mut line.arguments {
                if let Ok(number) = argument.written().parse::<u32>() {
                    *argument = Value::number(u64::from(number) * u64::from(servers));
                }
            }
        }
    }
}

impl Draft {
    /// Whether it really asks the site for a value.
    pub fn asks(&self, name: &str) -> bool {
        let is = |value: &Value| *value == Value::Site(name.to_owned());
        fn in_node(node: &Node, is: &dyn Fn(&Value) -> bool) -> bool {
            node.arguments.iter().any(is)
                || node.properties.iter().any(|(_, value)| is(value))
                || node.children.iter().flatten().any(|child| in_node(child, is))
        }
        self.model_path.iter().chain(&self.image).chain(&self.cluster.run_folder).any(is)
            || self.mounts.iter().any(|(from, to)| is(from) || to.as_ref().is_some_and(is))
            || self.slurm.iter().any(|(_, value)| is(value))
            || self.env.iter().any(|variable| is(&variable.value))
            || self.blocks.values().any(|node| in_node(node, &is))
    }
}
