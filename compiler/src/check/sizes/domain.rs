//! # A server larger than an NVLink domain
//!
//! Tensor and expert parallel ranks exchange data in every layer. Inside an NVLink domain that takes microseconds;
//! a server that spans two domains does it over the network, and is usually slower than a smaller one.
//!
//! ```kdl
//! gen tp=96
//! //     ^^
//! ```
//!
//! Keep one server inside a domain (72 GPUs where 18 nodes of 4 share one), and take more of them; pipeline parallelism
//! may cross domains.
//!
//! ```kdl
//! gen tp=48 replicas=2
//! ```

use super::{size, sized};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("sizes/domain", include_str!("domain.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in sized(subject) {
        let Some(cluster) = subject.cluster_of(worker) else { continue };
        let (Some(nodes), Some(gpus)) = (&cluster.domain_nodes, &cluster.gpus_per_node) else { continue };
        // A domain of one node is no NVLink domain between nodes: such clusters are built to cross it.
        if nodes.value == 1 {
            continue;
        }
        let domain = u64::from(nodes.value) * u64::from(gpus.value);
        let stage = size(&worker.tp) * size(&worker.cp);
        if stage > domain {
            let at = worker.tp.as_ref().map_or(worker.head, |tp| tp.span);
            diagnostics.push(
                RULE.finding(format!("{stage} ranks don't fit into one NVLink domain of {domain} GPUs"))
                    .label(at, "exchange data in every layer")
                    .label(nodes.span, format!("{} nodes of {} GPUs", nodes.value, gpus.value))
                    .help(format!(
                        "take servers of up to {domain} ranks a stage, and more `replicas` or `pp`"
                    )),
            );
        }
    }
}
