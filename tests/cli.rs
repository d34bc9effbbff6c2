//! The command as a process: what it says, where, and its exit code.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `disaggc` in `folder`.
fn disaggc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the command starts")
}

/// A folder with a file `topo.kdl`.
fn folder(topo: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("topo.kdl"), topo).unwrap();
    folder
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("messages are UTF-8")
}

#[track_caller]
fn ends(output: &Output, code: i32, says: &str) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(message.contains(says), "{message:?} does not say {says:?}");
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = folder("");
    let run = |arguments: &[&str]| disaggc(folder.path(), arguments);
    ends(&run(&["biuld", "topo.kdl"]), 2, "build");
    ends(&run(&["build"]), 2, "<FILE>");
    ends(&run(&["build", "topo.kdl", "--target", "gitlab"]), 2, "jenkins");
    ends(&run(&["check", "topo.kdl", "--colour"]), 2, "--color");
    ends(&run(&["plan", "topo.kdl", "--format", "xml"]), 2, "json");
    ends(&run(&["completions", "cmd"]), 2, "bash");
}

#[test]
fn help_shows_examples() {
    let folder = folder("");
    for command in
        ["build", "check", "plan", "diff", "rehearse", "status", "jenkins", "submit", "cancel", "completions"]
    {
        let output = disaggc(folder.path(), &[command, "--help"]);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("Examples:"), "{command}");
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_with_2() {
    let folder = folder(b"topology \"caf\xe9\" { }");
    fs::write(folder.path().join("big.kdl"), vec![b'\n'; 3 << 20]).unwrap();
    let check = |file: &str| disaggc(folder.path(), &["check", file]);
    ends(&check("gone.kdl"), 2, "error: gone.kdl can't be read: there is no such file\n");
    ends(&disaggc(folder.path(), &["plan", "."]), 2, "it is a folder");
    ends(&check(""), 2, "can't be read");
    ends(&check("topo.kdl/x"), 2, "a part of the path is a file");
    ends(&check("topo.kdl"), 2, "byte 14 is not UTF-8");
    ends(&check("big.kdl"), 2, "more than 1 MiB");
    ends(&check(&"x".repeat(5000)), 2, "can't be read");
}

#[test]
fn errors_in_the_file_end_with_1_and_are_all_shown() {
    let folder = folder("use \"engine/trtlm\"\nuse \"./gone.kdl\"\ntopology \"x\" {\n    gen tp=true\n}\n");
    for command in ["check", "build", "plan", "rehearse"] {
        let output = disaggc(folder.path(), &[command, "topo.kdl"]);
        ends(&output, 1, "did you mean \"engine/trtllm\"?");
        ends(&output, 1, "gone.kdl can't be read");
        ends(&output, 1, "write `#true`");
        ends(&output, 1, "\n3 errors in topo.kdl\n");
        assert_eq!(text(&output.stdout), "");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is written beside the file: {left:?}");
}

#[test]
fn a_faulty_override_is_shown_as_a_source() {
    let folder = folder("topology \"x\" { }\n");
    ends(&disaggc(folder.path(), &["check", "topo.kdl", "--set", "ctx.replicas"]), 1, "[--set:1:1]");
}

#[test]
fn odd_bytes_are_findings() {
    let folder = folder("topology \"x\" {\0 \u{1b}[31m }\n");
    let output = disaggc(folder.path(), &["check", "topo.kdl"]);
    ends(&output, 1, "in topo.kdl");
    assert!(!text(&output.stderr).contains('\u{1b}'));
}

#[test]
fn colour_goes_to_terminals_or_where_it_is_asked_for() {
    let folder = folder("nonsense\n");
    let run = |color: &str| disaggc(folder.path(), &["check", "topo.kdl", "--color", color]);
    assert!(text(&run("always").stderr).contains('\u{1b}'));
    assert!(!text(&run("auto").stderr).contains('\u{1b}'));
    assert!(!text(&run("never").stderr).contains('\u{1b}'));
}

#[test]
fn a_stdlib_folder_replaces_what_is_built_in() {
    let folder = folder("use \"cluster/local\"\nuse \"cluster/mine\"\n");
    fs::create_dir_all(folder.path().join("lib/cluster")).unwrap();
    fs::write(folder.path().join("lib/cluster/mine.kdl"), "cluster \"mine\" extends=\"local\" { }\n")
        .unwrap();
    let check = |stdlib: &str| disaggc(folder.path(), &["check", "topo.kdl", "--stdlib", stdlib]);
    let output = check("lib");
    ends(&output, 1, "the stdlib has no \"cluster/local\"");
    ends(&output, 1, "\n1 error in topo.kdl\n");
    ends(&check("gone"), 2, "gone can't be read: there is no such file");
    ends(&check("."), 2, ". is no stdlib");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = folder("nonsense\n");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = |arguments: &[&str], out: Stdio, err: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_disaggc"));
        command.current_dir(folder.path()).args(arguments).stdout(out).stderr(err).status().unwrap().code()
    };
    let gone = || Stdio::from(writer.try_clone().unwrap());
    assert_eq!(status(&["completions", "bash"], gone(), Stdio::inherit()), Some(0));
    assert_eq!(status(&["check", "topo.kdl"], Stdio::null(), gone()), Some(1));
}

#[test]
fn a_full_disk_under_the_output_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .args(["completions", "bash"])
        .stdout(full)
        .output()
        .unwrap();
    ends(&output, 2, "the disk is full");
}

#[test]
fn completions_know_the_commands() {
    let folder = folder("");
    for shell in ["bash", "zsh", "fish"] {
        let output = disaggc(folder.path(), &["completions", shell]);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("rehearse"));
    }
}

const TWO: &str = r#"use "cluster/local"
use "engine/trtllm"
topology "two" {
    model "m" path="/models/m"
    ctx replicas=2 tp=2
    gen tp=6 { config { max_batch_size 8 } }
    server
    benchmark { isl 8; osl 8; concurrency 1 }
}
"#;

#[test]
fn a_plan_is_drawn_and_compared() {
    let folder = folder(TWO);
    let plan = |arguments: &[&str]| disaggc(folder.path(), &[&["plan", "topo.kdl"], arguments].concat());
    let output = plan(&["--svg", "p.svg", "--html", "p.html", "--compare"]);
    ends(&output, 0, "wrote p.svg\nwrote p.html\n");
    let table = text(&output.stdout);
    assert!(
        table.contains("\n   3 nodes: this plan, the fewest possible\n   4 nodes: whole nodes"),
        "{table}"
    );
    // What is declared asserts nothing then.
    fs::write(folder.path().join("declared.kdl"), TWO.replace("server\n", "server\n    nodes 2\n"))
        .expect("writable");
    let output = disaggc(folder.path(), &["plan", "declared.kdl", "--compare"]);
    assert!(text(&output.stdout).contains("\n   2 nodes: declared by `nodes 2`, which is too few\n"));
    ends(&disaggc(folder.path(), &["plan", "declared.kdl"]), 1, "assert/nodes");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("written");
    assert!(read("p.svg").starts_with("<svg") && read("p.svg").contains("gen_0 r0–3"));
    assert!(read("p.html").contains(read("p.svg").trim()), "the page has the picture");
    ends(&plan(&["--svg", "no/such/folder.svg"]), 2, "no/such/folder.svg can't be written");
    ends(&plan(&["--diff", "x.kdl", "--compare"]), 2, "cannot be used with");
}

#[test]
fn differences_are_of_meaning() {
    let folder = folder(TWO);
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
    write("same.kdl", &TWO.replace("ctx replicas=2 tp=2", "// the same\n    ctx tp=2 { replicas 2 }"));
    write(
        "other.kdl",
        &TWO.replace("max_batch_size 8", "max_batch_size 9").replace("replicas=2", "replicas=3"),
    );
    write("wrong.kdl", &TWO.replace("tp=6", "tp=0"));
    write("wrong.json", "{}");
    let diff = |old: &str, new: &str| disaggc(folder.path(), &["diff", old, new]);
    let output = diff("topo.kdl", "same.kdl");
    ends(&output, 0, "topo.kdl and same.kdl mean the same");
    assert_eq!(text(&output.stdout), "");
    ends(&disaggc(folder.path(), &["build", "topo.kdl", "-o", "bundle"]), 0, "wrote bundle");
    let expected = text(&diff("topo.kdl", "other.kdl").stdout).to_owned();
    assert!(expected.contains("servers\n  ctx            servers 2 → 3\n"), "{expected}");
    assert!(expected.contains("  ctx_2          + node 2 (GPU 2 3)\n"), "{expected}");
    assert!(expected.contains("  gen            max_batch_size 8 → 9\n"), "{expected}");
    for old in ["bundle", "bundle/plan.json"] {
        assert_eq!(text(&diff(old, "other.kdl").stdout), expected);
    }
    let sets = ["--set", "ctx.replicas=3", "--set", "gen.config.max_batch_size=9"];
    let output = disaggc(folder.path(), &[&["plan", "--diff", "bundle", "topo.kdl"], &sets[..]].concat());
    assert_eq!(text(&output.stdout), expected);
    ends(&diff("topo.kdl", "wrong.kdl"), 1, "must be from 1");
    ends(&diff("topo.kdl", "missing.kdl"), 2, "missing.kdl");
    ends(&diff("wrong.json", "topo.kdl"), 2, "holds no plan of disaggc");
}
