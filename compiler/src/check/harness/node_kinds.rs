//! # Several kinds of nodes behind tests
//!
//! The tests are told one number of GPUs a node for the whole job: TensorRT-LLM's jenkins/scripts/perf exports one
//! `gpusPerNode`.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 8
//!     ports from=8000 to=8299
//!     node-kind "grace" { gpus-per-node 4; slurm partition="grace" }
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     ctx tp=8
//!     gen tp=4 node-kind="grace"
//! //                     ^^^^^^^
//!     server
//!     harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 8
//!     ports from=8000 to=8299
//!     node-kind "grace" { gpus-per-node 4; slurm partition="grace" }
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     ctx tp=8
//!     gen tp=4
//!     server
//!     harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::Worker;

pub const RULE: Rule = Rule::error("harness/node-kinds", include_str!("node_kinds.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(harness) = &subject.topology.harness else { return };
    let workers = &subject.topology.workers;
    let Some(kind) = workers.iter().find_map(|worker| worker.node_kind.as_ref()) else { return };
    let differs = |worker: &Worker| worker.node_kind.as_ref().is_none_or(|other| other.value != kind.value);
    if workers.iter().any(differs) {
        diagnostics.push(
            RULE.finding("the tests know one kind of nodes")
                .label(kind.span, "other servers are on other nodes")
                .label(harness.head, "run through the tests")
                .help("put all servers on nodes of one kind, or serve directly: take `harness` out"),
        );
    }
}
