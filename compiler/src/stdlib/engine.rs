//! `engine "NAME" { … }`: what each role runs, with which launcher, environment, configuration and
//! readiness, for one version of the engine.

use std::sync::LazyLock;

use indexmap::IndexMap;

use super::harness::{self, Harness};
use super::mode::{self, Mode};
use super::rehearsal::{self, Rehearsal};
use super::template::sole_placeholder;
use super::version;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::syntax::{Node, Value};
use crate::topology::accuracy::{self, ModelArgument};
use crate::topology::ast::{ConfigBlock, ConfigValue, EnvBlock, ROLES};
use crate::topology::fields::Fields;
use crate::topology::prepare::INSTALLS;
use crate::topology::{config_block, env};

#[derive(Debug, Clone)]
pub struct Engine {
    pub name: Spanned<String>,
    pub version: Spanned<String>,
    /// Where the engine's other files are.
    pub folder: String,
    pub launcher: Option<Launcher>,
    pub profilers: IndexMap<String, Profiler>,
    pub roles: IndexMap<String, Role>,
    /// Other ways to run the roles than to serve them directly.
    pub harnesses: IndexMap<String, Harness>,
    /// What a benchmark may measure; the first is the default.
    pub modes: Vec<Mode>,
    /// How what a preparation names is installed: `wheel`, `editable`.
    pub installs: IndexMap<&'static str, Vec<Argument>>,
    /// What runs in a rehearsal.
    pub rehearsal: Option<Rehearsal>,
}

/// A program before a worker's own that makes one MPI world of the step's ranks.
#[derive(Debug, Clone)]
pub struct Launcher {
    pub command: Spanned<String>,
    /// It looks for a free port and binds it later, so two of them on one node start one after the
    /// other: the second when this variable's port of the first is bound.
    pub address_variable: Option<Spanned<String>>,
}

/// A tool that stands before the launcher.
#[derive(Debug, Clone)]
pub struct Profiler {
    pub command: Vec<Argument>,
    pub env: Vec<EnvBlock>,
}

#[derive(Debug, Clone, Default)]
pub struct Role {
    /// The value of `DISAGG_SERVING_TYPE`.
    pub serving_type: Option<Spanned<String>>,
    pub command: Vec<Argument>,
    pub env: Vec<EnvBlock>,
    /// Keys that the planner owns; their values are placeholders.
    pub config: Option<ConfigBlock>,
    /// Keys that hold unless the topology sets them.
    pub defaults: Option<ConfigBlock>,
    /// The HTTP path that answers 200 when the program can serve.
    pub ready: Option<Spanned<String>>,
    /// Seconds until it must be ready.
    pub ready_timeout: Option<Spanned<u32>>,
    pub port: Option<Spanned<u32>>,
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

impl Role {
    /// The keys of the engine's file that the planner writes.
    pub fn owned_keys(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.config.iter().flat_map(|c| &c.entries).map(|(key, entry)| {
            let placeholder = match &entry.value {
                ConfigValue::String(text) => sole_placeholder(text),
                _ => None,
            };
            (key.as_str(), placeholder)
        })
    }
}

impl Engine {
    /// Reads the description for the version that the topology asks for, or the newest it knows.
    pub fn read(
        node: &Node,
        asked: Option<&Spanned<String>>,
        folder: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let mut node = node.clone();
        let version = choose_version(&node, asked, diagnostics)?;
        node.children = node.children.map(|children| version::select(children, &version.value));
        let mut fields = Fields::new(&node, diagnostics);
        let name = fields.required_string("a name for the engine");
        fields.block("versions");
        let launcher = fields.block("launcher").and_then(|n| {
            let mut fields = Fields::new(n, fields.diagnostics);
            let command = fields.required_string("the launcher's program");
            let address_variable = fields.string("address-variable");
            fields.finish();
            Some(Launcher { command: command?, address_variable })
        });
        let mut profilers = IndexMap::new();
        for n in fields.blocks("profiler") {
            let mut inner = Fields::new(n, fields.diagnostics);
            if let Some(name) = inner.required_string("the profiler's name") {
                let profiler = Profiler { command: command(&mut inner), env: envs(&mut inner) };
                profilers.insert(name.value, profiler);
            }
            inner.finish();
        }
        let rehearsal = fields.block("rehearsal").map(|n| rehearsal::read(n, fields.diagnostics));
        let installs = fields.block("prepare").map(|n| installs(n, fields.diagnostics));
        let mut roles: IndexMap<String, Role> = IndexMap::new();
        for n in fields.blocks("role") {
            role(n, &mut roles, fields.diagnostics);
        }
        let mut harnesses = IndexMap::new();
        for n in fields.blocks("harness") {
            if let Some((name, harness)) = harness::read(n, fields.diagnostics) {
                harnesses.insert(name, harness);
            }
        }
        let modes = fields.blocks("mode");
        let modes = modes.into_iter().filter_map(|n| mode::read(n, fields.diagnostics)).collect();
        fields.finish();
        Some(Engine {
            harnesses,
            modes,
            name: name?,
            version,
            folder: folder.to_owned(),
            launcher,
            profilers,
            roles,
            installs: installs.unwrap_or_default(),
            rehearsal,
        })
    }

    /// The role's description; an empty one where the engine has none.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// The mode that a benchmark asks for, or the default.
    pub fn mode(&self, asked: Option<&str>) -> Option<&Mode> {
        static PLAIN: LazyLock<Mode> =
            LazyLock::new(|| Mode { name: mode::END_TO_END.to_owned(), ..Mode::default() });
        let described = match asked {
            Some(asked) => self.modes.iter().find(|mode| mode.name == asked),
            None => self.modes.first(),
        };
        let plain = self.modes.is_empty() && asked.is_none_or(|asked| asked == mode::END_TO_END);
        described.or_else(|| plain.then(|| &*PLAIN))
    }
}

/// `versions "1.2" "1.1"`: the first is what one gets without asking.
fn choose_version(
    node: &Node,
    asked: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let known: Vec<Spanned<String>> = node
        .children()
        .iter()
        .filter(|c| c.name.value == "versions")
        .flat_map(|c| &c.arguments)
        .filter_map(|a| match &a.value.value {
            Value::String(text) => Some(Spanned::new(text.clone(), a.value.span)),
            _ => None,
        })
        .collect();
    let Some(first) = known.first() else {
        diagnostics.push(
            Diagnostic::error("engine/no-version", "an engine's description lists its versions")
                .label(node.head(), "no `versions` inside")
                .help("write `versions \"1.0\"`"),
        );
        return None;
    };
    let Some(asked) = asked else { return Some(first.clone()) };
    // A patch release is described by its minor release: 1.2.3 by "1.2".
    let described =
        known.iter().any(|v| asked.value == v.value || asked.value.starts_with(&format!("{}.", v.value)));
    if !described {
        let list: Vec<&str> = known.iter().map(|v| v.value.as_str()).collect();
        diagnostics.push(
            Diagnostic::error("engine/unknown-version", format!("version {} is not described", asked.value))
                .label(asked.span, "unknown")
                .help(format!("known versions: {}", list.join(", "))),
        );
        return None;
    }
    Some(asked.clone())
}

/// `role "ctx" "gen" { … }`: what several roles share is written once, and later blocks add to it.
fn role(node: &Node, roles: &mut IndexMap<String, Role>, diagnostics: &mut Diagnostics) {
    let mut fields = Fields::new(node, diagnostics);
    let names = fields.rest_of_strings();
    let read = Role {
        serving_type: fields.string("serving-type"),
        command: command(&mut fields),
        env: envs(&mut fields),
        config: fields.block("config").map(|n| config_block(n, fields.diagnostics)),
        defaults: fields.block("defaults").map(|n| config_block(n, fields.diagnostics)),
        ready: fields.string("ready"),
        ready_timeout: fields.integer("ready-timeout", 1..=864_000),
        port: fields.integer("port", 1..=65_535),
        rounds: fields.integer("rounds", 1..=1_000_000),
        results: fields.string("results"),
        model_types: model_types(&mut fields),
        model_args: fields
            .block("model-args")
            .map(|n| accuracy::model_arguments(n, fields.diagnostics))
            .unwrap_or_default(),
        results_command: match fields.block("results-command") {
            Some(n) => {
                let mut inner = Fields::new(n, fields.diagnostics);
                let words = arguments(&mut inner);
                inner.finish();
                words
            }
            None => Vec::new(),
        },
    };
    fields.finish();
    for name in known_roles(names, diagnostics) {
        let role = roles.entry(name.value).or_default();
        role.serving_type = read.serving_type.clone().or(role.serving_type.take());
        role.command.extend(read.command.iter().cloned());
        role.env.extend(read.env.iter().cloned());
        merge(&mut role.config, &read.config);
        merge(&mut role.defaults, &read.defaults);
        role.ready = read.ready.clone().or(role.ready.take());
        role.ready_timeout = read.ready_timeout.clone().or(role.ready_timeout.take());
        role.port = read.port.clone().or(role.port.take());
        role.rounds = read.rounds.clone().or(role.rounds.take());
        role.results = read.results.clone().or(role.results.take());
        role.results_command.extend(read.results_command.iter().cloned());
        role.model_types.extend(read.model_types.clone());
        role.model_args.extend(read.model_args.iter().cloned());
    }
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

/// `prepare { wheel { arg … }; editable { arg … } }`.
fn installs(node: &Node, diagnostics: &mut Diagnostics) -> IndexMap<&'static str, Vec<Argument>> {
    let mut fields = Fields::new(node, diagnostics);
    let mut installs = IndexMap::new();
    for kind in INSTALLS {
        if let Some(n) = fields.block(kind) {
            let mut inner = Fields::new(n, fields.diagnostics);
            installs.insert(kind, arguments(&mut inner));
            inner.finish();
        }
    }
    fields.finish();
    installs
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

pub(super) fn command(fields: &mut Fields) -> Vec<Argument> {
    let Some(node) = fields.block("command") else { return Vec::new() };
    let mut inner = Fields::new(node, fields.diagnostics);
    let list = arguments(&mut inner);
    inner.finish();
    list
}

fn arguments(fields: &mut Fields) -> Vec<Argument> {
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
