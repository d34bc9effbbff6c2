//! # Fewer requests than attention data parallel ranks
//!
//! With attention data parallelism each rank attends to requests of its own. With fewer requests at once than ranks
//! some ranks only wait for the others, in every step.
//!
//! ```kdl
//! gen tp=16 attention-dp=#true
//! benchmark { isl 1024; osl 1024; concurrency 8 64 }
//! //                                          ^
//! ```
//!
//! ```kdl
//! gen tp=16 attention-dp=#true
//! benchmark { isl 1024; osl 1024; concurrency 16 64 }
//! ```

use super::doing;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::check::sizes::size;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::warning("workload/idle-ranks", include_str!("idle_ranks.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    if !subject.topology.has_all_servers() {
        return;
    }
    let pools = doing(subject, WorkerKind::Gen);
    let split = |dp: &Option<crate::source::Spanned<bool>>| dp.as_ref().is_some_and(|dp| dp.value);
    let ranks: u64 = pools
        .iter()
        .map(|w| size(&w.replicas) * if split(&w.attention_dp) { size(&w.tp) } else { 1 })
        .fold(0, u64::saturating_add);
    let Some(pool) = pools.iter().find(|worker| split(&worker.attention_dp)) else { return };
    if let Some(few) = benchmark.concurrency.iter().find(|c| u64::from(c.value) < ranks) {
        diagnostics.push(
            RULE.finding(format!("{} requests at once for {ranks} ranks that take requests", few.value))
                .label(few.span, "leaves ranks without any")
                .label(pool.head, "each rank has requests of its own")
                .help(format!("take a concurrency of {ranks} or more, or no `attention-dp`")),
        );
    }
}
