//! A job whose servers must stay inside their NVLink domains finds out which of its hosts share one.

mod support;

use std::process::Command;

use disaggc::stdlib::Stdlib;

/// Generation servers of three nodes, and context servers of one.
fn topology(cluster: &str, generation: u32, ctx: u32) -> String {
    format!(
        "use \"cluster/gb200-nvl72\"\nuse \"engine/trtllm\"\ncluster \"c\" extends=\"gb200-nvl72\" {{ domain-nodes 4; {cluster} }}\n\
         topology \"t\" {{ model \"m\"; container \"i\"; placement {{ one-domain #true }}\n\
         gen replicas={generation} tp=12\nctx replicas={ctx} tp=4\nserver\nbenchmark {{ isl 8; osl 8; concurrency 1 }} }}"
    )
}

/// What the job makes of hosts in these blocks, up to where it begins its work: the nodes in the plan's order, or
/// what it says and its exit code.
fn nodes(topology: &str, blocks: &[(&str, &str)]) -> Result<String, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = folder.path().join("bundle");
    support::write_files(&bundle, &support::files_of(topology, &Stdlib::embedded()));
    let script = std::fs::read_to_string(bundle.join("job.sbatch")).expect("written");
    let begins = script.find("mapfile -t nodes").expect("the list of nodes");
    let ends = begins + script[begins..].find("\nDISAGGC_RUN=").expect("the run folder");
    let mut topology = String::new();
    let mut hosts: Vec<&str> = Vec::new();
    for (index, (block, names)) in blocks.iter().enumerate() {
        if !block.is_empty() {
            topology += &format!(
                "BlockName={block} BlockIndex={index} Nodes={} BlockSize=4\n",
                names.replace(' ', ",")
            );
        }
        hosts.extend(names.split(' '));
    }
    hosts.sort_unstable();
    let stub = format!(
        "set -u\nrefuse() {{ printf '%s\\n' \"$1\" >&2; exit 1; }}\n\
         scontrol() {{ case $2 in topology) printf '%s' '{topology}' ;; hostnames) tr , '\\n' <<<\"$3\" ;; esac; }}\n\
         DISAGGC_BUNDLE={} SLURM_JOB_NODELIST={}\n",
        bundle.display(),
        hosts.join(",")
    );
    let work = format!("{stub}{}\nprintf '%s ' \"${{nodes[@]}}\"", &script[begins..ends]);
    let output = Command::new("bash").arg("-c").arg(work).output().expect("bash runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() && output.stderr.is_empty() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

#[test]
fn hosts_are_ordered_by_their_blocks() {
    // Eight nodes in two segments of four: each a server of three nodes, and one of a node.
    let eight = topology("", 2, 2);
    let plan = support::plan(&eight);
    assert!(plan.sbatch().any(|o| o.name == "segment" && o.value.as_deref() == Some("4")));
    let blocks = [("b1", "h01 h05 h09 h12"), ("b2", "h02 h03 h04 h06")];
    assert_eq!(nodes(&eight, &blocks).expect("it fits"), "h02 h03 h04 h06 h01 h05 h09 h12");
}

#[test]
fn servers_that_fit_nowhere_are_named() {
    let blocks = [("b1", "h01 h02 h03 h04"), ("b2", "h05 h06"), ("", "h07 h08")];
    let why = nodes(&topology("", 2, 2), &blocks).expect_err("one block for two servers");
    assert!(why.starts_with("gen_1 must be inside one NVLink domain of 4 nodes"), "{why}");
    assert!(why.contains("2 in b2") && why.contains("2 in no block"), "{why}");
}

/// Where Slurm can't be asked for segments, a server takes what it finds, and the others what is left.
#[test]
fn without_segments_each_server_looks_for_its_own() {
    let text = topology("segment #false", 3, 2);
    let plan = support::plan(&text);
    assert!(plan.sbatch().all(|option| option.name != "segment"));
    let blocks = [("b1", "h01 h02"), ("b2", "h03 h04 h05"), ("b3", "h06 h07 h08 h09"), ("b4", "h10 h11 h12")];
    let eleven = [blocks[0], blocks[1], blocks[2], ("b4", "h10 h11")];
    let why = nodes(&text, &eleven).expect_err("two blocks for three servers");
    assert!(why.starts_with("gen_2 must be inside"), "{why}");
    let eleven = [("b1", "h01"), blocks[1], blocks[2], blocks[3]];
    assert_eq!(nodes(&text, &eleven).expect("it fits"), "h03 h04 h05 h06 h07 h08 h10 h11 h12 h01 h09");
}

#[test]
fn a_topology_without_blocks_is_noted() {
    let hosts = "h01 h02 h03 h04 h05 h06 h07 h08";
    let said = nodes(&topology("", 2, 2), &[("", hosts)]).expect_err("a warning");
    assert!(said.starts_with("[WARNING] Slurm's topology has no blocks"), "{said}");
}

#[test]
fn jobs_that_do_not_ask_do_not_look() {
    let text = topology("", 2, 2).replace("placement { one-domain #true }", "");
    let files = support::files_of(&text, &Stdlib::embedded());
    let job = files.iter().find(|file| file.path == "job.sbatch").expect("written");
    assert!(!job.content.contains("domains.sh"));
}
