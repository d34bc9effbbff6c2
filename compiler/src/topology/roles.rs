//! The roles of a topology: workers, the coordinator, the client.

use super::allow::allows;
use super::ast::*;
use super::config;
use super::fields::{Fields, Unread, duplicate, integer, repeated};
use super::lower::env_blocks;
use super::placement::placement;
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// Far above what exists, low enough that products of sizes stay in 64 bits.
const MAX_SIZE: u32 = 65_536;

pub fn worker(kind: WorkerKind, node: &Node, diagnostics: &mut Diagnostics) -> Worker {
    let mut fields = Fields::new(node, diagnostics);
    let mut worker = Worker {
        kind,
        unread: Unread::default(),
        name: fields.string_argument(),
        head: node.head(),
        allows: allows(&mut fields),
        replicas: fields.integer("replicas", 1..=MAX_SIZE),
        tp: fields.integer("tp", 1..=MAX_SIZE),
        pp: fields.integer("pp", 1..=MAX_SIZE),
        cp: fields.integer("cp", 1..=MAX_SIZE),
        ep: fields.integer("ep", 1..=MAX_SIZE),
        attention_dp: fields.boolean("attention-dp"),
        gpus: fields.integer("gpus", 1..=MAX_SIZE),
        placement: placement(&mut fields, false),
        node_kind: fields.string("node-kind"),
        numa_bind: fields.boolean("numa-bind"),
        mpi: mpi_wish(&mut fields),
        profile: fields.block("profile").and_then(|n| profile(n, fields.diagnostics)),
        env: env_blocks(&mut fields),
        config: config_block(&mut fields),
        arguments: arguments(&mut fields),
    };
    worker.unread = fields.finish();
    worker
}

pub fn server(node: &Node, diagnostics: &mut Diagnostics) -> Server {
    let mut fields = Fields::new(node, diagnostics);
    let (on, dedicated) = seat(&mut fields);
    let server = Server {
        head: node.head(),
        allows: allows(&mut fields),
        port: fields.integer("port", 1..=65_535),
        on,
        dedicated,
        mpi: mpi_wish(&mut fields),
        env: env_blocks(&mut fields),
        config: config_block(&mut fields),
        arguments: arguments(&mut fields),
    };
    fields.finish();
    server
}

pub fn benchmark(node: &Node, diagnostics: &mut Diagnostics) -> Benchmark {
    let mut fields = Fields::new(node, diagnostics);
    let (on, dedicated) = seat(&mut fields);
    let mut benchmark = Benchmark {
        unread: Unread::default(),
        head: node.head(),
        allows: allows(&mut fields),
        mode: fields.string("mode"),
        client: fields.string("client"),
        isl: fields.integer("isl", 1..=100_000_000),
        osl: fields.integer("osl", 1..=100_000_000),
        concurrency: concurrency(&mut fields),
        rounds: fields.integer("rounds", 1..=1_000_000),
        requests: fields.integer("requests", 1..=100_000_000),
        max_failed: fields.integer("max-failed", 0..=100_000_000),
        timeout: fields.integer("timeout", 1..=8_640_000),
        tokenizer: fields.string("tokenizer"),
        dataset: fields.string("dataset"),
        range_ratio: fields.fraction("range-ratio"),
        streaming: fields.boolean("streaming"),
        on,
        dedicated,
        mpi: mpi_wish(&mut fields),
        env: env_blocks(&mut fields),
        arguments: arguments(&mut fields),
    };
    benchmark.unread = fields.finish();
    benchmark
}

/// `on="POOL"`, or `on="dedicated"`: a node of its own, which no pool can be called.
fn seat(fields: &mut Fields) -> (Option<Spanned<String>>, Option<Span>) {
    match fields.string("on") {
        Some(on) if on.value == "dedicated" => (None, Some(on.span)),
        on => (on, None),
    }
}

/// `concurrency 256 1024`, or `concurrency=256`.
fn concurrency(fields: &mut Fields) -> Vec<Spanned<u32>> {
    const NAME: &str = "concurrency";
    let range = 1..=10_000_000;
    let blocks = fields.blocks(NAME);
    if blocks.is_empty() {
        return fields.integer(NAME, range).into_iter().collect();
    }
    if let [first, .., last] = blocks.as_slice() {
        duplicate(NAME, first.head(), last.head(), fields.diagnostics);
    }
    let mut child = Fields::new(blocks[0], fields.diagnostics);
    let mut values: Vec<Spanned<u32>> = Vec::new();
    while let Some(argument) = child.argument() {
        if let Some(value) = integer(NAME, &argument.value, range.clone(), child.diagnostics) {
            if let Some(first) = values.iter().find(|v| v.value == value.value) {
                let what = format!("{NAME} {}", value.value);
                repeated(&what, first.span, value.span, value.span, child.diagnostics);
            } else {
                values.push(value);
            }
        }
    }
    child.finish();
    // None that could be read is not none that is written.
    let read = (!values.is_empty() || blocks[0].arguments.is_empty()).then_some(());
    fields.noted(NAME, read);
    values
}

fn config_block(fields: &mut Fields) -> Option<ConfigBlock> {
    fields.block("config").map(|n| config::block(n, fields.diagnostics))
}

/// `args "--flag" "value"`: words behind the engine's own.
pub fn arguments(fields: &mut Fields) -> Vec<Spanned<String>> {
    let mut words = Vec::new();
    for node in fields.blocks("args") {
        let mut child = Fields::new(node, fields.diagnostics);
        words.extend(child.rest_of_strings());
        child.finish();
    }
    words
}

fn mpi_wish(fields: &mut Fields) -> MpiWish {
    MpiWish { launcher: fields.boolean("launcher"), mpi: fields.string("mpi") }
}

fn profile(node: &Node, diagnostics: &mut Diagnostics) -> Option<Profile> {
    let mut fields = Fields::new(node, diagnostics);
    let tool = fields.required_string("the profiler's name, such as \"nsys\"");
    let range = fields.string("range");
    fields.finish();
    Some(Profile { tool: tool?, range })
}
