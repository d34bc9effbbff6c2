//! What `check`, `fix` and `why` say of files: where it goes, in which form, and how they end.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const GOOD: &str = r#"use "cluster/gb200-nvl72"
use "engine/trtllm"
topology "good" {
    model "m" path="/models/m"
    container "nvcr.io/a/b:1" { mount "/models" }
    slurm partition="batch" time="01:00:00"
    ctx replicas=2 tp=4 { config { max_batch_size 16 } }
    gen tp=8 { config { max_batch_size 64 } }
    server
    benchmark { isl 1024; osl 1024; concurrency 16 32 }
}
"#;

/// A topology of which one thing is doubtful: requests and rounds at once.
fn doubtful() -> String {
    GOOD.replace("isl 1024;", "isl 1024; requests 64; rounds 2;")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Runs `disaggc` in `folder`: exit code, standard output, standard error.
fn disaggc(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("messages are UTF-8");
    (status.code().expect("no signal"), text(stdout), text(stderr))
}

#[test]
fn a_folder_is_checked_in_order_and_counted() {
    let wrong = GOOD.replace("tp=8", "tp=\"8\"");
    let uses_site = GOOD.replace("use \"engine", "use \"../site.kdl\"\nuse \"engine");
    let folder = folder(&[
        ("site.kdl", "cluster \"mine\" extends=\"gb200-nvl72\" { gpu-per-node 4 }\n"),
        ("a/one.kdl", &uses_site),
        ("a/two.kdl", &uses_site),
        ("b.kdl", &wrong),
        ("c.kdl", &doubtful()),
        (".hidden/x.kdl", "nonsense"),
        ("notes.txt", "nonsense"),
    ]);
    let first = disaggc(folder.path(), &["check", "."]);
    let (code, out, err) = &first;
    assert_eq!((*code, out.as_str()), (1, ""), "{err}");
    // The site file's mistake is one, though both topologies find it.
    let titles: Vec<&str> = err.lines().filter(|line| line.contains("╭─[")).map(str::trim).collect();
    assert_eq!(titles, ["╭─[./a/../site.kdl:1:40]", "╭─[./b.kdl:8:12]", "╭─[./c.kdl:10:47]"]);
    assert!(err.ends_with("\n4 topologies checked, 1 file without one: 2 errors, 1 warning\n"), "{err}");
    for _ in 0..3 {
        assert_eq!(disaggc(folder.path(), &["check", "."]), first);
    }
    // Services know files by their paths from the top.
    let (_, out, _) = disaggc(folder.path(), &["check", ".", "--format", "github"]);
    let files = out.lines().filter_map(|line| line.split_once("file=")?.1.split(',').next());
    assert_eq!(files.collect::<Vec<_>>(), ["site.kdl", "b.kdl", "c.kdl"], "{out}");
    let (_, out, _) = disaggc(folder.path(), &["check", ".", "--format", "sarif"]);
    assert!(out.contains("\"uri\": \"site.kdl\"") && !out.contains("../"), "{out}");
}

#[test]
fn files_and_folders_may_be_mixed() {
    let folder = folder(&[("a.kdl", GOOD), ("more/b.kdl", GOOD), ("empty/readme", "")]);
    let check = |paths: &[&str]| disaggc(folder.path(), &[&["check"], paths].concat());
    let (code, _, err) = check(&["a.kdl", "more"]);
    assert_eq!((code, err.as_str()), (0, "2 topologies checked: no errors\n"));
    let (code, _, err) = check(&["a.kdl", "gone.kdl", "more", "lost.kdl"]);
    assert_eq!(code, 2);
    let expected = "2 topologies checked, 2 files unreadable: no errors\nerror: gone.kdl can't be read: there is no such file\n\
                    error: lost.kdl can't be read: there is no such file\n";
    assert_eq!(err, expected);
    let (code, _, err) = check(&["empty"]);
    assert_eq!((code, err.as_str()), (2, "error: there is no file below empty that ends in .kdl\n"));
}

#[test]
fn at_most_a_hundred_findings_are_shown_of_all_files() {
    let many: String = (0..60).map(|n| format!("unknown{n}\n")).collect();
    let folder = folder(&[("a.kdl", &many), ("b.kdl", &many)]);
    let (code, _, err) = disaggc(folder.path(), &["check", "."]);
    assert_eq!(code, 1);
    assert_eq!(err.matches("error[").count(), 100);
    assert!(err.contains("\n20 more are not shown"), "{err}");
    assert!(err.ends_with(": 120 errors\n"), "{err}");
    let (_, out, _) = disaggc(folder.path(), &["check", ".", "--format", "json"]);
    assert_eq!(out.lines().count(), 120);
}

#[test]
fn warnings_can_be_denied() {
    let folder = folder(&[("topo.kdl", &doubtful())]);
    for command in ["check", "plan", "build"] {
        let run = |more: &[&str]| disaggc(folder.path(), &[&[command, "topo.kdl"], more].concat());
        let (code, _, err) = run(&["--deny", "warnings"]);
        assert_eq!(code, 1, "{command}: {err}");
        assert!(err.ends_with("--deny warnings: they count as errors\n"), "{command}: {err}");
        assert!(!folder.path().join("good").exists(), "{command}");
        assert_eq!(run(&[]).0, 0, "{command}");
    }
    fs::write(folder.path().join("topo.kdl"), GOOD).unwrap();
    assert_eq!(disaggc(folder.path(), &["check", "topo.kdl", "--deny", "warnings"]).0, 0);
}

#[test]
fn results_go_to_the_standard_output() {
    let folder = folder(&[("topo.kdl", &GOOD.replace("gen tp=8", "gen tp=8.0"))]);
    for command in ["check", "build"] {
        let run = |format: &str| disaggc(folder.path(), &[command, "topo.kdl", "--format", format]);
        let (code, out, err) = run("json");
        assert_eq!((code, err.as_str()), (1, "1 error in topo.kdl\n"), "{command}");
        let finding: Value = serde_json::from_str(&out).expect("one object");
        assert_eq!(finding["code"], "language/type");
        let label = &finding["labels"][0];
        assert_eq!((&label["file"], &label["start"]["line"]), (&"topo.kdl".into(), &8.into()));
        assert_eq!(finding["fix"]["edits"][0]["replacement"], "8");
        assert!(run("github").1.starts_with("::error file=topo.kdl,line=8,endLine=8,col=12,endColumn=15,"));
        let sarif: Value = serde_json::from_str(&run("sarif").1).expect("JSON");
        assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "language/type");
        assert!(run("text").1.is_empty());
    }
    fs::write(folder.path().join("topo.kdl"), GOOD).unwrap();
    let check = |format: &str| disaggc(folder.path(), &["check", "topo.kdl", "--format", format]).1;
    assert_eq!((check("json"), check("github")), (String::new(), String::new()));
    let sarif: Value = serde_json::from_str(&check("sarif")).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"], Value::Array(Vec::new()));
}

/// One of each kind of sure mistake, among comments and in an odd layout.
const MISTAKEN: &str = r#"use   "cluster/gb200-nvl72"
use "engine/trtlm"          // a letter is missing

topology "x" {
    model "m" path="/models/m"
    container "nvcr.io/a/b:1" { mount "/models" }
    slurm partition="batch", time="01:00:00"
    env { A 1; A 1; B 2 }
    ctx replica=2 tp="4" attention-dp="True" {   /* comments stay */
        gpu 4
        config { print_iter_log true; max_batch_size 16
            max_batch_size 16
        }
    }
    gen tp=8.0 placement="pakc"
    server port=8333 port=8333
    benchmark { isl 1024,; osl 1024; concurrency 16 16 32; range-ratio "0.8"; streaming #True }
}
"#;

#[test]
fn fix_keeps_comments_and_layout() {
    let folder = folder(&[("topo.kdl", MISTAKEN)]);
    let run = |arguments: &[&str]| disaggc(folder.path(), arguments);
    let read = || fs::read_to_string(folder.path().join("topo.kdl")).unwrap();
    let (code, diff, _) = run(&["fix", "topo.kdl", "--diff"]);
    assert_eq!(code, 1, "there is something to change");
    assert!(diff.starts_with("--- topo.kdl\n+++ topo.kdl\n@@ "), "{diff}");
    assert_eq!(read(), MISTAKEN, "nothing is written");
    let (code, out, err) = run(&["fix", "topo.kdl"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.ends_with("\n16 mistakes corrected; no errors are left\n"), "{err}");
    insta::assert_snapshot!("fixed", read());
    assert_eq!(run(&["check", "topo.kdl"]).0, 0);
    let (code, out, err) = run(&["fix", "topo.kdl", "--diff"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (0, "", "nothing to correct for certain; no errors are left\n")
    );
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left beside the file: {left:?}");
}

/// Text, or a switch? Which of two names? Which of two numbers? A person must say.
#[test]
fn fix_leaves_what_is_not_certain() {
    for (old, new) in [
        ("    server\n", "    server\n    env { A true }\n"),
        ("    server\n", "    server on=\"gem\"\n"),
        ("tp=8", "tp=8 tp=4"),
        ("tp=8", "tp=8.5"),
        ("tp=8", "tp=\"eight\""),
        ("tp=8", "tp=\"0\""),
        ("gen tp=8 {", "gen tp=8 {\n gpus 4\n"),
        // The name that is meant is there already.
        ("tp=8", "tp=8 placement=\"pack\" placemen=\"pack\""),
    ] {
        let text = GOOD.replace(old, new);
        assert_ne!(text, GOOD);
        let folder = folder(&[("topo.kdl", &text)]);
        let (code, _, err) = disaggc(folder.path(), &["fix", "topo.kdl"]);
        assert_eq!(code, 1, "{new}: {err}");
        assert!(err.starts_with("nothing to correct for certain; 1 error is left"), "{new}: {err}");
        assert_eq!(fs::read_to_string(folder.path().join("topo.kdl")).unwrap(), text, "{new}");
    }
}

#[test]
fn fix_changes_only_files_that_are_named() {
    let topo = GOOD.replace("use \"engine", "use \"./site.kdl\"\nuse \"engine");
    let site = "cluster \"mine\" extends=\"gb200-nvl72\" {\n    gpu-per-node 4 // four\n}\n";
    let folder = folder(&[("topo.kdl", &topo), ("site.kdl", site)]);
    let run = |arguments: &[&str]| disaggc(folder.path(), arguments);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(run(&["fix", "topo.kdl"]).0, 1);
    assert_eq!((read("topo.kdl"), read("site.kdl")), (topo.clone(), site.to_owned()));
    assert_eq!(run(&["fix", "topo.kdl", "site.kdl"]).0, 0);
    assert_eq!((read("topo.kdl"), read("site.kdl")), (topo, site.replace("gpu-per", "gpus-per")));
}

#[test]
fn fix_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder(&[("real.kdl", &GOOD.replace("tp=8", "tp=\"8\""))]);
    let real = folder.path().join("real.kdl");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.kdl", folder.path().join("topo.kdl")).unwrap();
    assert_eq!(disaggc(folder.path(), &["fix", "topo.kdl"]).0, 0);
    assert!(folder.path().join("topo.kdl").is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), GOOD);
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

/// More faults than are counted one by one.
#[test]
fn fix_goes_on_until_nothing_is_left() {
    let keys: String = (0..350).map(|n| format!("            key_{n} true // {n}\n")).collect();
    let text = GOOD.replace("max_batch_size 64", &format!("moe_config {{\n{keys}        }}"));
    let folder = folder(&[("topo.kdl", &text)]);
    disaggc(folder.path(), &["fix", "topo.kdl"]);
    let fixed = fs::read_to_string(folder.path().join("topo.kdl")).unwrap();
    assert_eq!(fixed, text.replace(" true ", " #true "));
}

/// What engine, cluster, site, topology and role say of the same things.
const LAYERS: &str = r#"use "cluster/gb200-nvl72"
use "engine/trtllm"
cluster "mine" extends="gb200-nvl72" {
    gpus-per-node 8
    slurm partition="debug"
    env { UCX_TLS "rc"; NCCL_DEBUG "WARN" }
}
topology "layers" {
    model "m" path="/models/m"
    container "nvcr.io/a/b:1" { mount "/models" }
    slurm partition="batch" time="01:00:00"
    env { NCCL_DEBUG "INFO"; UCX_TLS "tcp" }
    ctx replicas=2 tp=4
    gen "long" tp=8 {
        env { NCCL_DEBUG unset=#true; UCX_TLS "cuda_ipc,rc" }
        config { print_iter_log #false; kv_cache_config { free_gpu_memory_fraction 0.8 }; tensor_parallel_size 8 }
    }
    server port=9000
    benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 16 }
}
"#;

#[test]
fn why_names_every_place_that_says_something() {
    let folder = folder(&[("topo.kdl", LAYERS)]);
    let mut shown = String::new();
    for path in [
        "gen[long].env.UCX_TLS",
        "gen[long].env.NCCL_DEBUG",
        "gen[long].env.TLLM_BENCHMARK_REQ_QUEUES_SIZE",
        "gen_long.config.kv_cache_config.free_gpu_memory_fraction",
        "gen[long].config.tensor_parallel_size",
        "gen[long].config.print_iter_log",
        "gen[long].tp",
        "gen[long].pp",
        "cluster.gpus-per-node",
        "slurm.partition",
        "server.port",
        "benchmark.concurrency",
    ] {
        let (code, out, err) = disaggc(folder.path(), &["why", "topo.kdl", path]);
        assert_eq!((code, err.as_str()), (0, ""), "{path}");
        shown.push_str(&format!("$ disaggc why topo.kdl {path}\n{out}\n"));
    }
    let set = ["why", "topo.kdl", "gen[long].tp", "--set", "gen.tp=4"];
    shown.push_str(&format!("$ disaggc why … --set gen.tp=4\n{}", disaggc(folder.path(), &set).1));
    insta::assert_snapshot!("why", shown);
}

#[test]
fn why_knows_every_value_of_the_plan() {
    let folder = folder(&[("topo.kdl", LAYERS)]);
    let run = |arguments: &[&str]| disaggc(folder.path(), arguments);
    let plan: Value = serde_json::from_str(&run(&["plan", "topo.kdl", "--format", "json"]).1).expect("JSON");
    let (_, list, _) = run(&["why", "topo.kdl"]);
    let (_, json, _) = run(&["why", "topo.kdl", "--format", "json"]);
    let values: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for line in list.lines() {
        let path = line.split(' ').next().expect("a word");
        assert!(values.iter().any(|value| value["path"] == path), "{line}");
    }
    for (path, origin) in plan["origins"].as_object().expect("a map") {
        let value = values.iter().find(|value| value["path"] == path.as_str());
        let first = &value.unwrap_or_else(|| panic!("{path} is missing"))["chain"][0];
        let shown = match first.get("rule") {
            Some(rule) => format!("rule: {}", rule.as_str().expect("text")),
            None => {
                format!("{}:{}:{}", first["file"].as_str().expect("text"), first["line"], first["column"])
            }
        };
        assert_eq!(
            (&first["wins"], shown.as_str()),
            (&true.into(), origin.as_str().expect("text")),
            "{path}"
        );
    }
}

#[test]
fn why_suggests_what_is_near() {
    let folder = folder(&[("topo.kdl", LAYERS), ("bad.kdl", "nonsense\n")]);
    let run = |arguments: &[&str]| disaggc(folder.path(), arguments);
    let (code, _, err) = run(&["why", "topo.kdl", "gen[long].env.UCX_TSL"]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "error: the job has no value gen[long].env.UCX_TSL; did you mean gen_long.env.UCX_TLS?\n"
    );
    let (code, _, err) = run(&["why", "bad.kdl", "gen.tp"]);
    assert!(code == 1 && err.contains("a file has no `nonsense`"), "{err}");
}

/// The mistake may be what one wants to understand.
#[test]
fn why_answers_in_spite_of_mistakes() {
    let folder = folder(&[("topo.kdl", &GOOD.replace("gen tp=8 {", "gen tp=8 {\n gpus 4\n"))]);
    let (code, out, err) = disaggc(folder.path(), &["why", "topo.kdl", "gen.tp"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("gen.tp 8\n→ topo.kdl:8:12  in topology \"good\" › gen\n"), "{out}");
    assert_eq!(err, "1 error in topo.kdl; `disaggc check` shows them\n");
}

#[test]
fn fix_knows_the_engines_settings() {
    let mistaken = MISTAKEN.replace("print_iter_log true", "print_iter_lgo #true");
    let folder = folder(&[("topo.kdl", &mistaken)]);
    assert_eq!(disaggc(folder.path(), &["fix", "topo.kdl"]).0, 0);
    let fixed = fs::read_to_string(folder.path().join("topo.kdl")).unwrap();
    assert!(fixed.contains("config { print_iter_log #true"), "{fixed}");
}
