//! The plan: everything that is decided before the job starts, and the only thing that backends see.
//!
//! It is written into every bundle as `plan.json`. Names of steps and roles are words of a shell
//! and of a file name: lower-case letters, digits and `_`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::data::Data;
pub use super::jenkins::Jenkins;
pub use super::place::{Domain, Minimum, Proof};
use super::word::Word;

/// The version of this structure; it changes whenever a reader of `plan.json` would notice.
pub const SCHEMA: u32 = 4;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    pub schema: u32,
    pub topology: String,
    pub engine: Engine,
    pub cluster: Cluster,
    /// What the benchmark measures: `e2e`, or one phase alone.
    pub mode: String,
    /// How many nodes the job takes.
    pub nodes: u32,
    pub placement: Placed,
    /// Its nodes, kind by kind: several make it a heterogeneous job of Slurm's.
    pub components: Vec<Component>,
    /// Where run folders are made; without one, in the folder from which `sbatch` was called.
    pub run_folder: Option<String>,
    pub configs: Vec<Config>,
    pub roles: Vec<Role>,
    /// In the order in which they are started, as far as their edges allow.
    pub steps: Vec<Step>,
    /// Variables for the engine's own scripts and tests, in every step.
    pub exports: Vec<Export>,
    /// How a pipeline runs the job, where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jenkins: Option<Jenkins>,
    /// Where each resolved value comes from: `gen.env.UCX_TLS` → `topo.kdl:12:9`.
    pub origins: IndexMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Engine {
    pub name: String,
    pub version: String,
    /// What it has behind its interface, where there is a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cluster {
    pub name: String,
}

/// The job's nodes of one kind, which stand side by side. Slurm calls it a component, and srun a het group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Component {
    /// Which of the cluster's nodes they are, if not its usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The first of them, as the job counts.
    pub from: u32,
    pub nodes: u32,
    pub gpus_per_node: u32,
    /// The name of the GPU resource, where the job asks for one.
    pub gres: Option<String>,
    /// The `#SBATCH` lines, in order.
    pub sbatch: Vec<SlurmOption>,
}

impl Component {
    pub fn has(&self, node: u32) -> bool {
        (self.from..self.from + self.nodes).contains(&node)
    }
}

/// How the servers' places were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Placed {
    /// How few nodes there could be.
    pub minimum: Minimum,
    /// Positions on every node that no server takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_gpus: Vec<u32>,
    /// Whether other jobs may use the rest of its nodes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// The node without servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedicated: Option<u32>,
    /// Nodes that should share an NVLink domain, where one has several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Domain>,
    /// Roles whose servers must stay in theirs: the job has to find out which hosts share one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_domain: Vec<String>,
}

/// A variable that every step exports.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Export {
    pub name: String,
    pub value: ExportValue,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ExportValue {
    Word(Word),
    /// Bash, which the step evaluates; from an engine's description, never from a topology.
    Expression(String),
    /// Bash that runs a command when it is evaluated.
    Command(ShellCommand),
}

/// `unset A && B=x launcher program …`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ShellCommand {
    pub unset: Option<String>,
    pub env: Vec<Variable>,
    pub launcher: Option<Word>,
    pub words: Vec<Word>,
}

/// `--name` or `--name=value` of sbatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SlurmOption {
    pub name: String,
    pub value: Option<String>,
}

/// One of the engine's files, `config/<name>`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Config {
    pub name: String,
    pub data: Data,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Serves tokens: context, generation or both.
    Worker,
    /// Sends requests on to workers.
    Coordinator,
    /// What the others find each other through.
    Service,
    /// Makes the requests.
    Client,
    /// Does something once on every node before anything else starts.
    Preparation,
}

impl Part {
    /// Whether it runs until it is stopped.
    pub fn serves(self) -> bool {
        matches!(self, Part::Worker | Part::Coordinator | Part::Service)
    }
}

/// What every step of one pool does; a pool's steps differ in name, place and port only.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Role {
    /// `ctx`, `ctx_long`, `gen`, `server`, `benchmark`, `accuracy_gsm8k`: names the scripts in `steps/`.
    pub name: String,
    pub part: Part,
    /// How a worker's ranks share the model.
    pub parallel: Option<Parallel>,
    /// What a worker's ranks are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<Processes>,
    /// In this order; what is unset comes first.
    pub env: Vec<Variable>,
    /// Variables with these prefixes are unset before the program, so that it can't join an MPI
    /// world. Empty exactly for workers with a launcher.
    pub clear: Vec<String>,
    /// What stands before the launcher: the profiler.
    pub wrapper: Vec<Word>,
    pub launcher: Option<Launcher>,
    /// What stands between the launcher and the program: numactl.
    pub binding: Vec<String>,
    pub command: Vec<Word>,
    /// What the ranks behind the first run in its place; empty where they all run the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follower: Vec<Word>,
    /// The folder that the program runs in; without one, the run folder.
    pub folder: Option<Word>,
    pub ready: Option<Ready>,
    /// What must get through it before it counts as ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// Until a client's step must have ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Whether it ends well by itself when the client has done its work.
    pub ends_itself: bool,
    /// Whether the job is done when its steps are: the client's, or a test that is server and client in one.
    pub decides: bool,
    pub reducer: Option<Reducer>,
    /// What a preparation does, in the place of `command`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
}

/// The processes of one server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Processes {
    /// Each has one GPU for itself.
    #[default]
    Gpu,
    /// Each has all of the server's GPUs on its node.
    Node,
}

/// Commands that each node runs one after the other; the first that fails ends the step everywhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Preparation {
    pub commands: Vec<Vec<Word>>,
    /// Until every node must have done all of them.
    pub timeout_seconds: u32,
}

/// Tensor, pipeline and context parallel sizes: their product is the number of ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Parallel {
    pub tp: u32,
    pub pp: u32,
    pub cp: u32,
}

/// A variable of a role's environment; one without a value is unset.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Variable {
    pub name: String,
    pub value: Option<Word>,
}

/// Every rank runs it; rank 0 runs the one word behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Launcher {
    pub command: String,
    /// The variable in which rank 0's command finds the leader's `tcp://HOST:PORT`.
    pub address_variable: Option<String>,
}

/// A server is ready when this HTTP path answers exactly 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Ready {
    pub path: String,
    pub timeout_seconds: u32,
    /// Without an answer for so long, a server that was ready counts as lost.
    pub lost_after_seconds: u32,
    /// Which of the step's other ports answers, if not its main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
}

/// A request of the engine's API: JSON that is posted to a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Request {
    pub path: String,
    pub body: Word,
}

/// Reduces what the client measured to `key=value` lines on its standard output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reducer {
    /// The bundle's file with the program, and its content's path in the stdlib.
    pub file: String,
    pub source: String,
    pub command: Vec<Word>,
}

/// One `srun`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Step {
    /// `gen_0`, `ctx_long_1`, `server`, `benchmark_256`.
    pub name: String,
    pub role: String,
    /// `DISAGG_SERVING_TYPE`.
    pub serving_type: String,
    /// All options of srun, each one word.
    pub srun: Vec<Word>,
    /// In rank order: whole nodes first.
    pub nodes: Vec<Share>,
    /// The port that it listens on, on its first node.
    pub port: Option<u16>,
    /// What else it listens on: on its first node, or where each node has a process of its own, on all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<PortRange>,
    /// It starts when all of these hold.
    pub after: Vec<Edge>,
    /// The client's work.
    pub load: Option<Load>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PortRange {
    pub name: String,
    /// First and last.
    pub from: u16,
    pub to: u16,
}

/// What a step takes of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Share {
    /// The n-th node of the job, from 0.
    pub node: u32,
    pub ranks: u32,
    /// Positions in the CUDA_VISIBLE_DEVICES that the step inherits (0, 1, … where it is unset).
    pub gpus: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Edge {
    pub step: String,
    pub state: State,
}

/// What a step can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its launcher's leader has bound the port that the launcher had found free.
    Leading,
    /// It answers 200.
    Ready,
    /// It ended well.
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Load {
    /// The node (n-th of the job) and port that requests go to.
    pub target_node: u32,
    pub target_port: u16,
    /// How many requests at a time and in all, where the plan decides that.
    pub concurrency: Option<u32>,
    pub requests: Option<u64>,
    /// How many of them may fail.
    pub may_fail: u32,
}

impl Plan {
    /// The GPUs of a node; none of one that the job does not have.
    pub fn gpus_of(&self, node: u32) -> u32 {
        self.components.iter().find(|component| component.has(node)).map_or(0, |c| c.gpus_per_node)
    }

    /// All GPUs of the job's nodes.
    pub fn gpus(&self) -> u64 {
        self.components.iter().map(|c| u64::from(c.nodes) * u64::from(c.gpus_per_node)).sum()
    }

    /// The most GPUs that a node has.
    pub fn most_gpus(&self) -> u32 {
        self.components.iter().map(|component| component.gpus_per_node).max().unwrap_or(0)
    }

    /// The GPUs that the job asks for on each node of a component: all, or where others may use the rest those that its
    /// servers take there.
    pub fn asked_gpus(&self, component: &Component) -> u32 {
        if !self.placement.shared {
            return component.gpus_per_node;
        }
        let there = self.steps.iter().flat_map(|step| &step.nodes).filter(|share| component.has(share.node));
        there.flat_map(|share| &share.gpus).max().map_or(0, |last| last + 1)
    }

    /// The components' `#SBATCH` lines one after the other.
    pub fn sbatch(&self) -> impl Iterator<Item = &SlurmOption> {
        self.components.iter().flat_map(|component| &component.sbatch)
    }

    /// The role of a step.
    ///
    /// # Panics
    /// If the plan breaks its own rule that every step has a role.
    pub fn role(&self, step: &Step) -> &Role {
        self.roles.iter().find(|role| role.name == step.role).expect("every step has a role")
    }
}
