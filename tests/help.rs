//! What help says is true: each of its examples is run, by a shell, in a folder that has what it names.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::top;

const TOPOLOGY: &str = r#"use "./site.kdl"
use "engine/trtllm"

topology "dsr1-1k1k" {
    model "m" path="/models/m"
    env { UCX_TLS "rc" }
    ctx replicas=2 tp=2 {
        config { max_batch_size 8 }
    }
    gen tp=4 {
        config { max_batch_size 8 }
    }
    server
    benchmark { isl 8; osl 8; concurrency 1 }
}
"#;

const SITE: &str = "use \"cluster/local\"\n\ncluster \"mine\" extends=\"local\"\n";

const RECIPE: &str = "\
name: r
model: {path: 'hf:org/model', container: 'registry/image:1', precision: fp8}
resources: {gpu_type: h100, gpus_per_node: 8, prefill_nodes: 1, prefill_workers: 1, decode_nodes: 1, decode_workers: 1}
backend:
  type: trtllm
  trtllm_config:
    prefill: {tensor_parallel_size: 8, disable_overlap_scheduler: true, cache_transceiver_config: {backend: UCX}}
    decode: {tensor_parallel_size: 8, cache_transceiver_config: {backend: UCX}}
benchmark: {type: sa-bench, isl: 128, osl: 64, concurrencies: 4}
";

const RESULT: &str = r#"{"schema": 2, "topology": "dsr1-1k1k", "mode": "e2e", "job": "4711", "plan": "0", "began": 1700000000,
"verdict": "passed", "cause": null, "seconds": 95, "steps": []}"#;

/// A Slurm whose jobs pass at once.
const SBATCH: &str = "#!/bin/sh
mkdir -p dsr1-1k1k-4711/state
cp \"$HOME/dsr1-4711/result.json\" dsr1-1k1k-4711
echo 4711
";
const SCONTROL: &str = "#!/bin/sh
echo 'JobId=4711 JobName=x JobState=COMPLETED Reason=None Restarts=0 Requeue=1 ExitCode=0:0'
";

fn disaggc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The commands of `disaggc --help`.
fn commands() -> Vec<String> {
    let output = disaggc(Path::new("."), &["--help"]);
    let help = text(&output.stdout);
    let (_, list) = help.split_once("\nCommands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The examples in a help text, without the words about them.
fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Examples:")).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let command = |line: &&str| {
        assert!(line.starts_with("  disaggc "), "an example is too long for its line: {line:?} in\n{help}");
        line.trim().split("  ").next().unwrap_or_default().to_owned()
    };
    lines.iter().map(command).collect()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it has one")).expect("writable");
    fs::write(path, text).expect("writable");
}

/// All that examples name.
fn workshop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for name in ["topo.kdl", "a.kdl", "b.kdl", "topologies/one.kdl"] {
        write(&at(name), TOPOLOGY);
    }
    for name in ["site.kdl", "topologies/site.kdl"] {
        write(&at(name), SITE);
    }
    for name in ["recipe.yaml", "recipes/r.yaml"] {
        write(&at(name), RECIPE);
    }
    write(&at("srtslurm.yaml"), "default_account: me\ndefault_partition: batch\n");
    for name in ["perf.kdl", "serving.kdl", "site.kdl"] {
        let text = fs::read_to_string(top().join("examples/jenkins").join(name)).expect("there");
        write(&at(&format!("ci/{name}")), &text);
    }
    for bundle in ["bundle", "old-bundle", "dsr1-1k1k"] {
        let output = disaggc(folder.path(), &["build", "topo.kdl", "-o", bundle]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    write(&at("dsr1-4711/result.json"), RESULT);
    write(&at("dsr1-1k1k.job/job"), "");
    for name in ["share/bash-completion/completions", "share/man/man1"] {
        fs::create_dir_all(at(".local").join(name)).expect("writable");
    }
    for name in [".config/fish/completions", ".zfunc"] {
        fs::create_dir_all(at(name)).expect("writable");
    }
    for (name, script) in [("sbatch", SBATCH), ("scontrol", SCONTROL), ("scancel", "#!/bin/sh\n")] {
        write(&at("bin").join(name), script);
        fs::set_permissions(at("bin").join(name), fs::Permissions::from_mode(0o755)).expect("our own");
    }
    folder
}

/// Runs an example as a person would; the exit code is that of disaggc, also before a pipe.
fn run(folder: &Path, example: &str) -> (i32, String) {
    let own = Path::new(env!("CARGO_BIN_EXE_disaggc")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a PATH");
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", example])
        .current_dir(folder)
        .env("PATH", format!("{}/bin:{}:{path}", folder.display(), own.display()))
        .env("HOME", folder)
        .env_remove("XDG_CACHE_HOME")
        .stdin(Stdio::null())
        .output()
        .expect("bash starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().expect("an end"), String::from_utf8_lossy(&said).into_owned())
}

fn has(program: &str) -> bool {
    let found = Command::new("which").arg(program).stdout(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    assert!(found || std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "the examples need {program}");
    found
}

#[test]
fn every_example_does_what_it_says() {
    let mut tried = 0;
    let workshop = workshop();
    for command in commands().iter().filter(|command| *command != "help") {
        let output = disaggc(workshop.path(), &[command, "--help"]);
        let examples = examples(text(&output.stdout));
        assert!(!examples.is_empty(), "{command} --help has no examples");
        for example in examples {
            let piped =
                example.split_once(" | ").map(|(_, reader)| reader.split(' ').next().unwrap_or_default());
            if piped.is_some_and(|program| !has(program)) {
                eprintln!("SKIPPED: {example}");
                continue;
            }
            example_works(workshop.path(), command, &example);
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried} examples");
    for example in examples(text(&disaggc(workshop.path(), &["--help"]).stdout)) {
        example_works(workshop.path(), example.split(' ').nth(1).expect("a command"), &example);
    }
}

/// In a copy of the folder.
fn example_works(workshop: &Path, command: &str, example: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let copied = Command::new("cp").arg("-a").arg(workshop.join(".")).arg(folder.path()).status();
    assert!(copied.expect("cp starts").success());
    let topo = folder.path().join("topo.kdl");
    // What not every topology has.
    if example.contains("[long]") {
        fs::write(&topo, TOPOLOGY.replacen("gen tp=4", "gen \"long\" tp=4", 1)).expect("writable");
    }
    if example.contains("jenkins") {
        let jenkins = "    jenkins { agent \"login\" }\n    env {";
        fs::write(&topo, TOPOLOGY.replacen("    env {", jenkins, 1)).expect("writable");
    }
    match command {
        "new" => fs::remove_file(&topo).expect("there"),
        // Then all of the command line is read, and no cluster started.
        "rehearse" => {
            let slurm = "    slurm nodelist=\"node1\"\n    env {";
            fs::write(&topo, TOPOLOGY.replacen("    env {", slurm, 1)).expect("writable");
        }
        _ => {}
    }
    let (code, said) = run(folder.path(), example);
    match command {
        "rehearse" => {
            assert!(
                code == 2 && said.contains("names machines of the real cluster"),
                "{example}: {code}\n{said}"
            )
        }
        // It depends on the machine.
        "doctor" => assert!(code < 2 && said.len() > 2, "{example}: {code}\n{said}"),
        _ => assert_eq!(code, 0, "{example}\n{said}"),
    }
}

#[test]
fn every_command_has_a_manual_page() {
    if !has("man") {
        eprintln!("SKIPPED: there is no man");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = disaggc(folder.path(), &["man", "-o", "pages"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for command in commands().iter().filter(|command| *command != "help") {
        let page = folder.path().join(format!("pages/disaggc-{command}.1"));
        let output = Command::new("man")
            .args(["--warnings", "--local-file"])
            .arg(page)
            .envs([("LC_ALL", "C.UTF-8"), ("MANWIDTH", "100"), ("MANPAGER", "cat")])
            .output()
            .expect("man starts");
        assert!(output.status.success() && output.stderr.is_empty(), "{command}: {}", text(&output.stderr));
        let page = text(&output.stdout);
        let examples = |page: &str| page.matches(&format!("    disaggc {command}")).count();
        let help = disaggc(folder.path(), &[command, "--help"]);
        let expected = self::examples(text(&help.stdout)).len();
        assert!(page.contains("\nEXAMPLES\n") && examples(page) >= expected, "{page}");
    }
}

#[test]
fn the_name_alone_says_what_to_do_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = disaggc(folder.path(), &[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let said = text(&output.stdout);
    let steps: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("  disaggc ")?.split("  ").next()).collect();
    assert_eq!(steps.len(), 5, "{said}");
    for step in steps {
        let words: Vec<&str> = step.split(' ').collect();
        // The rehearsal itself is tested elsewhere; to ask for help it must be known.
        let words = if words[0] == "rehearse" { vec!["rehearse", "--help"] } else { words };
        let output = disaggc(folder.path(), &words);
        assert!(output.status.success(), "{step}: {}", text(&output.stderr));
    }
    assert!(folder.path().join("topo/job.sbatch").is_file());
}

#[test]
fn a_wrong_word_is_told_the_right_one() {
    let folder = tempfile::tempdir().expect("a folder");
    for (words, right) in [
        (&["biuld", "topo.kdl"][..], "'build'"),
        (&["rehersal"], "'rehearse'"),
        (&["check", "x.kdl", "--denny", "warnings"], "'--deny'"),
        (&["plan", "x.kdl", "--format", "jsn"], "'json'"),
        (&["man", "biuld"], "\"build\""),
        (&["explain", "sizes/epp"], "\"sizes/ep\""),
    ] {
        let output = disaggc(folder.path(), words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(text(&output.stderr).contains(right), "{words:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_path_that_is_not_there_is_told_the_one_that_is() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("topo.kdl"), &TOPOLOGY.replace("./site.kdl", "cluster/local"));
    for command in ["check", "plan", "build", "why", "fix", "fmt", "rehearse", "doctor", "jenkins"] {
        let output = disaggc(folder.path(), &[command, "tpo.kdl"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let expected = "error: tpo.kdl can't be read: there is no such file; did you mean topo.kdl?\n";
        assert_eq!(text(&output.stderr), expected, "{command}");
    }
    let output = disaggc(folder.path(), &["plan", "."]);
    assert!(text(&output.stderr).contains("it is a folder; name a file in it, such as ./topo.kdl"));
    let output = disaggc(folder.path(), &["rehearse", "topo.kdl", "--bundle", "topo.kdl"]);
    let expected = "error: topo.kdl is no bundle: it has no job.sbatch; `disaggc build` writes one\n";
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), expected));
}

#[test]
fn colour_is_for_terminals_and_for_those_who_want_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("topo.kdl"), "nonsense\n");
    let coloured = |variables: &[(&str, &str)], words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .current_dir(folder.path())
            .args(words)
            .env_clear()
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .output()
            .expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        assert!(!text(&said).contains("\u{1b}]8"), "a link: {}", text(&said));
        text(&said).contains('\u{1b}')
    };
    for words in [&["check", "topo.kdl"][..], &["biuld"], &["--help"]] {
        assert!(!coloured(&[], words), "{words:?} into a pipe");
        assert!(coloured(&[("CLICOLOR_FORCE", "1")], words), "{words:?}");
        assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], words), "{words:?}");
        assert!(!coloured(&[("NO_COLOR", "1")], words), "{words:?}");
        assert!(coloured(&[], &[&["--color", "always"], words].concat()), "{words:?}");
        assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &[&["--color=never"], words].concat()), "{words:?}");
    }
}

/// A reader may have enough after a line: no error, no panic.
#[test]
fn output_goes_into_pipes_that_close() {
    let workshop = workshop();
    for command in [
        "plan topo.kdl",
        "plan topo.kdl --format json",
        "plan --diff old-bundle topo.kdl --set gen.tp=2",
        "diff a.kdl b.kdl",
        "why topo.kdl",
        "why topo.kdl --format json",
        "explain",
        "completions zsh",
        "man build",
        "fmt - < topo.kdl",
        "fix topo.kdl --diff --topology dsr1-1k1k",
        "check topologies --format sarif",
        "status dsr1-4711 --once --format json",
        "doctor --for build --format json",
        "submit dsr1-1k1k -o job",
        "cancel dsr1-1k1k.job",
        "--help",
        "",
    ] {
        for reader in ["head -c 1", "true"] {
            let (code, said) = run(workshop.path(), &format!("disaggc {command} | {reader}"));
            let quiet =
                ["panicked", "roken pipe", "can't be written"].iter().all(|word| !said.contains(word));
            assert!(code == 0 && quiet, "{command} | {reader}: {code}\n{said}");
        }
    }
}
