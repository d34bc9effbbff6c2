//! # An engine without a launcher, for ranks that need one
//!
//! Slurm starts the ranks of a server as single processes; the launcher makes one world of them. Without it each
//! would take itself for the only one.
//!
//! ```kdl
//!     engine "mine" {
//! //         ^^^^^^
//!     versions "1"
//!     role "agg" "benchmark" { command { arg "serve" } }
//! }
//!
//! topology "t" {
//!     engine "mine"
//!     model "m" path="/models/m"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! engine "mine" {
//!     versions "1"
//!     launcher "mpi-launch"
//!     role "agg" "benchmark" { command { arg "serve" } }
//! }
//!
//! topology "t" {
//!     engine "mine"
//!     model "m" path="/models/m"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::{Start, start};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("launcher/none", include_str!("none.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine.filter(|engine| engine.launcher.is_none()) else { return };
    // Once is enough: it is the engine's fault, not the worker's.
    let mut workers = subject.topology.workers.iter();
    if let Some(worker) = workers.find(|worker| start(subject, worker) == Some(Start::Ranks)) {
        diagnostics.push(
            RULE.finding("the engine's description has no launcher")
                .label(engine.name.span, "this engine")
                .label(worker.head, "its ranks could not be one world")
                .help(
                    "add `launcher \"PROGRAM\"` to the description; only a job of one node with one GPU needs none",
                ),
        );
    }
}
