//! # A mode that measures one server of several pools
//!
//! Such a mode runs one server with a pool's sizes, settings and environment. With several pools nothing says whose.
//!
//! ```kdl
//! ctx "long" tp=8
//! ctx "short" tp=2
//! benchmark mode="ctx_only" { isl 1024; osl 1024; concurrency 16 }
//! //             ^^^^^^^^^^
//! ```
//!
//! ```kdl
//! ctx "long" tp=8
//! ctx "short" tp=2
//! benchmark mode="ctx_only" on="ctx-short" { isl 1024; osl 1024; concurrency 16 }
//! ```

use super::measured;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::resolve::mode;
use crate::topology::ast::{Worker, WorkerKind};

pub const RULE: Rule = Rule::error("mode/which-pool", include_str!("which_pool.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(measured) = measured(subject) else { return };
    let Some(kind) = WorkerKind::ALL.into_iter().find(|kind| measured.mode.aggregates(*kind)) else { return };
    let workers = &subject.topology.workers;
    // `mode/aggregated` has its say first.
    if workers.iter().any(|worker| worker.kind == WorkerKind::Agg) {
        return;
    }
    let pools: Vec<&Worker> = workers.iter().filter(|worker| worker.kind == kind).collect();
    if pools.is_empty() || mode::measured(subject.topology, kind).is_some() {
        return;
    }
    let mut error = RULE
        .finding(format!(
            "\"{}\" measures one `{}` server, but there are {} pools",
            measured.mode.name,
            kind.name(),
            pools.len()
        ))
        .label(measured.benchmark.on.as_ref().map_or(measured.place, |on| on.span), "names none of them");
    for pool in pools.iter().take(4) {
        error = error.label(pool.head, "one of them");
    }
    let first = pools[0].role().replace('_', "-");
    diagnostics.push(error.help(format!("choose it in `benchmark`: `on=\"{first}\"`")));
}
