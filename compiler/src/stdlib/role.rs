//! `role "ctx" "gen" { … }`: what the processes of a role run. Services and clients say the same of theirs.

use indexmap::IndexMap;

use super::meaning::{self, Meanings};
use super::template::sole_placeholder;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::Processes;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::accuracy::{self, ModelArgument};
use crate::topology::ast::{ConfigBlock, ConfigValue, EnvBlock, ROLES};
use crate::topology::fields::{Fields, integer};
use crate::topology::{config_block, env};

#[derive(Debug, Clone, Default)]
pub struct Role {
    /// The value of `DISAGG_SERVING_TYPE`.
    pub serving_type: Option<Spanned<String>>,
    pub command: Vec<Argument>,
    /// What the processes of a server run that are not its first.
    pub follower: Vec<Argument>,
    /// How many processes a server has.
    pub processes: Option<Spanned<Processes>>,
    pub env: Vec<EnvBlock>,
    /// Keys that the planner owns; their values are placeholders.
    pub config: Option<ConfigBlock>,
    /// Keys that hold unless the topology sets them.
    pub defaults: Option<ConfigBlock>,
    /// Settings with which the engine can't do the role's part.
    pub requires: Vec<Requirement>,
    /// What its settings are compared with: a `schema` of the description, or a file in the engine's `schema/`.
    pub schema: Option<Spanned<String>>,
    /// What rules compare, by the engine's names.
    pub means: Meanings,
    /// How the program is told its settings, if not by a file.
    pub flags: Option<Flags>,
    /// The HTTP path that answers 200 when the program can serve; a template.
    pub ready: Option<Spanned<String>>,
    /// What must get through it before it counts as ready.
    pub request: Option<Request>,
    /// Which of `ports` answers there, if not the main one.
    pub ready_port: Option<Spanned<String>>,
    /// Seconds until it must be ready.
    pub ready_timeout: Option<Spanned<u32>>,
    pub port: Option<Spanned<u32>>,
    /// Names of what else it listens on: each is a port of its own, behind the main one.
    pub ports: Vec<Ports>,
    /// Whether a server over several nodes must have the same number of GPUs on each.
    pub even_nodes: bool,
    /// Whether it takes no notice of how the ranks share the model.
    pub any_shape: bool,
    /// Whether requests reach it only through a coordinator, though it does all phases itself.
    pub behind_server: bool,
    /// A client's requests for each concurrent one.
    pub rounds: Option<Spanned<u32>>,
    /// A program that reduces what the client measured to `key=value` lines.
    pub results: Option<Spanned<String>>,
    /// The command that the bundle runs it with.
    pub results_command: Vec<Argument>,
    /// How an evaluation speaks to the server, and the path of the API that it then uses; the first is
    /// what one gets without asking.
    pub model_types: IndexMap<String, String>,
    /// What an evaluation is told about the model, unless the topology says otherwise.
    pub model_args: Vec<ModelArgument>,
}

/// `nixl 2`, `rpc`: so many ports, and so many more for each GPU of the server; at least one.
#[derive(Debug, Clone)]
pub struct Ports {
    pub name: Spanned<String>,
    pub count: u32,
    pub per_gpu: u32,
}

/// `request "/v1/completions" { body { max_tokens 1 } }`: what is posted, as JSON.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: Spanned<String>,
    pub body: ConfigBlock,
}

/// Settings as words of the command: `key 3` becomes `--key 3`.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// What stands before a key that is false: `--no-`. Without one a false key falls away.
    pub negation: Option<String>,
}

/// `arg "--flag" "{value}" if="dataset"`.
#[derive(Debug, Clone)]
pub struct Argument {
    pub words: Vec<Spanned<String>>,
    /// Only if this placeholder has a value other than false.
    pub only_if: Option<String>,
    /// Only if it has none, or false.
    pub unless: Option<String>,
    /// It makes the program write report files, which only one role may.
    pub report: bool,
    /// The word that stands here instead in a step that writes no report.
    pub step: Option<Spanned<String>>,
}

/// `requires "the overlap scheduler has no …" { disable_overlap_scheduler #true }`: why, and what.
#[derive(Debug, Clone)]
pub struct Requirement {
    pub why: Spanned<String>,
    pub settings: ConfigBlock,
}

impl Role {
    /// The keys of the engine's file that the planner writes.
    pub fn owned_keys(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.config.iter().flat_map(|c| &c.entries).map(|(key, entry)| {
            let placeholder = match &entry.value.value {
                ConfigValue::String(text) => sole_placeholder(text),
                _ => None,
            };
            (key.as_str(), placeholder)
        })
    }

    /// Whether its command or its settings make anything of a value, by its placeholder or as a condition.
    pub fn uses(&self, placeholder: &str) -> bool {
        let pattern = format!("{{{placeholder}}}");
        let owned = |(_, value): (&str, Option<&str>)| value == Some(placeholder);
        self.owned_keys().any(owned)
            || self.command.iter().any(|argument| {
                argument.only_if.as_deref() == Some(placeholder)
                    || argument.unless.as_deref() == Some(placeholder)
                    || argument.words.iter().any(|word| word.value.contains(&pattern))
            })
    }

    /// What several blocks say of one role: later ones add to earlier ones.
    fn add(&mut self, read: &Role) {
        self.serving_type = read.serving_type.clone().or(self.serving_type.take());
        self.command.extend(read.command.iter().cloned());
        self.follower.extend(read.follower.iter().cloned());
        self.processes = read.processes.clone().or(self.processes.take());
        self.env.extend(read.env.iter().cloned());
        merge(&mut self.config, &read.config);
        merge(&mut self.defaults, &read.defaults);
        self.requires.extend(read.requires.iter().cloned());
        self.schema = read.schema.clone().or(self.schema.take());
        self.means.extend(read.means.clone());
        self.flags = read.flags.clone().or(self.flags.take());
        self.ready = read.ready.clone().or(self.ready.take());
        self.request = read.request.clone().or(self.request.take());
        self.ready_port = read.ready_port.clone().or(self.ready_port.take());
        self.ready_timeout = read.ready_timeout.clone().or(self.ready_timeout.take());
        self.port = read.port.clone().or(self.port.take());
        self.ports.extend(read.ports.iter().cloned());
        self.even_nodes |= read.even_nodes;
        self.any_shape |= read.any_shape;
        self.behind_server |= read.behind_server;
        self.rounds = read.rounds.clone().or(self.rounds.take());
        self.results = read.results.clone().or(self.results.take());
        self.results_command.extend(read.results_command.iter().cloned());
        self.model_types.extend(read.model_types.clone());
        self.model_args.extend(read.model_args.iter().cloned());
    }
}

/// `role "ctx" "gen" { … }`: what several roles share is written once.
pub(super) fn read(node: &Node, roles: &mut IndexMap<String, Role>, diagnostics: &mut Diagnostics) {
    let mut fields = Fields::new(node, diagnostics);
    let names = fields.rest_of_strings();
    let read = program(&mut fields);
    fields.finish();
    for name in known_roles(names, diagnostics) {
        roles.entry(name.value).or_default().add(&read);
    }
}

/// The fields of a role, a service or a client.
pub(super) fn program(fields: &mut Fields) -> Role {
    const PROCESSES: [(&str, Processes); 2] = [("gpu", Processes::Gpu), ("node", Processes::Node)];
    Role {
        serving_type: fields.string("serving-type"),
        command: command(fields, "command"),
        follower: command(fields, "follower"),
        processes: fields.choice("processes", &PROCESSES),
        env: envs(fields),
        config: fields.block("config").map(|n| config_block(n, fields.diagnostics)),
        defaults: fields.block("defaults").map(|n| config_block(n, fields.diagnostics)),
        requires: requirements(fields),
        schema: fields.string("schema"),
        means: fields.block("means").map(|n| meaning::read(n, fields.diagnostics)).unwrap_or_default(),
        flags: fields.block("flags").map(|n| flags(n, fields.diagnostics)),
        ready: fields.string("ready"),
        request: fields.block("request").and_then(|n| request(n, fields.diagnostics)),
        ready_port: fields.string("ready-port"),
        ready_timeout: fields.integer("ready-timeout", 1..=864_000),
        port: fields.integer("port", 1..=65_535),
        ports: fields.block("ports").map(|n| ports(n, fields.diagnostics)).unwrap_or_default(),
        even_nodes: fields.boolean("even-nodes").is_some_and(|b| b.value),
        any_shape: fields.boolean("any-shape").is_some_and(|b| b.value),
        behind_server: fields.boolean("behind-server").is_some_and(|b| b.value),
        rounds: fields.integer("rounds", 1..=1_000_000),
        results: fields.string("results"),
        results_command: command(fields, "results-command"),
        model_types: model_types(fields),
        model_args: fields
            .block("model-args")
            .map(|n| accuracy::model_arguments(n, fields.diagnostics))
            .unwrap_or_default(),
    }
}

fn requirements(fields: &mut Fields) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    for mut node in fields.blocks("requires").into_iter().cloned() {
        let children = node.children.take();
        let mut inner = Fields::new(&node, fields.diagnostics);
        let why = inner.required_string("why the engine needs it");
        inner.finish();
        node.arguments.clear();
        node.children = children;
        if let Some(why) = why {
            requirements.push(Requirement { why, settings: config_block(&node, fields.diagnostics) });
        }
    }
    requirements
}

fn ports(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Ports> {
    let ranges = node.children().iter().map(|child| {
        let mut fields = Fields::new(child, diagnostics);
        let number = |n: Option<Spanned<u32>>| n.map_or(0, |n| n.value);
        let argument = fields.argument();
        let count =
            argument.and_then(|a| integer("a number of ports", &a.value, 1..=1000, fields.diagnostics));
        let per_gpu = fields.integer("per-gpu", 1..=100);
        fields.finish();
        Ports { name: child.name.clone(), count: number(count), per_gpu: number(per_gpu) }
    });
    ranges.collect()
}

fn request(node: &Node, diagnostics: &mut Diagnostics) -> Option<Request> {
    let mut fields = Fields::new(node, diagnostics);
    let path = fields.required_string("the path of the API");
    let body = fields.block("body").map(|n| config_block(n, fields.diagnostics));
    fields.finish();
    Some(Request { path: path?, body: body? })
}

fn flags(node: &Node, diagnostics: &mut Diagnostics) -> Flags {
    let mut fields = Fields::new(node, diagnostics);
    let negation = fields.string("negation").map(|s| s.value);
    fields.finish();
    Flags { negation }
}

/// Reports the names that are no roles, and leaves them out.
pub(super) fn known_roles(
    names: Vec<Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Vec<Spanned<String>> {
    let (known, unknown): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| ROLES.contains(&name.value.as_str()));
    for name in unknown {
        diagnostics.push(
            Diagnostic::error("language/unknown-role", format!("there is no role \"{}\"", name.value))
                .label(name.span, "unknown")
                .help(format!("roles: {}", ROLES.join(", "))),
        );
    }
    known
}

pub(super) fn merge(into: &mut Option<ConfigBlock>, from: &Option<ConfigBlock>) {
    if let Some(from) = from {
        let into = into.get_or_insert_with(|| ConfigBlock { entries: IndexMap::new() });
        into.entries.extend(from.entries.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
}

/// `model-type "NAME" path="/v1/…"`.
fn model_types(fields: &mut Fields) -> IndexMap<String, String> {
    let mut types = IndexMap::new();
    for n in fields.blocks("model-type") {
        let mut inner = Fields::new(n, fields.diagnostics);
        let name = inner.required_string("the name of the model type");
        let path = inner.string("path");
        inner.finish();
        if let (Some(name), Some(path)) = (name, path) {
            types.insert(name.value, path.value);
        }
    }
    types
}

pub(super) fn envs(fields: &mut Fields) -> Vec<EnvBlock> {
    let blocks = fields.blocks("env");
    blocks.into_iter().map(|n| env::block(n, fields.diagnostics)).collect()
}

/// A block of `arg` lines.
pub(super) fn command(fields: &mut Fields, name: &'static str) -> Vec<Argument> {
    let Some(node) = fields.block(name) else { return Vec::new() };
    let mut inner = Fields::new(node, fields.diagnostics);
    let list = arguments(&mut inner);
    inner.finish();
    list
}

pub(super) fn arguments(fields: &mut Fields) -> Vec<Argument> {
    let mut list = Vec::new();
    for node in fields.blocks("arg") {
        let mut inner = Fields::new(node, fields.diagnostics);
        list.push(Argument {
            only_if: inner.string("if").map(|s| s.value),
            unless: inner.string("unless").map(|s| s.value),
            report: inner.boolean("report").is_some_and(|r| r.value),
            step: inner.string("step"),
            words: inner.rest_of_strings(),
        });
        inner.finish();
    }
    list
}

/// A line that is a list of strings.
pub(super) fn words(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Spanned<String>> {
    let mut fields = Fields::new(node, diagnostics);
    let words = fields.rest_of_strings();
    fields.finish();
    words
}
