//! `engine "NAME" { … }`: what each role runs, with which launcher, environment, configuration and
//! readiness, for one version of the engine.

use std::sync::LazyLock;

use indexmap::IndexMap;

use super::client::{self, Client};
use super::harness::{self, Harness};
use super::mode::{self, Mode};
use super::rehearsal::{self, Rehearsal};
use super::role::{self, Argument, Role, arguments, command, envs};
use super::service::{self, Service};
use super::{backend, version};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::syntax::{Node, Value};
use crate::topology::ast::EnvBlock;
use crate::topology::fields::Fields;
use crate::topology::prepare::INSTALLS;

#[derive(Debug, Clone)]
pub struct Engine {
    pub name: Spanned<String>,
    pub version: String,
    /// What it can put behind its interface; empty where there is nothing to choose.
    pub backends: Vec<Spanned<String>>,
    /// The one that was chosen.
    pub backend: Option<Spanned<String>>,
    /// Where the engine's other files are.
    pub folder: String,
    pub launcher: Option<Launcher>,
    pub profilers: IndexMap<String, Profiler>,
    pub roles: IndexMap<String, Role>,
    /// What the roles' files may say, where that is no file of its own.
    pub schemas: IndexMap<String, Vec<Node>>,
    /// The highest port that its programs take.
    pub max_port: Option<Spanned<u32>>,
    /// What its processes may need beside them, such as a store in which they find each other.
    pub services: IndexMap<String, Service>,
    /// Programs that may make the benchmark's requests; the first is the default.
    pub clients: Vec<Client>,
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

impl Engine {
    /// Reads the description for the version that the topology asks for, or the newest it knows, and for a
    /// backend, or its first.
    pub fn read(
        node: &Node,
        asked: Option<&Spanned<String>>,
        backend: Option<&str>,
        folder: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let mut node = node.clone();
        let version = choose_version(&node, asked, diagnostics)?;
        // A schema tells of other versions what it knows of them.
        let (described, children): (Vec<Node>, Vec<Node>) = node
            .children
            .take()
            .unwrap_or_default()
            .into_iter()
            .partition(|child| child.name.value == "schema");
        let schemas = described.into_iter().filter_map(|n| schema(n, diagnostics)).collect();
        let children = version::select(children, &version);
        let (children, backends, backend) = backend::select(children, backend);
        node.children = Some(children);
        let mut fields = Fields::new(&node, diagnostics);
        let name = fields.required_string("a name for the engine");
        fields.block("versions");
        let max_port = fields.integer("max-port", 1024..=65_535);
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
                let profiler = Profiler { command: command(&mut inner, "command"), env: envs(&mut inner) };
                profilers.insert(name.value, profiler);
            }
            inner.finish();
        }
        let rehearsal = fields.block("rehearsal").map(|n| rehearsal::read(n, fields.diagnostics));
        let installs = fields.block("prepare").map(|n| installs(n, fields.diagnostics));
        let mut roles: IndexMap<String, Role> = IndexMap::new();
        for n in fields.blocks("role") {
            role::read(n, &mut roles, fields.diagnostics);
        }
        let services = fields.blocks("service");
        let services = services.into_iter().filter_map(|n| service::read(n, fields.diagnostics)).collect();
        let clients = fields.blocks("client");
        let clients =
            clients.into_iter().filter_map(|n| client::read(n, folder, fields.diagnostics)).collect();
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
            backends,
            backend,
            max_port,
            services,
            clients,
            folder: folder.to_owned(),
            launcher,
            profilers,
            roles,
            schemas,
            installs: installs.unwrap_or_default(),
            rehearsal,
        })
    }

    /// The role's description; an empty one where the engine has none.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// The client that a benchmark asks for, or the first.
    pub fn client(&self, asked: Option<&str>) -> Option<&Client> {
        match asked {
            Some(asked) => self.clients.iter().find(|client| client.name.value == asked),
            None => self.clients.first(),
        }
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
) -> Option<String> {
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
    let Some(asked) = asked else { return Some(first.value.clone()) };
    // A patch release is described by its minor release: 1.2.3 by "1.2".
    let described =
        known.iter().any(|v| asked.value == v.value || asked.value.starts_with(&format!("{}.", v.value)));
    if !described {
        let list: Vec<&str> = known.iter().map(|v| v.value.as_str()).collect();
        diagnostics.push(
            Diagnostic::error(
                "engine/unknown-version",
                format!("version {} of this engine is not described", asked.value),
            )
            .label(asked.span, "unknown")
            .help(format!(
                "known versions: {}, each with its patch releases; without `version` it is {}",
                list.join(", "),
                first.value
            )),
        );
        return None;
    }
    Some(asked.value.clone())
}

/// `schema "NAME" { key … }`: read when settings are compared with it.
fn schema(mut node: Node, diagnostics: &mut Diagnostics) -> Option<(String, Vec<Node>)> {
    let keys = node.children.take().unwrap_or_default();
    let mut fields = Fields::new(&node, diagnostics);
    let name = fields.required_string("the schema's name");
    fields.finish();
    Some((name?.value, keys))
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
