//! Each topology runs on a private Slurm, as the page of its folder says: the large ones with fewer and smaller servers,
//! all with fewer requests. Needs what `tests/rehearsal.rs`, `tests/pytest.rs` and `tests/dynamo.rs` do.

use disaggc::plan::{Part, Plan};
use serde_json::Value;

use super::page::Page;
use super::support::dynamo::assert_routed;
use super::support::rehearsal::{Rehearsal, cache, rehearse};
use super::{folders, plan, topologies};

/// A test for each folder, and what is special about its rehearsals.
macro_rules! rehearsed {
    ($($test:ident $folder:literal $special:expr;)*) => {
        const FOLDERS: &[&str] = &[$($folder),*];
        $(#[test] fn $test() { run($folder, $special); })*
    };
}

rehearsed! {
    quickstart "quickstart" nothing;
    one_gpu "one-gpu" |rehearsal, _| {
        assert!(!rehearsal.log("agg_0").contains("llmapi-launch"), "{}", rehearsal.log("agg_0"));
    };
    odd_shapes "odd-shapes" nothing;
    deepseek_r1 "deepseek-r1" nothing;
    deepseek_r1_8k1k "deepseek-r1-8k1k" nothing;
    deepseek_r1_128k8k "deepseek-r1-128k8k" nothing;
    deepseek_r1_h100 "deepseek-r1-h100" nothing;
    gpt_oss "gpt-oss" nothing;
    qwen3_235b "qwen3-235b" nothing;
    two_context_pools "two-context-pools" nothing;
    gen_only "gen-only" nothing;
    perf_sanity "perf-sanity" tested;
    jenkins "jenkins" |rehearsal, plan| if plan.topology == "dsr1-perf" { tested(rehearsal, plan) };
    dynamo "dynamo" |rehearsal, _| {
        assert_routed(rehearsal, &["ctx_0", "ctx_1"], &["gen_0", "gen_1"], 96);
        assert!(rehearsal.run_folder().join("results/benchmark_8/profile_export_aiperf.csv").is_file());
    };
}

fn nothing(_: &Rehearsal, _: &Plan) {}

/// The benchmark's report and junit file are where the test's options say, and its servers have the plan's ranks.
fn tested(rehearsal: &Rehearsal, plan: &Plan) {
    let read = |file: String| std::fs::read_to_string(rehearsal.run_folder().join(file)).unwrap_or_default();
    let (folder, junit, case) = match plan.topology.as_str() {
        "dsr1-perf" => {
            let stage = "GB200-8_GPUs-2_Nodes-PyTorch-Disagg-PerfSanity-CTX1-NODE1-GPU1-GEN1-NODE1-GPU2";
            (stage, format!("{stage}/results.xml"), "disagg_upload-e2e-shape-b")
        }
        _ => ("disagg_workspace", "results.xml".to_owned(), "disagg_upload-e2e-shape-a"),
    };
    assert!(read(junit).contains(case), "{}", rehearsal.said);
    assert!(read(format!("{folder}/report.csv")).contains(case), "{}", rehearsal.said);
    for step in plan.steps.iter().filter(|step| plan.role(step).part == Part::Worker) {
        let ranks: u32 = step.nodes.iter().map(|share| share.ranks).sum();
        let log = read(format!("{folder}/{case}/trtllm-serve.{}.0.log", step.name.to_uppercase()));
        assert!(log.contains(&format!("engine of {ranks} ranks")), "{}: {log}", step.name);
    }
}

#[test]
fn no_folder_is_forgotten() {
    let mut known = FOLDERS.to_vec();
    known.sort_unstable();
    assert_eq!(known, folders(), "each folder of examples/ is a line in tests/examples/rehearsed.rs");
    for folder in folders() {
        let page = Page::of(&folder);
        let mut rehearsed: Vec<&str> = page.rehearsals().iter().map(|words| words[0].as_str()).collect();
        rehearsed.sort_unstable();
        assert_eq!(rehearsed, topologies(&folder), "{folder}'s page rehearses each topology");
    }
}

fn run(folder: &str, special: fn(&Rehearsal, &Plan)) {
    for words in Page::of(folder).rehearsals() {
        let sets = sets(words);
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let page = scratch.path().join("run.html");
        let file = format!("{}/{}", super::top().display(), words[0]);
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        if let Some(at) = words.iter().position(|word| *word == "--path")
            && !std::path::Path::new(words[at + 1]).is_dir()
        {
            assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "{} is not there", words[at + 1]);
            eprintln!("SKIPPED: {} is not there: {folder}'s page says what makes it", words[at + 1]);
            return;
        }
        let more = [file.as_str(), "--cache", &cache(), "--html", page.to_str().expect("UTF-8")];
        let Some(rehearsal) = rehearse(&[&more[..], &words[..]].concat()) else { return };
        assert!(rehearsal.passed, "{}", rehearsal.said);
        let plan = plan(file.split_once("/../").expect("below the top").1, sets);
        special(&rehearsal, &plan);
        let page = std::fs::read_to_string(&page).expect("it was written");
        assert!(page.contains("its numbers measure nothing"), "{page}");
        for step in plan.steps.iter().filter(|step| plan.role(step).part == Part::Worker) {
            assert!(page.contains(&format!("data-step=\"{}\"", step.name)), "{}: {page}", step.name);
        }
        if plan.engine.name == "trtllm" && plan.exports.is_empty() {
            assert!(page.contains("output tokens per second") && page.contains("handled"), "{page}");
            // A rank that nobody launched knows its GPU alone.
            if plan.nodes > 1 || plan.most_gpus() > 1 {
                rehearsal.assert_placed(&plan);
            }
            served(&rehearsal, &plan);
        }
    }
}

/// The changes of a rehearsal. They are numbers, so that the bundle is the topology's own but for its size; tests are
/// those of `tests/pytest_harness`.
fn sets(words: &[String]) -> Vec<String> {
    let pairs = words.windows(2).filter(|pair| pair[0] == "--set").map(|pair| pair[1].clone());
    let sets: Vec<String> = pairs.collect();
    for set in &sets {
        let (path, value) = set.split_once('=').expect("PATH=VALUE");
        let number = value.split(' ').all(|number| number.parse::<u32>().is_ok());
        assert!(number || path.starts_with("harness.") || set == "placement=whole-nodes", "{set}");
    }
    sets
}

/// All requests came back, and each server did its part of them, and nothing else.
fn served(rehearsal: &Rehearsal, plan: &Plan) {
    let result = rehearsal.result();
    for step in &plan.steps {
        let found =
            result["steps"].as_array().expect("a list").iter().find(|s| s["name"] == step.name.as_str());
        let metrics = &found.expect("it ran")["metrics"];
        if let Some(load) = &step.load {
            assert_eq!(metrics["completed"], Value::from(load.requests), "{result}");
            assert_eq!(metrics["failed"], 0, "{result}");
        }
        if plan.role(step).part == Part::Worker {
            let phase = match step.role.split('_').next() {
                Some("ctx") => "context_only",
                Some("gen") => "generation_only",
                _ => "context_and_generation",
            };
            let log = rehearsal.log(&step.name);
            let last = log.lines().rfind(|line| line.contains(" handled ")).unwrap_or_default();
            assert!(last.contains(&format!(" requests: {phase} ")), "{}: {last}", step.name);
        }
    }
}
