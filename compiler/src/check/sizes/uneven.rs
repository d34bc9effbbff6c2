//! A server that does not fill its nodes, for an engine with one process a node: its page speaks of engines by name, so it stands beside it.

use super::{sized, world};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("sizes/uneven", include_str!("uneven.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in sized(subject) {
        let cluster = subject.cluster_of(worker);
        let Some(per_node) = cluster.and_then(|cluster| cluster.gpus_per_node.as_ref()) else { continue };
        let gpus = u64::from(per_node.value);
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
