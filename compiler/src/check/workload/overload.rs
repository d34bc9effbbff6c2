//! # Many more requests than the servers can hold
//!
//! What is above the generation servers' batches waits in the queue: latencies then measure the queue. Some more than
//! they hold is usual, four times as many hardly ever meant.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 16 }
//! }
//! benchmark { isl 1024; osl 1024; concurrency 16 256 }
//! //                                             ^^^
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 256 }
//! }
//! benchmark { isl 1024; osl 1024; concurrency 16 256 }
//! ```

use super::doing;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::check::sizes::size;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::warning("workload/overload", include_str!("overload.rs"), check);

/// From how many times of what they hold it is a mistake rather than a wish.
const OVERLOAD: u64 = 4;

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    if !subject.topology.has_all_servers() {
        return;
    }
    // A mode that waits for a full server has a rule of its own.
    if subject.mode().is_some_and(|mode| mode.fills()) {
        return;
    }
    let mut held: u64 = 0;
    let mut place = None;
    for worker in doing(subject, WorkerKind::Gen) {
        let Some((batch, setting)) = subject.number(worker, Meaning::MaxBatchSize) else { return };
        let ranks = match &worker.attention_dp {
            Some(dp) if dp.value => size(&worker.tp),
            _ => 1,
        };
        held = held.saturating_add(batch.saturating_mul(ranks).saturating_mul(size(&worker.replicas)));
        place = place.or(Some(setting.place(worker)));
    }
    let (Some(place), Some(most)) = (place, benchmark.concurrency.iter().max_by_key(|c| c.value)) else {
        return;
    };
    if u64::from(most.value) >= held.saturating_mul(OVERLOAD) {
        diagnostics.push(
            RULE.finding(format!("{} requests at once for servers that hold {held}", most.value))
                .label(most.span, "most of them wait")
                .label(place, "the size of a batch")
                .help(
                    "the latency will be that of the queue: lower the concurrency, or raise the batch size",
                ),
        );
    }
}
