//! # A worker that breaks the launcher rule
//!
//! A context or generation server without the launcher is one process: no tensor parallelism, no NCCL, one GPU used
//! while the others idle. So every worker of a job with more than one node, or more than one GPU a node, starts
//! through it; TensorRT-LLM's jenkins/L0_Test.groovy and run_disagg_test.sh decide by the same numbers. It is derived,
//! and `launcher` on a worker is an assertion.
//!
//! ```kdl
//! gen tp=8 launcher=#false
//! //                ^^^^^^
//! ```
//!
//! ```kdl
//! gen tp=8
//! ```

use super::{Start, planned};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("launcher/worker", include_str!("worker.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let (Some(wish), Some(start)) = (&worker.mpi.launcher, planned(subject, worker)) else { continue };
        if wish.value == (start == Start::Ranks) {
            continue;
        }
        let (label, help) = match start {
            Start::Ranks => (
                "a worker needs the launcher here",
                "without it the server is one process on one GPU: no tensor parallelism, no NCCL. Every worker of a \
                 job with more than one node, or more than one GPU a node, starts through the launcher; leave \
                 `launcher` out",
            ),
            Start::Nodes => (
                "no launcher here",
                "this engine starts one process on each node, which has all of its GPUs: nothing launches ranks; \
                 leave `launcher` out",
            ),
            Start::Alone => (
                "no launcher here",
                "a job of one node with one GPU has one rank and nothing to launch; leave `launcher` out",
            ),
        };
        diagnostics.push(RULE.finding("this breaks the launcher rule").label(wish.span, label).help(help));
    }
}
