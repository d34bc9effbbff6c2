//! `disaggc import` as a command: what it writes, what it leaves alone, and how it ends.

use std::fs;
use std::path::Path;
use std::process::Command;

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

fn disaggc(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_disaggc"));
    let output = command.current_dir(folder).args(arguments).output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    folder
}

#[test]
fn what_it_writes_checks_and_is_not_replaced() {
    let folder = folder(&[("in/a.yaml", RECIPE), ("in/b/c.yml", RECIPE), ("in/notes.txt", "x")]);
    let (code, _, said) = disaggc(folder.path(), &["import", "in", "-o", "out", "--verify"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 topologies written to out"), "{said}");
    assert!(said.contains("2 of 2 equal to their sources; 4 nodes, 4 by the sources' own rules"), "{said}");
    let (code, _, said) = disaggc(folder.path(), &["check", "out/a.kdl", "out/b/c.kdl"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(disaggc(folder.path(), &["fmt", "--check", "out"]).0, Some(0));
    fs::write(folder.path().join("out/a.kdl"), "mine").expect("writable");
    fs::remove_file(folder.path().join("out/b/c.kdl")).expect("there");
    let (code, _, said) = disaggc(folder.path(), &["import", "in", "-o", "out"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("out/a.kdl is there already: nothing was written"), "{said}");
    assert!(!folder.path().join("out/b/c.kdl").exists());
    assert_eq!(disaggc(folder.path(), &["import", "in", "-o", "out", "--force"]).0, Some(0));
    assert_ne!(fs::read_to_string(folder.path().join("out/a.kdl")).expect("there"), "mine");
}

#[test]
fn errors_leave_the_disk_alone_or_take_one_file_out() {
    let broken = RECIPE.replace("  type: trtllm", "\ttype: trtllm");
    let other = RECIPE.replace("type: trtllm", "type: sglang");
    let folder =
        folder(&[("a.yaml", "a: [\n"), ("in/b.yaml", &broken), ("in/c.yaml", &other), ("in/d.yaml", RECIPE)]);
    let (code, out, said) = disaggc(folder.path(), &["import", "a.yaml"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{said}");
    assert!(
        said.contains("import/yaml") && said.contains("a.yaml:") && said.contains("nothing was imported"),
        "{said}"
    );
    let (code, _, said) = disaggc(folder.path(), &["import", "in", "-o", "out"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a tab is no indentation") && said.contains("import/engine"), "{said}");
    assert!(said.contains("1 topology written to out; 2 could not be: 2 errors"), "{said}");
    let left =
        fs::read_dir(folder.path().join("out")).expect("written").flatten().map(|entry| entry.file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["d.kdl"]);
    for arguments in [
        &["import", "gone.yaml"][..],
        &["import", "in/d.yaml", "--engine", "none"],
        &["import", "in/d.yaml", "--test-id", "nonsense"],
        &["import", "in/d.yaml", "--test-id", "perf/test_perf_sanity.py::test_e2e[disagg-e2e-other]"],
    ] {
        let (code, _, said) = disaggc(folder.path(), arguments);
        assert!(matches!(code, Some(1 | 2)), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("d.kdl").exists() && !folder.path().join("site.kdl").exists());
}

#[test]
fn programs_get_every_finding_with_its_place() {
    let odd = RECIPE.replace("isl: 128", "isl: 128, req_rate: 7");
    let folder = folder(&[("a.yaml", &odd), ("b.yaml", &odd)]);
    let (code, out, said) =
        disaggc(folder.path(), &["import", "a.yaml", "b.yaml", "-o", "out", "--format", "json"]);
    assert_eq!((code, out.lines().count()), (Some(0), 2), "{said}");
    assert!(
        out.lines().all(|line| line.contains("\"import/not-used\"") && line.contains("\"line\":9")),
        "{out}"
    );
    let (_, _, said) = disaggc(folder.path(), &["import", "a.yaml", "b.yaml", "-o", "text"]);
    assert!(said.contains("and in 1 more place: --format json names it"), "{said}");
}
