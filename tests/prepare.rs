//! What is done before the servers start, and the accuracy tasks after the benchmark: plans, mistakes, and
//! rehearsals of them for real.

mod support;

use std::process::Command;

use disaggc::Request;
use disaggc::plan::word::Word;
use disaggc::plan::{Part, Plan, State, Step, laws};
use disaggc::stdlib::Stdlib;
use serde_json::Value;
use support::rehearsal::{Rehearsal, disaggc, rehearse, rehearse_text};
use support::{Texts, compile, compile_files, files_of, findings, plan, write_files};

/// On two nodes, with `inside` in the topology.
fn topology(inside: &str) -> String {
    format!(
        r#"use "cluster/local"
use "engine/trtllm"
topology "prepared" {{
    model "tiny-llama"
    ctx tp=2
    gen tp=6
    server port=8333
    benchmark {{ isl 16; osl 8; concurrency 2 4; rounds 1 }}
{inside}
}}
"#
    )
}

fn step<'a>(plan: &'a Plan, name: &str) -> &'a Step {
    plan.steps.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no step {name}"))
}

fn waits(plan: &Plan, name: &str, other: &str) -> bool {
    step(plan, name).after.iter().any(|e| e.step == other && e.state == State::Done)
}

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|w| w.as_text().unwrap_or("…")).collect()
}

fn srun(plan: &Plan, name: &str, prefix: &str) -> Vec<String> {
    let json = serde_json::to_value(&step(plan, name).srun).expect("plain data");
    json.as_array().expect("a list").iter().map(ToString::to_string).filter(|w| w.contains(prefix)).collect()
}

#[test]
fn a_preparation_runs_once_on_every_node_before_all_others() {
    let plan = plan(&topology(
        r#"prepare timeout=90 { wheel "/w/a.whl"; run "warm" "two words" "$HOME"; editable "/code/e" }
           env "prepare" { PIP_INDEX_URL "http://mirror" }"#,
    ));
    assert_eq!(laws::broken(&plan), Vec::<String>::new());
    let first = &plan.steps[0];
    assert_eq!((first.name.as_str(), plan.role(first).part), ("prepare", Part::Preparation));
    let places: Vec<(u32, u32, usize)> =
        first.nodes.iter().map(|share| (share.node, share.ranks, share.gpus.len())).collect();
    assert_eq!(places, [(0, 1, 0), (1, 1, 0)]);
    assert!(plan.steps[1..].iter().all(|s| waits(&plan, &s.name, "prepare")));
    assert!(first.srun.iter().all(|w| w.as_text().is_none_or(|t| !t.starts_with("--mpi"))));
    let role = plan.role(first);
    let preparation = role.preparation.as_ref().expect("it has one");
    let commands: Vec<Vec<&str>> = preparation.commands.iter().map(|c| texts(c)).collect();
    assert_eq!(
        commands,
        [
            vec!["pip", "install", "/w/a.whl"],
            vec!["warm", "two words", "$HOME"],
            vec!["pip", "install", "-e", "/code/e"]
        ]
    );
    assert_eq!(preparation.timeout_seconds, 90);
    assert_eq!(role.env[0].name, "PIP_INDEX_URL");
}

#[test]
fn the_laws_notice_a_preparation_that_does_not_come_first_or_everywhere() {
    let plan = plan(&topology(r#"prepare { run "true" }"#));
    let broken = |edit: fn(&mut Plan)| {
        let mut plan = plan.clone();
        edit(&mut plan);
        laws::broken(&plan).join("; ")
    };
    assert_eq!(broken(|_| {}), "");
    assert!(broken(|p| p.steps[2].after.clear()).contains("does not wait until prepare is done"));
    assert!(broken(|p| p.steps[0].nodes.truncate(1)).contains("ranks"));
    assert!(broken(|p| p.steps[0].nodes[1].node = 0).contains("once on every node"));
    assert!(broken(|p| p.roles[0].preparation = None).contains("told nothing to do"));
    assert!(broken(|p| p.steps[0].nodes[0].gpus = vec![0]).contains("with 1 GPUs"));
}

#[test]
fn a_site_prepares_its_nodes_first() {
    let site = r#"use "cluster/local"
cluster "mine" extends="local" { prepare timeout=60 { run "site" } }"#;
    let with = |inside: &str| {
        let text = topology(inside).replace("use \"cluster/local\"", "use \"./site.kdl\"");
        let files = Texts::new([("topo.kdl", text.as_str()), ("site.kdl", site)]);
        let plan = compile_files(&files, Request::default()).plan.expect("no mistakes");
        let role = plan.roles.iter().find(|r| r.part == Part::Preparation).expect("planned").clone();
        role.preparation.expect("it has one")
    };
    let both = with(r#"prepare { run "own" }"#);
    assert_eq!(both.commands.iter().map(|c| texts(c)).collect::<Vec<_>>(), [["site"], ["own"]]);
    assert_eq!(both.timeout_seconds, 60);
    assert_eq!(with("").commands.len(), 1);
    assert_eq!(with("prepare timeout=5").timeout_seconds, 5);
}

/// What was installed must be there when a server starts.
#[test]
fn a_prepared_container_is_kept_for_the_servers() {
    let text = topology(r#"container "nvcr.io/a/b:1" { mount "/a" }; prepare { run "true" }"#)
        .replace("cluster/local", "cluster/gb200-nvl72");
    let kept = plan(&text);
    assert_eq!(srun(&kept, "prepare", "--container-image="), [r#""--container-image=nvcr.io#a/b:1""#]);
    let name = r#"{"word":["--container-name=disaggc-",{"runtime":"job"}]}"#;
    assert_eq!(srun(&kept, "prepare", "--container-name="), [name]);
    for step in kept.steps.iter().skip(1) {
        assert_eq!(srun(&kept, &step.name, "--container-image"), Vec::<String>::new());
        let name = r#"{"word":["--container-name=disaggc-",{"runtime":"job"},":no_exec"]}"#;
        assert_eq!(srun(&kept, &step.name, "--container-name="), [name]);
        assert_eq!(srun(&kept, &step.name, "--container-mounts=").len(), 1);
    }
    // Without anything to do the step makes the container all the same: once on each node.
    let plain = plan(&text.replace("prepare { run \"true\" }", ""));
    assert_eq!(srun(&plain, "prepare", "--container-image=").len(), 1);
    assert_eq!(srun(&plain, "gen_0", "--container-image"), Vec::<String>::new());
    let commands = plain.roles[0].preparation.as_ref().map(|p| p.commands.len());
    assert_eq!(commands, Some(0));
}

#[test]
fn accuracy_tasks_follow_the_benchmark_one_after_the_other() {
    let plan = plan(&topology(
        r#"accuracy {
            task "gsm8k"
            task "GPQA-diamond.cot" { model "local-chat-completions"; model-args max_gen_toks=9; args "--apply_chat_template" }
            model-args num_concurrent=7 tokenizer="/models/a b"
            args "--limit" "5"
        }
        env "accuracy" { HF_HOME "/hf" }"#,
    ));
    assert_eq!(laws::broken(&plan), Vec::<String>::new());
    let names: Vec<&str> = plan.steps.iter().map(|s| s.name.as_str()).collect();
    let expected = ["benchmark_2", "benchmark_4", "accuracy_gsm8k", "accuracy_gpqa_diamond_cot"];
    assert_eq!(names[names.len() - 4..], expected);
    assert!(waits(&plan, "accuracy_gsm8k", "benchmark_4"));
    assert!(waits(&plan, "accuracy_gpqa_diamond_cot", "accuracy_gsm8k"));
    let command = |name: &str| {
        let role = plan.role(step(&plan, name));
        assert_eq!((role.part, role.env[0].name.as_str()), (Part::Client, "HF_HOME"));
        serde_json::to_string(&role.command).expect("plain data")
    };
    let first = command("accuracy_gsm8k");
    assert!(first.starts_with(r#"["lm_eval","--model","local-completions","--tasks","gsm8k","#), "{first}");
    assert!(
        first.contains(r#"/v1/completions,num_concurrent=7,max_retries=3,tokenized_requests=false,"#),
        "{first}"
    );
    assert!(first.contains("max_gen_toks=256,max_length=4096,tokenizer=/models/a b\""), "{first}");
    assert!(first.ends_with(r#""--limit","5"]"#), "{first}");
    let second = command("accuracy_gpqa_diamond_cot");
    assert!(
        second.contains(r#""--model","local-chat-completions","--tasks","GPQA-diamond.cot""#),
        "{second}"
    );
    assert!(second.contains("/v1/chat/completions,") && second.contains("max_gen_toks=9,"), "{second}");
    assert!(second.ends_with(r#""--limit","5","--apply_chat_template"]"#), "{second}");
}

#[test]
fn mistakes_are_found_at_their_places() {
    let mistakes = [
        ("prepare", "prepare/empty", "prepare"),
        ("prepare timeout=0 { run \"a\" }", "language/range", "0"),
        ("prepare timeout=900000 { run \"a\" }", "language/range", "900000"),
        ("prepare { rum \"a\" }", "language/unknown-node", "rum"),
        ("prepare { run }", "language/missing-argument", "run"),
        ("prepare { wheel }", "language/missing-argument", "wheel"),
        ("prepare { run \"\" }", "prepare/program", "\"\""),
        ("prepare { run \"pip install x\" }", "prepare/program", "\"pip install x\""),
        ("prepare { run \"a\" 5 }", "language/type", "5"),
        ("prepare { run \"a\" \"\\u{0}\" }", "shell/nul", "\"\\u{0}\""),
        ("prepare { wheel \"a.whl\" }", "paths/relative", "\"a.whl\""),
        ("prepare { editable \"~/code\" }", "paths/relative", "\"~/code\""),
        ("prepare { wheel \"/a.tar.gz\" }", "prepare/wheel", "\"/a.tar.gz\""),
        ("prepare { wheel \"/w/*.whl\" }", "prepare/wheel", "\"/w/*.whl\""),
        ("prepare { wheel \"/a.whl\" \"/b.whl\" }", "language/unexpected-argument", "\"/b.whl\""),
        ("prepare { run \"a\"; env { UID 1 } }", "env/bash", "UID"),
        ("prepare { run \"a\" }\nprepare { run \"b\" }", "language/duplicate", "prepare"),
        ("accuracy", "accuracy/empty", "accuracy"),
        ("accuracy { on \"gen\" }", "accuracy/empty", "accuracy"),
        ("accuracy { tasks \"gsm8k\" }", "language/unknown-node", "tasks"),
        ("accuracy { task }", "language/missing-argument", "task"),
        ("accuracy { task \"a,b\" }", "names/task", "\"a,b\""),
        ("accuracy { task \"gsm8k\"; task \"GSM8K\" }", "language/duplicate", "\"GSM8K\""),
        ("accuracy { task \"a\"; model \"local-completion\" }", "names/unknown", "\"local-completion\""),
        ("accuracy { task \"a\" { model \"hf\" } }", "names/unknown", "\"hf\""),
        ("accuracy { task \"a\"; on \"gem\" }", "names/unknown", "\"gem\""),
        ("accuracy { task \"a\"; tasks \"b\" }", "language/unknown-node", "tasks"),
        ("accuracy { task \"a\"; model-args base_url=\"x\" }", "accuracy/planned", "base_url"),
        ("accuracy { task \"a\"; model-args k=\"x,y=1\" }", "accuracy/comma", "\"x,y=1\""),
        ("accuracy { task \"a\"; model-args a-b=1 }", "accuracy/key", "a-b"),
        ("accuracy { task \"a\"; model-args k=#null }", "language/type", "#null"),
        ("accuracy { task \"a\"; model-args 5 }", "language/one-value", "5"),
        ("accuracy { task \"a\"; model-args { k 1; k 2 } }", "language/duplicate", "k"),
        ("accuracy { task \"a\"; args \"\\u{0}\" }", "shell/nul", "\"\\u{0}\""),
    ];
    for (inside, code, place) in mistakes {
        let found = findings(&compile(&topology(inside)));
        assert_eq!(found.len(), 1, "{inside}: {found:?}");
        assert_eq!(found[0].0, code, "{inside}");
        assert!(found[0].1.starts_with(place), "{inside}: under {:?}", found[0].1);
    }
    let comma = topology("accuracy { task \"a\" }").replace("\"tiny-llama\"", "\"a,b\"");
    assert_eq!(findings(&compile(&comma)), [("accuracy/comma".to_owned(), "\"a,b\"".to_owned())]);
}

#[test]
fn an_engine_that_does_not_know_how_is_named() {
    let engine =
        r#"engine "bare" { versions "1"; launcher "run"; role "agg" "benchmark" { command { arg "x" } } }"#;
    let text = topology("prepare { wheel \"/a.whl\" }\naccuracy { task \"a\" }")
        .replace("use \"engine/trtllm\"", "use \"./bare.kdl\"");
    let files = Texts::new([("topo.kdl", text.as_str()), ("bare.kdl", engine)]);
    let found = findings(&compile_files(&files, Request::default()));
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["prepare/no-install", "accuracy/unsupported"], "{found:?}");
}

#[test]
fn shellcheck_finds_nothing() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "shellcheck is missing");
        eprintln!("SKIPPED: shellcheck is not installed");
        return;
    }
    let text =
        topology("prepare { run \"a\" \"it's $HOME\"; wheel \"/a.whl\" }\naccuracy { task \"gsm8k\" }");
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_files(folder.path(), &files_of(&text, &Stdlib::embedded()));
    let output = Command::new("shellcheck")
        .args(["--external-sources", "--norc", "job.sbatch", "steps/prepare.sh", "steps/accuracy_gsm8k.sh"])
        .args(["runtime/commands.sh", "runtime/preparation.sh"])
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Each node has a /tmp of its own, so a marker there says how often this node was prepared. All other steps are
/// made to refuse a node without exactly one.
#[test]
fn steps_find_their_nodes_prepared_once() {
    let text = topology(
        r#"prepare {
            wheel "/nowhere/engine-1.2-py3-none-any.whl"
            run "bash" "-c" "echo prepared >>/tmp/marker; env | grep -c ^SLURM_ || true"
        }"#,
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    std::fs::write(path("topo.kdl"), text).expect("writable");
    let Some(built) = disaggc(&["build", &path("topo.kdl"), "-o", &path("bundle")]) else { return };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    for role in ["gen", "ctx", "server", "benchmark"] {
        let script = path(&format!("bundle/steps/{role}.sh"));
        let old = std::fs::read_to_string(&script).expect("there");
        let (head, rest) = old.split_once("\nbegin_step ").expect("every script has it");
        let (begin, rest) = rest.split_once('\n').expect("a line");
        let guard = r#"[ "$(cat /tmp/marker)" = prepared ] || refuse "$DISAGGC_NODE is not prepared once""#;
        std::fs::write(&script, format!("{head}\nbegin_step {begin}\n{guard}\n{rest}")).expect("writable");
    }
    let Some(rehearsal) = rehearse(&[&path("topo.kdl"), "--bundle", &path("bundle")]) else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    for node in ["node1", "node2"] {
        let log = rehearsal.log(&format!("prepare-{node}"));
        assert!(log.contains("pip (stand-in): would install /nowhere/engine-1.2"), "{log}");
        assert!(log.contains("\n0\n"), "Slurm's variables are still there: {log}");
    }
    let result = rehearsal.result();
    let steps = result["steps"].as_array().expect("a list");
    let time = |step: &Value, key: &str| step[key].as_u64().expect("it happened");
    assert!(steps[1..].iter().all(|s| time(s, "started") >= time(&steps[0], "ended")), "{result}");
}

/// The verdict's cause is `prepare`, and nothing else was ever started.
fn assert_unprepared(rehearsal: &Rehearsal, node: &str, words: &[&str]) {
    for word in words {
        rehearsal.assert_cause("prepare", word);
    }
    let result = rehearsal.result();
    assert_eq!(result["cause"]["node"], node, "{result}");
    let steps = result["steps"].as_array().expect("a list");
    assert!(steps[1..].iter().all(|s| s["started"].is_null()), "{result}");
    let junit = std::fs::read_to_string(rehearsal.run_folder().join("junit.xml")).expect("there");
    assert!(junit.contains(r#"name="bring-up" time="0"><failure"#), "{junit}");
}

#[test]
fn a_node_that_can_not_be_prepared_ends_the_job() {
    let rehearsal = rehearse_text(&topology(
        r#"prepare {
            run "bash" "-c" "[ \"$(hostname)\" != node2 ] || { echo no space left; exit 3; }"
            run "bash" "-c" "sleep 600 & wait"
        }"#,
    ));
    let Some(rehearsal) = rehearsal else { return };
    assert_unprepared(&rehearsal, "node2", &["on node2 with code 3: bash -c", "\nno space left"]);
    assert_eq!(rehearsal.result()["steps"][0]["code"], 3);
}

#[test]
fn a_program_that_does_not_exist_is_named() {
    let Some(rehearsal) = rehearse_text(&topology(r#"prepare { run "no-such-program" "-x" }"#)) else {
        return;
    };
    rehearsal.assert_cause("prepare", "with code 127: no-such-program -x");
    rehearsal.assert_cause("prepare", "command not found");
}

#[test]
fn nodes_that_miss_the_deadline_are_named() {
    let rehearsal = rehearse_text(&topology(
        r#"prepare timeout=3 { run "bash" "-c" "[ \"$(hostname)\" != node2 ] || { echo still at it; sleep 600 & wait; }" }"#,
    ));
    let Some(rehearsal) = rehearsal else { return };
    assert_unprepared(&rehearsal, "node2", &["within 3 s: not finished on node2\n", "\nstill at it"]);
}

#[test]
fn accuracy_is_evaluated_by_real_requests() {
    let rehearsal = rehearse_text(&topology(
        r#"accuracy {
            task "gsm8k"
            task "gpqa_diamond" { model "local-chat-completions"; args "--apply_chat_template" "--limit" "3" }
            model-args num_concurrent=4
        }"#,
    ));
    let Some(rehearsal) = rehearsal else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    let result = rehearsal.result();
    let metrics = |name: &str| {
        let steps = result["steps"].as_array().expect("a list");
        steps.iter().find(|s| s["name"] == name).expect("planned")["metrics"].clone()
    };
    assert_eq!(metrics("accuracy_gsm8k")["samples"], 8, "{result}");
    assert_eq!(metrics("accuracy_gsm8k")["exact_match_strict_match"].as_f64(), Some(1.0), "{result}");
    assert_eq!(metrics("accuracy_gpqa_diamond")["samples"], 3, "{result}");
    // 2 and 4 of the benchmark, 8 and 3 of the tasks, and the one that had to get through first.
    assert!(rehearsal.log("gen_0").contains("generation_only 18"), "{}", rehearsal.log("gen_0"));
    let junit = std::fs::read_to_string(rehearsal.run_folder().join("junit.xml")).expect("there");
    assert!(junit.contains(r#"name="accuracy_gpqa_diamond""#), "{junit}");
}

#[test]
fn a_task_that_fails_is_the_cause() {
    let rehearsal =
        rehearse_text(&topology(r#"accuracy { task "gsm8k" { args "--no-such-option" }; task "mmlu" }"#));
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("accuracy_gsm8k", "unrecognized arguments: --no-such-option");
    let junit = std::fs::read_to_string(rehearsal.run_folder().join("junit.xml")).expect("there");
    assert!(junit.contains(r#"name="accuracy_mmlu" time="0"><skipped/>"#), "{junit}");
}
