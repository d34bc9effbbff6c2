//! # A server that does not fill its nodes, for an engine with one process a node
//!
//! Programs that count their nodes (`--nnodes`) share a server's ranks evenly among them; a rest is never started.
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/dynamo"
//!
//! topology "t" {
//!     backend "vllm"
//!     model "m" path="/models/m"
//!     infra { etcd }
//!     ctx tp=4
//!     gen tp=6
//! //  ^^^^^^^^
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! Take as many ranks as whole nodes have, or at most one node's:
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/dynamo"
//!
//! topology "t" {
//!     backend "vllm"
//!     model "m" path="/models/m"
//!     infra { etcd }
//!     ctx tp=4
//!     gen tp=8
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::world;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("sizes/uneven", include_str!("uneven.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(per_node) = subject.cluster.and_then(|cluster| cluster.gpus_per_node.as_ref()) else { return };
    let gpus = u64::from(per_node.value);
    for worker in &subject.topology.workers {
        let role = subject.engine.and_then(|engine| engine.role(worker.kind.name()));
        let world = world(worker);
        if role.is_some_and(|role| role.even_nodes) && world > gpus && !world.is_multiple_of(gpus) {
            diagnostics.push(
                RULE.finding(format!("{world} GPUs don't fill nodes of {gpus}"))
                    .label(worker.head, "over several nodes")
                    .label(per_node.span, format!("{gpus} GPUs a node"))
                    .help(format!(
                        "this engine starts one process on each node, with the same number of GPUs: take {} or {} GPUs",
                        world / gpus * gpus,
                        world.div_ceil(gpus) * gpus
                    )),
            );
        }
    }
}
