//! `topology "NAME" { … }`.

use super::ast::*;
use super::env;
use super::fields::{Fields, Unread, string};
use super::placement::placement;
use super::{accuracy, allow, infra, jenkins, prepare, rehearsal, roles};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::syntax::{Node, Value};

pub fn topology(node: &Node, diagnostics: &mut Diagnostics) -> Option<Topology> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("a name for the topology");
    let mut topology = Topology {
        unread: Unread::default(),
        head: node.head(),
        span: node.span,
        allows: allow::allows(&mut fields),
        cluster: fields.string("cluster"),
        engine: fields.string("engine"),
        backend: fields.string("backend"),
        model: fields.block("model").map(|n| model(n, fields.diagnostics)),
        container: fields.block("container").map(|n| container(n, fields.diagnostics)),
        slurm: fields.block("slurm").map(|n| slurm_options(n, fields.diagnostics)).unwrap_or_default(),
        env: env_blocks(&mut fields),
        placement: placement(&mut fields, true),
        numa_bind: fields.boolean("numa-bind"),
        nodes: fields.integer("nodes", 1..=100_000),
        gpus: fields.integer("gpus", 1..=1_000_000),
        ready_timeout: fields.integer("ready-timeout", 1..=864_000),
        health_timeout: fields.integer("health-timeout", 1..=864_000),
        infra: fields.block("infra").map(|n| infra::infra(n, fields.diagnostics)),
        workers: workers(&mut fields),
        server: fields.block("server").map(|n| roles::server(n, fields.diagnostics)),
        benchmark: fields.block("benchmark").map(|n| roles::benchmark(n, fields.diagnostics)),
        harness: fields.block("harness").and_then(|n| super::harness::harness(n, fields.diagnostics)),
        accuracy: fields.block("accuracy").map(|n| accuracy::accuracy(n, fields.diagnostics)),
        prepare: fields.block("prepare").map(|n| prepare::prepare(n, fields.diagnostics)),
        jenkins: fields.block("jenkins").map(|n| jenkins::jenkins(n, fields.diagnostics)),
        rehearsal: fields.block("rehearsal").map(|n| rehearsal::rehearsal(n, fields.diagnostics)),
        name: name.clone().unwrap_or_else(|| Spanned::new(String::new(), node.head())),
    };
    topology.unread = fields.finish();
    name.map(|_| topology)
}

/// All `env` blocks of a node, in order.
pub fn env_blocks(fields: &mut Fields) -> Vec<EnvBlock> {
    let blocks = fields.blocks("env");
    blocks.into_iter().map(|n| env::block(n, fields.diagnostics)).collect()
}

/// Workers in the order in which they are written, across kinds.
fn workers(fields: &mut Fields) -> Vec<Worker> {
    for kind in WorkerKind::ALL {
        fields.blocks(kind.name());
    }
    let kind_of = |name: &str| WorkerKind::ALL.into_iter().find(|k| k.name() == name);
    let nodes = fields.node.children();
    nodes
        .iter()
        .filter_map(|n| Some((kind_of(&n.name.value)?, n)))
        .map(|(kind, n)| roles::worker(kind, n, fields.diagnostics))
        .collect()
}

fn model(node: &Node, diagnostics: &mut Diagnostics) -> Model {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the model's name");
    let path = fields.string("path");
    fields.finish();
    // Without a name the error is said; an empty one keeps it from counting as missing as well.
    Model { name: name.unwrap_or_else(|| Spanned::new(String::new(), node.head())), path }
}

/// `container "IMAGE" { mount "FROM" to="TO" }`.
pub fn container(node: &Node, diagnostics: &mut Diagnostics) -> Container {
    let mut fields = Fields::new(node, diagnostics);
    let image = fields.string_argument();
    if image.is_none() && !node.arguments.is_empty() {
        fields.noted::<()>("image", None);
    }
    let mut mounts = Vec::new();
    for node in fields.blocks("mount") {
        let mount = mount(node, fields.diagnostics);
        mounts.extend(fields.noted("mount", mount));
    }
    Container { image, mounts, unread: fields.finish() }
}

fn mount(node: &Node, diagnostics: &mut Diagnostics) -> Option<Mount> {
    let mut fields = Fields::new(node, diagnostics);
    let from = fields.required_string("the host's folder");
    let to = fields.string("to");
    let elsewhere = fields.finish().has("to");
    from.filter(|_| !elsewhere).map(|from| Mount { from, to })
}

/// `slurm account="a" partition="b" { option "--constraint=x" }`.
pub fn slurm_options(node: &Node, diagnostics: &mut Diagnostics) -> Vec<SlurmOption> {
    const NAMED: [&str; 11] = [
        "account",
        "partition",
        "time",
        "qos",
        "reservation",
        "job-name",
        "constraint",
        "nodelist",
        "exclude",
        "comment",
        "licenses",
    ];
    let mut fields = Fields::new(node, diagnostics);
    let mut options = Vec::new();
    for name in NAMED {
        if let Some(value) = fields.scalar(name) {
            let at = Spanned::new(name.to_owned(), value.span);
            // Minutes, and names that are numbers.
            let value = match value.value {
                Value::Integer(number) => Some(Spanned::new(number.to_string(), value.span)),
                _ => string(value, fields.diagnostics),
            };
            options.extend(value.map(|value| SlurmOption { name: at, value: Some(value) }));
        }
    }
    for child in fields.blocks("option") {
        let mut option = Fields::new(child, fields.diagnostics);
        if let Some(text) = option.required_string("an sbatch option such as \"--constraint=x\"") {
            match text.value.strip_prefix("--") {
                Some(rest) if !rest.is_empty() => {
                    let (name, value) = match rest.split_once('=') {
                        Some((name, value)) => (name, Some(value)),
                        None => (rest, None),
                    };
                    options.push(SlurmOption {
                        name: Spanned::new(name.to_owned(), text.span),
                        value: value.map(|v| Spanned::new(v.to_owned(), text.span)),
                    });
                }
                _ => option.diagnostics.push(
                    Diagnostic::error("slurm/option-form", "an option is written `--name=value`")
                        .label(text.span, "not in that form")
                        .help("short options such as `-C x` have a long name: `--constraint=x`"),
                ),
            }
        }
        option.finish();
    }
    fields.finish();
    options
}
