//! # More requests at once than a server that waits for them can hold
//!
//! In a mode like `gen_only` a server begins when so many requests have come as run at once. One that can't hold them
//! would wait for ever (NVIDIA/TensorRT-LLM 13065, 16915), so it is told to wait for no more than it holds: it begins
//! while the others still wait, and generation is no longer measured alone.
//!
//! ```kdl
//! gen tp=8 { config { max_batch_size 16 } }
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 64 }
//! //                                                          ^^
//! ```
//!
//! ```kdl
//! gen tp=8 { config { max_batch_size 64 } }
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 64 }
//! ```

use super::measured;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::resolve::mode::{fill, running};

pub const RULE: Rule = Rule::warning("mode/capacity", include_str!("capacity.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(measured)) = (subject.engine, measured(subject)) else { return };
    let (topology, mode) = (subject.topology, measured.mode);
    let Some(concurrency) = measured.benchmark.concurrency.first() else { return };
    for (worker, _) in running(topology, mode) {
        let change = mode.roles.get(worker.kind.name());
        let Some(target) = change.and_then(|change| change.fill_target.as_ref()) else { continue };
        let Some(fill) = fill(topology, engine, worker, target).filter(|fill| fill.capacity < fill.share)
        else {
            continue;
        };
        diagnostics.push(
            RULE.finding(format!(
                "a server holds {} of the {} requests that come to it",
                fill.capacity, fill.share
            ))
            .label(concurrency.span, "more than it can take at once")
            .label(worker.head, format!("holds {}", fill.capacity))
            .help(format!(
                "it begins with {}, and the others wait: that is no pure \"{}\"; lower the concurrency or raise `{}`",
                fill.target(),
                mode.name,
                target.batch_size.value
            )),
        );
    }
}
