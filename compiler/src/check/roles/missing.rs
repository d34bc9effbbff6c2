//! # A part without which nothing is served or measured
//!
//! A topology needs a model; `ctx` and `gen` with a `server` that sends each request to both, or `agg`; and a
//! `benchmark`, whose end is the job's. A job without one of them takes its nodes and then fails, or never ends.
//!
//! ```kdl
//!     topology "t" {
//! //  ^^^^^^^^^^^^
//!     model "m" path="/models/m"
//!     ctx tp=4
//!     gen tp=8
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! topology "t" {
//!     model "m" path="/models/m"
//!     ctx tp=4
//!     gen tp=8
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::{behind_server, first};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("roles/missing", include_str!("missing.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    if !subject.complete {
        return; // What is missing may stand in the part that could not be read.
    }
    let mut missing = |what: &str, why: &str, help: &str| {
        if topology.unread.has(what) {
            return; // It is written, under a name that is nearly right.
        }
        let finding = RULE.finding(format!("the topology has no `{what}`"));
        diagnostics.push(finding.label(topology.head, why).help(help));
    };
    let [ctx, generation, agg] =
        [WorkerKind::Ctx, WorkerKind::Gen, WorkerKind::Agg].map(|kind| first(subject, kind).is_some());
    if topology.model.is_none() {
        missing("model", "nothing to serve", "add `model \"NAME\" path=\"/models/NAME\"`");
    }
    match (ctx, generation, agg) {
        (false, false, false) if ["gen", "agg"].iter().any(|kind| topology.unread.has(kind)) => {}
        (false, false, false) => missing(
            "ctx",
            "no worker at all",
            "add `ctx replicas=1 tp=4` and `gen replicas=1 tp=4`, or `agg tp=1` for a server that does both phases",
        ),
        (true, false, false) if subject.needs("gen") => missing(
            "gen",
            "has context servers only",
            "nobody would generate tokens: add `gen replicas=1 tp=4`",
        ),
        (false, true, false) if subject.needs("ctx") => missing(
            "ctx",
            "has generation servers only",
            "nobody would process prompts: add `ctx replicas=1 tp=4`",
        ),
        _ => {}
    }
    // Tests bring their own client.
    if topology.benchmark.is_none() && topology.harness.is_none() {
        missing(
            "benchmark",
            "no client, so the job would never end",
            "add `benchmark { isl 1024; osl 1024; concurrency 64 }`",
        );
    }
    let phases = ctx || generation;
    if (phases || agg && behind_server(subject)) && topology.server.is_none() && subject.needs("server") {
        let help = if phases {
            "context and generation servers need one that sends each request to both: add `server`"
        } else {
            "this engine's servers have no API of their own: add `server`"
        };
        missing("server", "has no coordinator", help);
    }
}
