//! What the person wrote, typed. Everything optional is still an `Option` here: defaults and
//! derived values come in `resolve`.

use std::fmt;

use indexmap::IndexMap;

use super::accuracy::Accuracy;
use super::allow::Allow;
use super::fields::Unread;
use super::infra::Infra;
use super::jenkins::Jenkins;
use super::placement::Placement;
use super::prepare::Prepare;
use crate::source::{Span, Spanned};

/// A worker does the context phase, the generation phase, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkerKind {
    Ctx,
    Gen,
    Agg,
}

impl WorkerKind {
    pub const ALL: [WorkerKind; 3] = [WorkerKind::Ctx, WorkerKind::Gen, WorkerKind::Agg];

    pub fn name(self) -> &'static str {
        match self {
            WorkerKind::Ctx => "ctx",
            WorkerKind::Gen => "gen",
            WorkerKind::Agg => "agg",
        }
    }
}

/// The names by which `env` and the engine's description speak of the roles.
pub const ROLES: [&str; 7] = ["ctx", "gen", "agg", "server", "benchmark", "accuracy", "prepare"];

#[derive(Debug, Clone)]
pub struct Topology {
    pub name: Spanned<String>,
    /// The line that opens it.
    pub head: Span,
    /// All of it.
    pub span: Span,
    pub allows: Vec<Allow>,
    pub unread: Unread,
    pub cluster: Option<Spanned<String>>,
    pub engine: Option<Spanned<String>>,
    /// What the engine puts behind its interface.
    pub backend: Option<Spanned<String>>,
    pub model: Option<Model>,
    pub container: Option<Container>,
    pub slurm: Vec<SlurmOption>,
    pub env: Vec<EnvBlock>,
    pub placement: Placement,
    pub numa_bind: Option<Spanned<bool>>,
    /// Assertion: how many nodes the job takes.
    pub nodes: Option<Spanned<u32>>,
    /// Assertion: how many GPUs its servers take in all.
    pub gpus: Option<Spanned<u32>>,
    /// Seconds until every server must be ready.
    pub ready_timeout: Option<Spanned<u32>>,
    /// Seconds without an answer after which a server that was ready counts as lost.
    pub health_timeout: Option<Spanned<u32>>,
    pub infra: Option<Infra>,
    pub workers: Vec<Worker>,
    pub server: Option<Server>,
    pub benchmark: Option<Benchmark>,
    pub harness: Option<Harness>,
    pub accuracy: Option<Accuracy>,
    pub prepare: Option<Prepare>,
    pub jenkins: Option<Jenkins>,
    pub rehearsal: Option<super::rehearsal::Rehearsal>,
}

impl Topology {
    /// Whether every server that is written could be read, with its size.
    pub fn has_all_servers(&self) -> bool {
        let unread = WorkerKind::ALL.iter().any(|kind| self.unread.has(kind.name()));
        !unread && self.workers.iter().all(Worker::is_sized)
    }

    /// Every warning that is allowed, by the topology or one of its roles.
    pub fn allows(&self) -> impl Iterator<Item = &Allow> {
        let workers = self.workers.iter().flat_map(|worker| &worker.allows);
        let server = self.server.iter().flat_map(|server| &server.allows);
        let benchmark = self.benchmark.iter().flat_map(|benchmark| &benchmark.allows);
        self.allows.iter().chain(workers).chain(server).chain(benchmark)
    }
}

#[derive(Debug, Clone)]
pub struct Model {
    pub name: Spanned<String>,
    pub path: Option<Spanned<String>>,
}

#[derive(Debug, Clone, Default)]
pub struct Container {
    pub unread: Unread,
    pub image: Option<Spanned<String>>,
    pub mounts: Vec<Mount>,
}

/// A folder of the host inside the container.
#[derive(Debug, Clone)]
pub struct Mount {
    pub from: Spanned<String>,
    /// Where it appears; the same path if absent.
    pub to: Option<Spanned<String>>,
}

/// One `sbatch` option: `name` without the dashes.
#[derive(Debug, Clone)]
pub struct SlurmOption {
    pub name: Spanned<String>,
    pub value: Option<Spanned<String>>,
}

impl SlurmOption {
    pub fn span(&self) -> Span {
        self.value.as_ref().map_or(self.name.span, |value| value.span)
    }
}

/// `env { … }`, for all roles or for those that it names.
#[derive(Debug, Clone)]
pub struct EnvBlock {
    pub roles: Vec<Spanned<String>>,
    pub entries: Vec<EnvEntry>,
}

#[derive(Debug, Clone)]
pub struct EnvEntry {
    pub name: Spanned<String>,
    /// `None`: the variable is unset.
    pub value: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Worker {
    pub kind: WorkerKind,
    pub name: Option<Spanned<String>>,
    pub head: Span,
    pub allows: Vec<Allow>,
    pub unread: Unread,
    pub replicas: Option<Spanned<u32>>,
    pub tp: Option<Spanned<u32>>,
    pub pp: Option<Spanned<u32>>,
    pub cp: Option<Spanned<u32>>,
    pub ep: Option<Spanned<u32>>,
    pub attention_dp: Option<Spanned<bool>>,
    /// Assertion: GPUs of one server.
    pub gpus: Option<Spanned<u32>>,
    pub placement: Placement,
    /// Which of the cluster's nodes it takes, if not the usual ones.
    pub node_kind: Option<Spanned<String>>,
    pub numa_bind: Option<Spanned<bool>>,
    pub mpi: MpiWish,
    pub profile: Option<Profile>,
    pub env: Vec<EnvBlock>,
    pub config: Option<ConfigBlock>,
    pub arguments: Vec<Spanned<String>>,
}

impl Worker {
    /// `ctx`, or `ctx_long` for `ctx "long"`: the name of scripts, files and steps.
    pub fn role(&self) -> String {
        match &self.name {
            Some(name) => format!("{}_{}", self.kind.name(), name.value.replace('-', "_")),
            None => self.kind.name().to_owned(),
        }
    }

    /// Whether all that is written about its ranks could be read.
    pub fn is_sized(&self) -> bool {
        const SIZES: [&str; 7] = ["replicas", "tp", "pp", "cp", "ep", "attention-dp", "gpus"];
        !SIZES.iter().any(|name| self.unread.has(name))
    }

    /// Whether `name` means this pool, or all pools of its kind.
    pub fn is_called(&self, name: &str) -> bool {
        name == self.kind.name() || name.replace('-', "_") == self.role()
    }
}

/// Assertions about what the launcher rule derives; written on any role.
#[derive(Debug, Clone, Default)]
pub struct MpiWish {
    pub launcher: Option<Spanned<bool>>,
    pub mpi: Option<Spanned<String>>,
}

/// `profile "nsys" range="10-30"`.
#[derive(Debug, Clone)]
pub struct Profile {
    pub tool: Spanned<String>,
    pub range: Option<Spanned<String>>,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub head: Span,
    pub allows: Vec<Allow>,
    pub port: Option<Spanned<u32>>,
    /// The pool on whose first node it runs.
    pub on: Option<Spanned<String>>,
    /// `on="dedicated"`: on a node without servers.
    pub dedicated: Option<Span>,
    pub mpi: MpiWish,
    pub env: Vec<EnvBlock>,
    pub config: Option<ConfigBlock>,
    pub arguments: Vec<Spanned<String>>,
}

#[derive(Debug, Clone)]
pub struct Benchmark {
    pub head: Span,
    pub allows: Vec<Allow>,
    pub unread: Unread,
    /// Which phases are measured; the engine's description says what it changes.
    pub mode: Option<Spanned<String>>,
    /// The program that makes the requests.
    pub client: Option<Spanned<String>>,
    pub isl: Option<Spanned<u32>>,
    pub osl: Option<Spanned<u32>>,
    pub concurrency: Vec<Spanned<u32>>,
    /// Requests per concurrency, as a multiple of it.
    pub rounds: Option<Spanned<u32>>,
    /// Requests in all at each concurrency, where `rounds` doesn't say it.
    pub requests: Option<Spanned<u32>>,
    /// How many of them may fail.
    pub max_failed: Option<Spanned<u32>>,
    /// Seconds that one concurrency may take.
    pub timeout: Option<Spanned<u32>>,
    /// A tokenizer's folder or name, if not the model's.
    pub tokenizer: Option<Spanned<String>>,
    pub dataset: Option<Spanned<String>>,
    /// By how much of `isl` and `osl` lengths vary, in both directions.
    pub range_ratio: Option<Spanned<f64>>,
    pub streaming: Option<Spanned<bool>>,
    /// As for the server.
    pub on: Option<Spanned<String>>,
    pub dedicated: Option<Span>,
    pub mpi: MpiWish,
    pub env: Vec<EnvBlock>,
    pub arguments: Vec<Spanned<String>>,
}

/// `harness "pytest" { … }`: the roles run through a test program.
#[derive(Debug, Clone)]
pub struct Harness {
    pub head: Span,
    pub name: Spanned<String>,
    pub form: Option<Spanned<String>>,
    pub upload: Option<Spanned<bool>>,
    /// Switches of the option table, such as `coverage`.
    pub flags: Vec<(&'static str, Spanned<bool>)>,
    /// What the harness' description calls by these names; whole numbers as text.
    pub values: Vec<(&'static str, Spanned<String>)>,
}

impl Benchmark {
    /// Nothing is said about it; `head` is what stands for it.
    pub fn empty(head: Span) -> Self {
        Benchmark {
            head,
            allows: Vec::new(),
            unread: Unread::default(),
            mode: None,
            client: None,
            isl: None,
            osl: None,
            concurrency: Vec::new(),
            rounds: None,
            requests: None,
            max_failed: None,
            timeout: None,
            tokenizer: None,
            dataset: None,
            range_ratio: None,
            streaming: None,
            on: None,
            dedicated: None,
            mpi: MpiWish::default(),
            env: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// The most tokens that a prompt or an answer has which has so many on average.
    pub fn longest(&self, mean: u32) -> u64 {
        let ratio = self.range_ratio.as_ref().map_or(0.0, |ratio| ratio.value);
        (f64::from(mean) * (1.0 + ratio)) as u64
    }
}

/// The engine's own file, in its own key names.
#[derive(Debug, Clone)]
pub struct ConfigBlock {
    pub entries: ConfigMap,
}

/// A section of it.
pub type ConfigMap = IndexMap<String, ConfigEntry>;

#[derive(Debug, Clone, PartialEq)]
pub struct ConfigEntry {
    pub key: Span,
    /// `(any)`: whatever the engine's schema says of it.
    pub any: Option<Span>,
    /// A list's or a section's place is its key's.
    pub value: Spanned<ConfigValue>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConfigValue {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    String(String),
    List(Vec<Spanned<ConfigValue>>),
    Map(ConfigMap),
}

/// As a person would write it.
impl fmt::Display for ConfigValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigValue::Null => f.write_str("#null"),
            ConfigValue::Bool(truth) => write!(f, "#{truth}"),
            ConfigValue::Integer(number) => write!(f, "{number}"),
            ConfigValue::Float(number) => write!(f, "{number}"),
            ConfigValue::String(text) => write!(f, "\"{text}\""),
            ConfigValue::List(_) => f.write_str("a list"),
            ConfigValue::Map(_) => f.write_str("a section"),
        }
    }
}
