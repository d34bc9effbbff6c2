//! Any text goes through Groovy and bash unchanged.

use std::fs;
use std::path::Path;
use std::process::Command;

use disaggc::emit::jenkins::{Stage, pipeline};
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{PLAIN, events, groovy, plan, topology};

/// Texts that languages stumble over, and random ones.
fn texts(count: usize) -> Vec<String> {
    let nasty = [
        "it's",
        "'''",
        "\"\"\"",
        "$HOME",
        "${x}",
        "$(id)",
        "`id`",
        "\\",
        "\\\\",
        "a\\",
        "\\n",
        "\\u0041",
        "\\\n",
        "a\nb\n",
        "\r\n",
        "\t",
        "é",
        "\u{1f600}",
        "\u{7f}",
        "\u{1b}[0m",
        "-x",
        "--",
        "*",
        "?",
        "[a]",
        "~",
        "#",
        "!",
        "a b",
        " ",
        "a  ",
        ";",
        "&&",
        "|",
        "<>",
        "%s",
        "/*",
        "//",
        "{",
        "}",
        "@",
        "\u{feff}x",
        "\u{202e}",
    ];
    let long = format!("{} {}", "word,".repeat(60), "x".repeat(300));
    let mut runner = TestRunner::deterministic();
    let strategy =
        proptest::string::string_regex("([ -~]|[\\\\'$\"`\n]|\\PC|[\u{1}-\u{1f}]){1,60}").expect("a regex");
    let random = (0..).map(|_| strategy.new_tree(&mut runner).expect("a text").current());
    nasty.into_iter().map(str::to_owned).chain([long]).chain(random).take(count).collect()
}

/// Runs a pipeline without a Slurm; `disaggc` there is a program that writes its words into a file.
fn run_alone(file: &str, workspace: &Path) -> Option<Vec<Value>> {
    let jenkinsfile = workspace.join("Jenkinsfile");
    fs::write(&jenkinsfile, file).expect("writable");
    let mut command = groovy(Command::new("bash"), "execute.groovy")?;
    command.args([&jenkinsfile, &workspace.to_owned()]);
    let output = command.output().expect("bash starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(events(&output.stdout))
}

/// Whatever stands in a topology or on the command line reaches Jenkins' steps and the programs in them unchanged.
#[test]
fn every_text_goes_through_groovy_and_bash_unchanged() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = folder.path().join("re corder's");
    let script =
        "#!/bin/bash\nprintf '%s\\0' \"$@\" $'\\n' >>words\n[ \"$1\" != build ] || mkdir -p \"${@: -1}\"\n";
    fs::write(&recorder, script).expect("writable");
    assert!(Command::new("chmod").arg("+x").arg(&recorder).status().expect("chmod").success());
    let texts = texts(120);
    let base = plan(&topology("t", 1, PLAIN));
    let plans: Vec<Plan> = (0..texts.len())
        .map(|index| {
            let mut plan = base.clone();
            plan.topology = format!("t{index}");
            let jenkins = plan.jenkins.as_mut().expect("a block");
            jenkins.program = recorder.to_str().expect("UTF-8").to_owned();
            jenkins.agent.clone_from(&texts[7]);
            jenkins.workspace = Some(texts.concat());
            jenkins.parallel = Some(1000);
            plan
        })
        .collect();
    let options: Vec<Vec<String>> =
        texts.iter().map(|text| vec!["--set".to_owned(), format!("env.A={text}")]).collect();
    let stages: Vec<Stage> = (0..texts.len())
        .map(|index| Stage { plan: &plans[index], file: &texts[index], options: &options[index] })
        .collect();
    let file = pipeline(&stages, &Stdlib::embedded()).expect("it can be written");
    assert!(file.content.is_ascii());
    let Some(events) = run_alone(&file.content, folder.path()) else { return };
    assert_eq!(events.last().expect("events")["result"], "SUCCESS", "{:#?}", events[1]);
    assert_eq!(events[0]["agent"]["node"]["label"], json!(texts[7]));
    assert_eq!(events[0]["agent"]["node"]["customWorkspace"], json!(texts.concat()));
    let words = String::from_utf8(fs::read(folder.path().join("words")).expect("written")).expect("UTF-8");
    let calls: Vec<Vec<&str>> = words
        .split("\0\n\0")
        .map(|call| call.split('\0').collect())
        .filter(|call: &Vec<_>| call[0] == "build")
        .collect();
    assert_eq!(calls.len(), texts.len());
    for (call, text) in calls.iter().zip(&texts) {
        let file = if text.starts_with('-') { format!("./{text}") } else { text.clone() };
        assert_eq!(call[..4], ["build", &file, "--set", &format!("env.A={text}")], "{text:?}");
    }

    // What no language can hold is refused.
    let stage = Stage { plan: &plans[0], file: "a\0b", options: &[] };
    assert_eq!(pipeline(&[stage], &Stdlib::embedded()).expect_err("a NUL").code, "emit/nul");
}
