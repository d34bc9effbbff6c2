//! # A mode of one phase, for servers that do both
//!
//! A mode changes what context or generation servers do. `agg` is neither, so that both phases would be measured.
//!
//! ```kdl
//! agg tp=4
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 16 }
//! //             ^^^^^^^^^^
//! ```
//!
//! ```kdl
//! ctx tp=4
//! gen tp=4
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 16 }
//! ```

use super::measured;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("mode/aggregated", include_str!("aggregated.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(measured) = measured(subject).filter(|measured| !measured.mode.is_plain()) else { return };
    if let Some(agg) = subject.topology.workers.iter().find(|worker| worker.kind == WorkerKind::Agg) {
        diagnostics.push(
            RULE.finding(format!("\"{}\" measures one phase, but `agg` does both", measured.mode.name))
                .label(measured.place, "one phase")
                .label(agg.head, "both phases")
                .help("write `ctx` and `gen`, or leave `mode` out"),
        );
    }
}
