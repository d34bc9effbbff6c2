//! Real configurations of different shapes, imported, run on the private Slurm: TensorRT-LLM's own files as they are,
//! srtctl's with the engine serving directly, since Dynamo's own workers need GPUs.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::rehearsal::{Rehearsal, rehearse};

/// What the recipe's place says: hardware, sequence lengths, servers and their sizes. Shapes that `examples/` has not.
const RECIPES: [&str; 5] = [
    "trtllm/gpt-oss-120b/b200-fp4/1k8k/agg-tp1",
    "trtllm/b300-fp4/1k1k/mtp/ctx1_gen1_dep8_batch64_eplb0_mtp3",
    "trtllm/b200-fp8/1k1k/stp/ctx1_gen3_tp8_batch1024_eplb0_mtp0_128",
    "trtllm/gb300-fp8/1k1k/mtp/ctx1_gen1_dep16_batch32_eplb0_mtp3_666",
    "trtllm/gb300-fp4/8k1k/stp/ctx1_gen5_tep4_batch4_eplb0_mtp0",
];

const BENCHMARKS: [&str; 1] = ["gb200_gpt-oss-120b-fp4_1k1k_con512_ctx1_tp1_gen1_dep2_eplb0_mtp0_ccb-UCX"];

/// Imports a file as a person does who fills in what the site has open.
fn imported(source: &Path, folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .args(["import", "--verify", "-o"])
        .args([folder, source])
        .args(arguments)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let site = folder.join("site.kdl");
    let text = fs::read_to_string(&site).expect("written");
    let fill = |line: &str| match line.trim_start().split([' ', '"']).find(|word| !word.is_empty()) {
        Some("partition" | "account") => line.replace("#null", "\"batch\""),
        Some("container_mount") => line.replace("#null", "\"/models\""),
        // Runs are made here, and requests at random.
        Some(name) if name == "full_path_to_work_dir" || name.starts_with("datasets/") => {
            line.replace("#null", "#false")
        }
        _ => line.replace("#null", "\"/models/tiny\""),
    };
    fs::write(&site, text.lines().map(fill).collect::<Vec<_>>().join("\n") + "\n").expect("writable");
    let stem = source.file_stem().expect("a file").to_string_lossy();
    folder.join(format!("{stem}.kdl")).to_string_lossy().into_owned()
}

fn rehearsed(source: &Path, arguments: &[&str]) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let topology = imported(source, folder.path(), arguments);
    let small = ["benchmark.isl=32", "benchmark.osl=8", "benchmark.concurrency=8", "benchmark.rounds=1"];
    let sets: Vec<&str> = small.iter().flat_map(|set| ["--set", *set]).collect();
    rehearse(&[&[topology.as_str()], &sets[..]].concat())
}

#[test]
fn imported_configurations_run() {
    let corpus = support::top().join("../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("SKIPPED: {} is absent, so no real configuration was rehearsed", corpus.display());
        return;
    }
    let recipes = RECIPES
        .iter()
        .map(|name| (corpus.join(format!("srt-slurm/{name}.yaml")), vec!["--engine", "trtllm"]));
    let benchmarks = BENCHMARKS.iter().map(|name| (corpus.join(format!("trtllm/{name}.yaml")), vec![]));
    let sources: Vec<(PathBuf, Vec<&str>)> = recipes.chain(benchmarks).collect();
    // Two at a time: much of a rehearsal is waiting.
    std::thread::scope(|scope| {
        for half in 0..2 {
            let sources = &sources;
            scope.spawn(move || {
                for (source, arguments) in sources.iter().skip(half).step_by(2) {
                    let Some(rehearsal) = rehearsed(source, arguments) else { return };
                    assert!(rehearsal.passed, "{}: {}", source.display(), rehearsal.said);
                    assert_eq!(rehearsal.result()["verdict"], "passed", "{}", source.display());
                }
            });
        }
    });
}
