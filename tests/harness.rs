//! The tests' harness: its exports as they are written, and every command string as real bash evaluates it.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use disaggc::stdlib::Stdlib;
use serde_json::Value;
use support::{files_of, top, write_files};

/// A topology whose variables have all that a shell stumbles over; `SOURCE` is a folder.
const TOPOLOGY: &str = r#"
use "cluster/gb200-nvl72"
use "engine/trtllm" version="VERSION"
topology "tested" {
    model "m"
    env "ctx" "gen" { BLANKS "a  b "; STARS "*"; QUOTES "it's \"q\" $HOME `id` \\"; LINES "a\nb"; UCX_TLS "rc,cuda" }
    env "server" { ONLY_SERVER "x y" }
    env "benchmark" { ONLY_BENCHMARK "[a]?" }
    ctx replicas=2 tp=4
    gen tp=6
    server
    harness "pytest" { source "SOURCE"; models "/models"; config "con2048"; OPTIONS }
}
"#;

fn topology(version: &str, source: &str, options: &str) -> String {
    TOPOLOGY.replace("VERSION", version).replace("SOURCE", source).replace("OPTIONS", options)
}

const LOCAL: &str = "form \"local\"; timeout 600";
const JENKINS: &str = "form \"jenkins\"; workspace \"/ci/space\"; stage \"GB200-Stage-1\"; waives \"/ci/waives.txt\"; \
                       test-list \"/ci/list.txt\"; splits 4; group 2; coverage #true; periodic #true";

#[test]
fn exports_of_both_forms() {
    for (name, options) in [("local", LOCAL), ("jenkins", JENKINS)] {
        let files = files_of(&topology("1.2", "/code/src", options), &Stdlib::embedded());
        let exports = files.iter().find(|f| f.path == "steps/exports.sh").expect("a harness has exports");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(top().join("tests/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("exports-{name}"), exports.content));
    }
}

/// The names of the versions differ.
#[test]
fn variants_by_version() {
    let names = |version: &str| -> Vec<String> {
        let plan = support::plan(&topology(version, "/s", LOCAL));
        plan.exports.iter().map(|e| e.name.clone()).filter(|n| n.starts_with("pytestCommand")).collect()
    };
    let (newer, older) = (names("1.2"), names("1.1"));
    let both = [
        "pytestCommand",
        "pytestCommandNoLLMAPILaunch",
        "pytestCommandDisaggServer",
        "pytestCommandBenchmark",
    ];
    for name in both {
        assert!(newer.iter().any(|n| n == name) && older.iter().any(|n| n == name), "{name}");
    }
    let has = |names: &[String], name: &str| names.iter().any(|n| n == name);
    assert!(has(&older, "pytestCommandWorker") && !has(&newer, "pytestCommandWorker"));
    for name in ["pytestCommandCTXWorker", "pytestCommandGENWorker"] {
        assert!(has(&newer, name) && !has(&older, name), "{name}");
    }
}

/// What one evaluation started.
struct Call {
    launched: bool,
    argv: Vec<String>,
    env: BTreeMap<String, String>,
}

const RECORD: &str = "#!/bin/bash\nprintf '%s\\0' \"$@\" >\"$OUT/argv\"\nenv -0 >\"$OUT/env\"\n";
/// Launchers of older and newer versions: the command behind them is expanded without quotes, or kept.
const LAUNCHERS: [&str; 2] = [
    "#!/bin/bash\n: >\"$OUT/launched\"\ncommand=\"${@:1}\"\n$command\n",
    "#!/bin/bash\n: >\"$OUT/launched\"\n\"$@\"\n",
];

fn evaluate(bundle: &Path, out: &Path, how: &str, name: &str) -> Call {
    let _ = fs::remove_dir_all(out);
    fs::create_dir(out).expect("writable");
    let script =
        format!(". \"$DISAGGC_BUNDLE/steps/exports.sh\" && cd \"$OUT\" && {}", how.replace("NAME", name));
    let status = Command::new("bash")
        .args(["-c", &script])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bundle.join("programs").display()))
        .env("OUT", out)
        .env("DISAGGC_BUNDLE", bundle)
        .env("DISAGGC_RUN", "/run/folder")
        .env("DISAGGC_PORT", "8000")
        .env("UCX_TLS", "leaked")
        .stdin(Stdio::null())
        .status()
        .expect("bash runs");
    assert!(status.success(), "{name} by {how}");
    let fields = |file: &str| -> Vec<String> {
        let bytes = fs::read(out.join(file)).unwrap_or_else(|e| panic!("{name} ran no pytest: {e}"));
        let text = String::from_utf8(bytes).expect("UTF-8");
        text.split_terminator('\0').map(str::to_owned).collect()
    };
    let env = fields("env")
        .iter()
        .filter_map(|e| e.split_once('='))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect();
    Call { launched: out.join("launched").exists(), argv: fields("argv"), env }
}

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
    fs::write(path, text).expect("writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("our own file");
}

/// A word of plan.json where the run folder is /run/folder and the port 8000.
fn text(word: &Value) -> String {
    match word.as_str() {
        Some(text) => text.to_owned(),
        None => {
            let part = |p: &Value| match (p.as_str(), p["runtime"].as_str()) {
                (Some(text), _) => text.to_owned(),
                (None, Some("port")) => "8000".to_owned(),
                (None, _) => "/run/folder".to_owned(),
            };
            word["word"].as_array().expect("a list").iter().map(part).collect()
        }
    }
}

#[test]
fn every_command_string_runs_what_is_planned() {
    let mut evaluated = 0;
    for (version, options) in [("1.2", LOCAL), ("1.2", JENKINS), ("1.1", LOCAL), ("1.1", JENKINS)] {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let bundle = scratch.path().join("bundle");
        let source = scratch.path().join("src");
        let topology = topology(version, source.to_str().expect("UTF-8"), options);
        write_files(&bundle, &files_of(&topology, &Stdlib::embedded()));
        let plan = fs::read(bundle.join("plan.json")).expect("in every bundle");
        let plan: Value = serde_json::from_slice(&plan).expect("JSON");
        program(&bundle.join("programs/pytest"), RECORD);
        program(&bundle.join("programs/nvidia-smi"), "#!/bin/bash\necho 4\n");
        for launcher in LAUNCHERS {
            for place in [
                bundle.join("programs/trtllm-llmapi-launch"),
                source.join("tensorrt_llm/llmapi/trtllm-llmapi-launch"),
            ] {
                program(&place, launcher);
            }
            for export in plan["exports"].as_array().expect("a list") {
                let Some(command) = export["value"].get("command") else { continue };
                // A script may evaluate the string with or without quotes: upstream's does it without.
                for how in ["eval \"$NAME\"", "eval $NAME"] {
                    let name = export["name"].as_str().expect("text");
                    let call = evaluate(&bundle, &scratch.path().join("out"), how, name);
                    let words: Vec<String> =
                        command["words"].as_array().expect("a list").iter().map(text).collect();
                    assert_eq!(call.argv, words[1..], "{name} by {how}");
                    assert_eq!(call.launched, !command["launcher"].is_null(), "{name} by {how}");
                    for variable in command["env"].as_array().expect("a list") {
                        let variable_name = variable["name"].as_str().expect("text");
                        let value = text(&variable["value"]);
                        assert_eq!(
                            call.env.get(variable_name),
                            Some(&value),
                            "{variable_name} of {name} by {how}"
                        );
                    }
                    let own =
                        command["env"].as_array().expect("a list").iter().any(|v| v["name"] == "UCX_TLS");
                    let leaked = call.env.get("UCX_TLS").map(String::as_str) == Some("leaked");
                    assert_eq!(leaked, !own && command["unset"].is_null(), "UCX_TLS of {name}");
                    evaluated += 1;
                }
            }
        }
    }
    assert!(evaluated > 80, "{evaluated}");
}

/// Who writes report files, who has the launcher, what comes first.
#[test]
fn variants_differ_as_the_tests_expect() {
    let plan = support::plan(&topology("1.2", "/s", JENKINS));
    let json = serde_json::to_value(&plan.exports).expect("serialises");
    for export in json.as_array().expect("a list") {
        let name = export["name"].as_str().expect("text");
        let Some(command) = export["value"].get("command") else { continue };
        let words: Vec<String> = command["words"].as_array().expect("a list").iter().map(text).collect();
        let reports = words
            .iter()
            .any(|w| w.starts_with("--csv") || w.starts_with("--cov") || w.starts_with("--periodic"));
        let worker = name.ends_with("Worker");
        assert_eq!(reports, !worker && name != "pytestCommandDisaggServer", "{name}");
        assert_eq!(command["launcher"].is_null(), !worker && name != "pytestCommand", "{name}");
        assert_eq!(command["unset"] == "UCX_TLS", worker, "{name}");
    }
    // The evaluated values are evaluated in the job, not where they are written.
    for name in ["NVIDIA_IMEX_CHANNELS", "NVIDIA_VISIBLE_DEVICES"] {
        let export = plan.exports.iter().find(|e| e.name == name).expect("exported");
        assert!(
            matches!(&export.value, disaggc::plan::ExportValue::Expression(e) if e.starts_with(&format!("${{{name}:-")))
        );
    }
}

/// The id follows from its parts, or is given as a whole; what is none is refused with the known forms.
#[test]
fn ids_are_put_together_or_read() {
    let id = |version: &str, options: &str| -> String {
        let plan = support::plan(&topology(version, "/s", options));
        let command = plan.roles.iter().find(|r| r.name == "benchmark").expect("planned").command.clone();
        command[1].as_text().expect("known now").to_owned()
    };
    let test = "perf/test_perf_sanity.py::test_e2e";
    assert_eq!(id("1.2", ""), format!("{test}[disagg_upload-e2e-con2048]"));
    assert_eq!(id("1.1", "upload #false"), format!("{test}[disagg-con2048]"));
    let whole = "perf/test_perf_sanity.py::test_e2e[disagg-e2e-x]";
    assert_eq!(id("1.2", &format!("test \"{whole}\"")), whole);
    let wrong = support::compile(&topology("1.2", "/s", "test \"perf/x.py::t[disagg_uplod-x]\""));
    let finding = wrong.diagnostics.iter().find(|d| d.code == "harness/test-id").expect("a finding");
    assert!(finding.help.as_deref().is_some_and(|h| h.contains("MODULE::FUNCTION[disagg-MODE-STEM]")));
}

/// A stage of the pipeline is named after what it takes.
#[test]
fn stages_are_named_after_their_servers() {
    let plan = support::plan(&topology("1.2", "/s", "form \"jenkins\""));
    let stage = plan.exports.iter().find(|e| e.name == "stageName").expect("exported");
    let name = "GB200-16_GPUs-4_Nodes-PyTorch-Disagg-PerfSanity-CTX2-NODE1-GPU4-GEN1-NODE2-GPU6";
    assert_eq!(stage.value, disaggc::plan::ExportValue::Word(disaggc::plan::word::Word::text(name)));
}
