//! What is written: stages of the engine's own pipeline, files that the linter has nothing against, and when nothing is.

use std::fs;
use std::process::Command;

use disaggc::emit::jenkins::{Stage, fragment, pipeline};
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;
use serde_json::{Value, json};

use super::support::{self, top};
use super::{PLAIN, groovy, plan, topology};

/// A topology that runs the engine's own tests.
fn tested(name: &str, cluster: &str, shape: &str, stage: &str) -> Plan {
    plan(&format!(
        "use \"cluster/gb200-nvl72\"\nuse \"engine/trtllm\"\ncluster \"mine\" extends=\"gb200-nvl72\" {{ {cluster} }}\n\
         topology \"{name}\" {{\n    model \"m\"\n    {shape}\n    env {{ NASTY \"it's $HOME '''\" }}\n    \
         harness \"pytest\" {{ form \"jenkins\"; source \"/code/it's\"; models \"/models\"; timeout 5400 }}\n    \
         jenkins {{ agent \"slurm\"; stage platform=\"auto:it's $flex\" {stage} }}\n}}\n"
    ))
}

/// Every worker with more than one process has its launcher, also where the pipeline's own rule forgets it.
#[test]
fn the_engines_pipeline_gets_its_stages_from_the_plan() {
    let disaggregated = "ctx replicas=2 tp=4\n    gen tp=16\n    server";
    let alone = "ctx tp=4\n    gen tp=4\n    server\n    benchmark mode=\"ctx_only\"";
    let plans = [
        tested("con2048", "", disaggregated, "post-merge=#true"),
        tested("con4096", "", disaggregated, "post-merge=#true minutes=120"),
        tested("several-gpus", "", alone, ""),
        tested("one-gpu", "gpus-per-node 1", &alone.replace("tp=4", "tp=1"), "list=\"l0_one\""),
    ];
    let files =
        fragment(&plans.iter().collect::<Vec<_>>(), &Stdlib::embedded()).expect("they can be written");
    let folder = tempfile::tempdir().expect("a folder");
    support::write_files(folder.path(), &files);
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let list = "l0_gb200_multi_nodes_perf_sanity_ctx2_node1_gpu4_gen1_node4_gpu16";
    assert_eq!(
        names,
        ["l0_gb200_multi_gpus_perf_sanity.yml", &format!("{list}.yml"), "l0_one.yml", "stages.groovy"]
    );
    for name in &names[..3] {
        let program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
        let output =
            Command::new("/usr/bin/python3").args(["-c", program]).arg(folder.path().join(name)).output();
        let read: Value = serde_json::from_slice(&output.expect("python3").stdout).expect("YAML");
        let conditions = &read[name.trim_end_matches(".yml")][0];
        let (gpus, stage) = match *name {
            "l0_one.yml" => (1, "pre_merge"),
            "l0_gb200_multi_gpus_perf_sanity.yml" => (4, "pre_merge"),
            _ => (24, "post_merge"),
        };
        assert_eq!(conditions["condition"]["ranges"]["system_gpu_count"], json!({"gte": gpus, "lte": gpus}));
        assert_eq!(conditions["condition"]["terms"], json!({"stage": stage, "backend": "pytorch"}));
        if gpus == 24 {
            let test = |stem: &str, minutes: u32| {
                format!("perf/test_perf_sanity.py::test_e2e[disagg_upload-e2e-{stem}] TIMEOUT ({minutes})")
            };
            assert_eq!(conditions["tests"], json!([test("con2048", 90), test("con4096", 120)]));
        }
    }

    let Some(mut command) = groovy(Command::new("bash"), "stages.groovy") else { return };
    let output = command.arg(folder.path().join("stages.groovy")).output().expect("bash starts");
    let stages: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let name = "GB200-24_GPUs-6_Nodes-PyTorch-Disagg-PerfSanity-CTX2-NODE1-GPU4-GEN1-NODE4-GPU16-Post-Merge";
    assert_eq!(stages.len(), 4);
    for (index, stage) in stages[..2].iter().enumerate() {
        assert_eq!(stage["name"], format!("{name}-{}", index + 1));
        assert_eq!(stage["entry"], json!(["auto:it's $flex", list, index + 1, 2, 24, 6, true]));
    }
    assert_eq!(
        stages[2]["entry"],
        json!(["auto:it's $flex", "l0_gb200_multi_gpus_perf_sanity", 1, 1, 4, 1, true])
    );
    for (plan, stage) in plans.iter().zip(&stages) {
        let launched = plan.nodes > 1 || plan.most_gpus() > 1;
        assert_eq!(stage["util"] != "", launched, "{stage}");
        let got = evaluated(stage["command"].as_str().expect("text"), stage["name"].as_str().expect("text"));
        assert_eq!(got[0] == "launched", launched, "{got:?}");
        let words = &got[usize::from(launched)..];
        assert_eq!(words[..2], ["/code/it's", "8000"], "{got:?}");
        let number = &stage["entry"][2].to_string();
        assert!(
            words.contains(&format!("--output-dir=/job space/{}/", stage["name"].as_str().expect("text"))),
            "{got:?}"
        );
        assert_eq!(words[words.len() - 2..], ["--group", number], "{got:?}");
    }
}

/// Two variables and the words that pytest got, as the pipeline's job evaluates the command.
fn evaluated(command: &str, stage: &str) -> Vec<String> {
    let script = "pytest() { printf '%s\\0' \"$LLM_ROOT\" \"$CONTAINER_PORT_START\" \"$@\"; }\n\
                  launcher() { printf 'launched\\0'; \"$@\"; }\nexport -f pytest launcher\n\
                  eval ${pytestCommand//'/code/'*'llmapi-launch'/launcher}";
    let command = command.replace(launcher(command).as_deref().unwrap_or("\0"), "launcher");
    let output = Command::new("bash")
        .args([
            "-c",
            &script.replace("${pytestCommand//'/code/'*'llmapi-launch'/launcher}", "$pytestCommand"),
        ])
        .env("pytestCommand", command)
        .env("jobWorkspace", "/job space")
        .env("stageName", stage)
        .env("CONTAINER_PORT_START", "8000")
        .output()
        .expect("bash starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// The word of the command that is the launcher's path.
fn launcher(command: &str) -> Option<String> {
    command.split(' ').find(|word| word.contains("llmapi-launch")).map(str::to_owned)
}

/// With the linter's own settings for Jenkinsfiles.
#[test]
fn the_linter_finds_neither_errors_nor_warnings() {
    let linter = top().join("target/groovy-lint/node_modules/npm-groovy-lint/lib/index.js");
    if !linter.exists() {
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "tests/jenkins/install target/groovy-lint");
        eprintln!("SKIPPED: the linter is not installed; tests/jenkins/install target/groovy-lint");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let all = "jenkins { agent \"slurm\"; workspace \"/lustre/ci\"; credentials \"a\" as=\"A\"; credentials \"b\" as=\"B\"; branches \"main\" \
               \"release/*\"; cron \"H 2 * * *\" \"H 3 * * *\"; timeout \"16:00:00\"; queue-timeout \"12:00:00\"; retention builds=30 days=14; \
               archive \"results/**\"; on \"always\" { mail \"a@b.c\" }; on \"failure\" { slack \"#a\" \"#b\" } }";
    let bench = "benchmark { isl 16; osl 8; concurrency 1 }";
    let long = "n".repeat(100);
    let plans: Vec<Plan> = [
        topology("t", 1, PLAIN),
        topology("all", 1, &format!("{all}\n    {bench}")),
        topology(&long, 1, &format!("{all}\n    {bench}")),
    ]
    .iter()
    .map(|text| plan(text))
    .collect();
    let longest = "p ".repeat(400);
    let sets = ["--set".to_owned(), longest];
    let stage = |plan| Stage { plan, file: "ci/t.kdl", options: &sets };
    let stdlib = Stdlib::embedded();
    for (name, plans) in [("small", &plans[..1]), ("all", &plans[..])] {
        let stages: Vec<Stage> = plans.iter().map(stage).collect();
        let file = pipeline(&stages, &stdlib).expect("it can be written");
        fs::create_dir(folder.path().join(name)).expect("new");
        fs::write(folder.path().join(name).join("Jenkinsfile"), file.content).expect("writable");
    }
    let stages = [
        tested("con2048", "", "ctx replicas=2 tp=4\n    gen tp=16\n    server", "post-merge=#true"),
        tested("one", "", "ctx tp=4\n    gen tp=4\n    server\n    benchmark mode=\"ctx_only\"", ""),
    ];
    for file in fragment(&stages.iter().collect::<Vec<_>>(), &stdlib).expect("they can be written") {
        if file.path.ends_with(".groovy") {
            fs::write(folder.path().join(&file.path), file.content).expect("writable");
        }
    }
    let output = Command::new("node")
        .arg(linter)
        .args([
            "--noserver",
            "--failon",
            "warning",
            "--output",
            "txt",
            "--config",
            "recommended-jenkinsfile",
            "--files",
            "**/*",
            "--path",
        ])
        .arg(folder.path())
        .output()
        .expect("node starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // All of them were looked at.
    assert!(said.contains("linted files") && said.contains('3'), "{said}");
}

/// Topologies that can't be in one pipeline are refused, with a code that has a page.
#[test]
fn what_can_not_be_one_pipeline_is_refused() {
    let stdlib = Stdlib::embedded();
    let base = plan(&topology("t", 1, PLAIN));
    let changed = |change: &dyn Fn(&mut Plan)| {
        let mut plan = base.clone();
        plan.topology = "other".to_owned();
        change(&mut plan);
        let stage = |plan| Stage { plan, file: "ci/t.kdl", options: &[] };
        pipeline(&[stage(&base), stage(&plan)], &stdlib).map_err(|error| {
            assert!(disaggc::check::table::find(error.code).is_some() && error.help.is_some(), "{error:?}");
            error.code
        })
    };
    let jenkins = |plan: &mut Plan, change: &dyn Fn(&mut disaggc::plan::Jenkins)| {
        change(plan.jenkins.as_mut().expect("a block"));
    };
    assert!(changed(&|_| {}).is_ok());
    assert_eq!(changed(&|plan| plan.topology = "t".to_owned()), Err("jenkins/same-name"));
    assert_eq!(changed(&|plan| jenkins(plan, &|j| j.agent = "b".to_owned())), Err("jenkins/disagree"));
    assert_eq!(changed(&|plan| jenkins(plan, &|j| j.program = "b".to_owned())), Err("jenkins/disagree"));
    // What only one of them says holds for both.
    assert!(changed(&|plan| jenkins(plan, &|j| j.parallel = Some(1))).is_ok());
    assert_eq!(pipeline(&[], &stdlib).map_err(|error| error.code), Err("jenkins/none"));

    let shape = "ctx replicas=2 tp=4\n    gen tp=16\n    server";
    let other = shape.replace("tp=16", "tp=8");
    let plans = [tested("a", "", shape, "list=\"mine\""), tested("b", "", &other, "list=\"mine\"")];
    let refused = fragment(&plans.iter().collect::<Vec<_>>(), &stdlib);
    assert_eq!(refused.map_err(|error| error.code), Err("jenkins/list"));
}

/// `UPDATE_BOOK=1` writes them anew.
#[test]
fn the_examples_files_are_what_the_command_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(top())
        .args(["jenkins", "examples/jenkins", "-o"])
        .arg(folder.path().join("Jenkinsfile"))
        .arg("--stages")
        .arg(folder.path().join("stages"))
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kept = top().join("examples/jenkins");
    let mut files = vec!["Jenkinsfile".to_owned()];
    for entry in fs::read_dir(folder.path().join("stages")).expect("written") {
        files.push(format!("stages/{}", entry.expect("readable").file_name().to_string_lossy()));
    }
    assert_eq!(files.len(), fs::read_dir(kept.join("stages")).expect("kept").count() + 1);
    for file in files {
        let written = fs::read_to_string(folder.path().join(&file)).expect("written");
        if std::env::var_os("UPDATE_BOOK").is_some() {
            fs::write(kept.join(&file), &written).expect("writable");
        }
        let kept = fs::read_to_string(kept.join(&file)).unwrap_or_default();
        assert!(kept == written, "examples/jenkins/{file} is stale: UPDATE_BOOK=1 cargo test --test jenkins");
    }
}

/// A file that somebody wrote by hand stays, and files that the pipeline would not find are refused.
#[test]
fn only_what_disaggc_wrote_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("t.kdl"), topology("t", 1, PLAIN)).expect("writable");
    let run = |arguments: &[&str], code: i32, says: &str| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_disaggc")).current_dir(folder.path()).args(arguments).output();
        let output = output.expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && said.contains(says), "{said}");
    };
    let file = folder.path().join("Jenkinsfile");
    run(&["jenkins", "t.kdl"], 0, "wrote Jenkinsfile");
    run(&["jenkins", "t.kdl"], 0, "wrote Jenkinsfile");
    fs::write(&file, "pipeline { }\n").expect("writable");
    run(&["jenkins", "t.kdl"], 2, "was not written by disaggc");
    assert_eq!(fs::read_to_string(&file).expect("there"), "pipeline { }\n");
    run(&["jenkins", "t.kdl", "--force"], 0, "wrote Jenkinsfile");
    run(&["jenkins", "./t.kdl", "--stages", "l0"], 2, "no topology is a stage");
    run(&["jenkins", folder.path().join("t.kdl").to_str().expect("UTF-8")], 2, "is not below this folder");
    run(&["build", "t.kdl", "--target", "jenkins", "-o", "bundle"], 0, "wrote bundle");
    assert!(folder.path().join("bundle/Jenkinsfile").is_file());
    run(&["build", "t.kdl", "--target", "jenkins", "-o", "bundle"], 0, "wrote bundle");
    fs::write(folder.path().join("t.kdl"), topology("t", 1, "benchmark { isl 16; osl 8; concurrency 1 }"))
        .expect("writable");
    run(&["jenkins", "t.kdl"], 1, "jenkins/none");
    run(&["build", "t.kdl", "--target", "jenkins", "-o", "other"], 1, "jenkins/none");
    assert!(!folder.path().join("other").exists());
}
