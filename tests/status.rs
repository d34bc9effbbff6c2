//! `disaggc status` as a process, and the schema of the results that it reads.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn status(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(folder)
        .arg("status")
        .args(arguments)
        .output()
        .expect("the command starts")
}

fn step(name: &str, part: &str, ended: Value, code: Value) -> Value {
    let role = name.split('_').next();
    json!({"name": name, "role": role, "part": part, "node": "node0", "started": 1, "ready": null, "ended": ended,
           "code": code})
}

fn result(verdict: &str, cause: Value) -> Value {
    let mut client = step("benchmark_8", "client", json!(90), json!(0));
    client["metrics"] = json!({"requests": 64, "output_tokens_per_second": 812.5});
    json!({
        "schema": 2, "topology": "small", "mode": "e2e", "job": "4711", "plan": "0".repeat(64), "began": 1_700_000_000,
        "verdict": verdict, "cause": cause, "seconds": 95,
        "steps": [step("prepare", "preparation", json!(5), json!(0)), step("gen_0", "worker", json!(94), json!(143)), client],
    })
}

fn passed() -> Value {
    result("passed", Value::Null)
}

fn failed() -> Value {
    result("failed", json!({"step": "gen_0", "role": "gen", "node": "node0", "message": "gen_0 ended early"}))
}

/// A run folder of a job that has ended, from which all else was removed.
fn folder(result: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("result.json"), result.to_string()).expect("written");
    folder
}

#[test]
fn a_passed_run_is_shown_and_ends_with_0() {
    let folder = folder(&passed());
    let output = status(folder.path(), &["."]);
    let table = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(table.starts_with("small (e2e), job 4711: passed after 1 min 35 s\n"), "{table}");
    assert!(table.contains("output_tokens_per_second        812.5\n"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(output.stderr.is_empty());

    let output = status(folder.path(), &[".", "--timeline", "run.svg", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&run["verdict"], &run["steps"][0]["state"]), (&json!("passed"), &json!("done")));
    let picture = fs::read_to_string(folder.path().join("run.svg")).expect("it was written");
    assert!(picture.starts_with("<svg") && picture.contains("812.5 tokens/s"), "{picture}");
}

#[test]
fn a_failed_run_ends_with_1_and_anything_else_with_2() {
    let failed = folder(&failed());
    let output = status(failed.path(), &["."]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("\ncause: gen_0 on node0\n  gen_0 ended early\n")
    );
    let says = |arguments: &[&str], words: &str| {
        let output = status(failed.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(words), "{message}");
    };
    says(&["gone"], "error: gone can't be read: there is no such file");
    says(&["result.json"], "is no run folder: it is a file");
    says(&[".", "--timeline", "gone/run.svg"], "gone/run.svg can't be written");
    says(&[], "<RUN_FOLDER>");
}

/// A folder with programs in Slurm's place.
fn slurm(scontrol: &str, sacct: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, script) in [("scontrol", scontrol), ("sacct", sacct)] {
        let draft = folder.path().join("draft");
        fs::write(&draft, format!("#!/bin/sh\n{script}\n")).expect("written");
        // By another process: this one's children may hold what it writes, and such a program can't be started.
        let install = Command::new("install").arg("-m755").args([draft, folder.path().join(name)]).status();
        assert!(install.expect("coreutils").success());
    }
    folder
}

#[test]
fn slurm_is_asked_where_there_is_no_verdict() {
    let top = tempfile::tempdir().expect("a folder");
    let run = top.path().join("small-4711");
    fs::create_dir_all(run.join("state")).expect("made");
    fs::write(run.join("state/job.began"), "1700000000 4711\n").expect("written");
    let ask = |scontrol: &str, sacct: &str| {
        let programs = slurm(scontrol, sacct);
        let path = format!("{}:/usr/bin:/bin", programs.path().display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_disaggc"));
        let output = command.args(["status", "--format", "json"]).arg(&run).env("PATH", path).output();
        let output = output.expect("the command starts");
        let shown: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), shown["verdict"].clone(), shown["over"].clone(), shown["note"].clone())
    };
    let known = |state: &str| {
        format!("[ \"$4\" = 4711 ] && echo JobId=4711 JobState={state} Reason=None ExitCode=0:0")
    };
    let unknown = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";
    assert_eq!(ask(&known("RUNNING"), "exit 1"), (Some(0), Value::Null, json!(false), Value::Null));
    assert_eq!(
        ask(&known("NODE_FAIL"), "exit 1"),
        (Some(1), json!("infrastructure"), json!(true), Value::Null)
    );
    assert_eq!(
        ask(unknown, "echo 'CANCELLED by 0|0:15'"),
        (Some(1), json!("cancelled"), json!(true), Value::Null)
    );
    let (code, verdict, over, note) = ask(unknown, "exit 1");
    assert_eq!((code, verdict, over), (Some(1), Value::Null, json!(true)));
    assert!(note.to_string().contains("Slurm does not know job 4711"), "{note}");
    let (code, verdict, over, note) = ask("echo 'no controller' >&2; exit 1", "exit 1");
    assert_eq!((code, verdict, over), (Some(0), Value::Null, json!(false)));
    assert!(note.to_string().contains("no controller"), "{note}");
}

#[test]
fn the_schema_takes_results_and_nothing_else() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/schema/result.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(page).expect("readable")).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let takes = |result: &Value| {
        let errors: Vec<_> = validator.iter_errors(result).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {result}");
    };
    takes(&passed());
    takes(&failed());
    takes(&result("timeout", json!({"step": null, "role": null, "node": null, "message": "the time limit"})));

    let refuses = |change: fn(&mut Value)| {
        let mut result = failed();
        change(&mut result);
        assert!(!validator.is_valid(&result), "{result}");
    };
    refuses(|result| result["schema"] = json!(1));
    refuses(|result| result["verdict"] = json!("lost"));
    refuses(|result| result["verdict"] = json!("passed"));
    refuses(|result| result["cause"] = Value::Null);
    refuses(|result| result["plan"] = json!("none"));
    refuses(|result| result["seconds"] = json!(-1));
    refuses(|result| result["steps"][0]["metrics"] = json!({}));
    refuses(|result| result["steps"][2]["metrics"]["requests"] = json!("64"));
    refuses(|result| result["steps"][1]["code"] = json!("143"));
    refuses(|result| drop(result.as_object_mut().and_then(|result| result.remove("began"))));
}
