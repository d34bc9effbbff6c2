//! # Several aggregated servers, and nothing that spreads requests
//!
//! The client asks one address. All servers but the first would hold their GPUs and do nothing.
//!
//! ```kdl
//! agg tp=4 replicas=2
//! //                ^
//! ```
//!
//! ```kdl
//! agg tp=4
//! ```

use super::{behind_server, first};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::check::sizes::size;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("roles/agg-replicas", include_str!("agg_replicas.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mixed = [WorkerKind::Ctx, WorkerKind::Gen].iter().any(|kind| first(subject, *kind).is_some());
    // A coordinator spreads requests over however many there are.
    if !subject.complete || mixed || behind_server(subject) {
        return;
    }
    let servers = || subject.topology.workers.iter().filter(|worker| worker.kind == WorkerKind::Agg);
    let count: u64 = servers().map(|worker| size(&worker.replicas)).sum();
    if let Some(agg) = servers().next().filter(|_| count > 1) {
        diagnostics.push(
            RULE.finding(format!("{count} aggregated servers, but one client"))
                .label(agg.replicas.as_ref().map_or(agg.head, |replicas| replicas.span), "more than one")
                .help("nothing would spread requests over them: write `replicas=1`, or use `ctx` and `gen`"),
        );
    }
}
