//! Who sits on which node and GPU, as a table.

use disaggc::plan::Plan;

/// `5 nodes, 20 GPUs, 20 used`.
pub fn summary(plan: &Plan) -> String {
    let gpus = plan.nodes * plan.cluster.gpus_per_node;
    let used: usize = plan.steps.iter().flat_map(|step| &step.nodes).map(|share| share.gpus.len()).sum();
    let s = |n: u32| if n == 1 { "" } else { "s" };
    format!("{} node{}, {gpus} GPU{}, {used} used", plan.nodes, s(plan.nodes), s(gpus))
}

pub fn render(plan: &Plan) -> String {
    summary(plan)
}
