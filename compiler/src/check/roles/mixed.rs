//! # Aggregated servers beside roles that don't go with them
//!
//! `agg` does both phases and answers requests by itself. A coordinator sends each request to a context and then to a
//! generation server: it knows nothing of a third kind, and has nothing to do where there is no other.
//!
//! ```kdl
//!     agg tp=4
//! //  ^^^^^^^^
//!     ctx tp=4
//!     gen tp=8
//!     server
//! ```
//!
//! ```kdl
//!     agg tp=4
//!     server
//! //  ^^^^^^
//! ```
//!
//! Write a topology for each. (Servers of some engines have no API of their own: there `agg` needs `server`.)
//!
//! ```kdl
//! agg tp=4
//! ```

use super::{behind_server, first};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("roles/mixed", include_str!("mixed.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    if !subject.complete {
        return;
    }
    let Some(agg) = first(subject, WorkerKind::Agg) else { return };
    if let Some(other) = first(subject, WorkerKind::Ctx).or_else(|| first(subject, WorkerKind::Gen)) {
        diagnostics.push(
            RULE.finding("aggregated and disaggregated servers in one topology")
                .label(agg.head, "does both phases")
                .label(other.head, "does one phase")
                .help("write two topologies; no coordinator serves both kinds"),
        );
    } else if let Some(server) = subject.topology.server.as_ref().filter(|_| !behind_server(subject)) {
        diagnostics.push(
            RULE.finding("`agg` needs no `server`")
                .label(server.head, "has nothing to coordinate")
                .label(agg.head, "answers requests by itself")
                .help("take `server` out"),
        );
    }
}
