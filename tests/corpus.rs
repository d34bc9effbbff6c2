//! Real configurations, where they are present beside the project.

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use support::plan;

/// The folder, or a visible note that it isn't there.
fn corpus() -> Option<PathBuf> {
    let folder = support::top().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent, so no real configuration was read", folder.display());
    None
}

#[derive(Deserialize)]
struct Recipe {
    context_servers: u32,
    generation_servers: u32,
    gpus_per_context_server: u32,
    gpus_per_generation_server: u32,
    gpus_per_node: u32,
    nodes_lower_bound: u32,
    nodes_whole_node_rule: u32,
}

/// The servers of 170 published recipes: whole nodes give the nodes of that rule, packing no more.
#[test]
fn node_counts_of_real_recipes() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read_to_string(folder.join("srt-slurm.expected.json")).expect("readable");
    let recipes: BTreeMap<String, Recipe> = serde_json::from_str(&text).expect("as its README says");
    assert!(recipes.len() > 100);
    let (mut packed_sum, mut whole_sum, mut bound_sum) = (0, 0, 0);
    for (name, r) in &recipes {
        let nodes = |placement: &str| {
            let text = format!(
                "use \"cluster/local\"\nuse \"engine/trtllm\"\ncluster \"c\" extends=\"local\" {{ gpus-per-node {} }}\n\
                 topology \"t\" {{ model \"m\"; placement \"{placement}\"\n ctx replicas={} tp={}\n gen replicas={} tp={}\n\
                 server; benchmark {{ isl 8; osl 8; concurrency 1 }}\n}}\n",
                r.gpus_per_node,
                r.context_servers,
                r.gpus_per_context_server,
                r.generation_servers,
                r.gpus_per_generation_server,
            );
            plan(&text).nodes
        };
        let (packed, whole) = (nodes("pack"), nodes("whole-nodes"));
        assert_eq!(whole, r.nodes_whole_node_rule, "{name}");
        assert!((r.nodes_lower_bound..=whole).contains(&packed), "{name}: {packed}");
        packed_sum += packed;
        whole_sum += whole;
        bound_sum += r.nodes_lower_bound;
    }
    println!("{} recipes: {packed_sum} nodes packed, {whole_sum} whole, {bound_sum} at least", recipes.len());
}
