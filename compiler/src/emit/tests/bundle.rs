//! The bundle of one plan, as a whole.

use std::fmt::Write as _;
use std::process::Command;

use super::{fixture, write};
use crate::bundle::File;
use crate::emit::emit;
use crate::plan::Plan;
use crate::source::SourceMap;
use crate::stdlib::Stdlib;

fn emitted(plan: &Plan) -> Vec<File> {
    let mut sources = SourceMap::default();
    sources.add("/home/someone/jobs/topo.kdl", "topology \"fixture\" { }");
    sources.add("/home/someone/jobs/sites/mine.kdl", "");
    sources.add("stdlib/cluster/local.kdl", "");
    emit(plan, &sources, &Stdlib::embedded()).expect("the fixture can be emitted")
}

#[test]
fn whole() {
    let files = emitted(&fixture::plan());
    let mut text = String::new();
    for file in files.iter().filter(|file| !file.path.starts_with("runtime/")) {
        let mode = if file.executable { " (executable)" } else { "" };
        let content = match file.path.as_str() {
            "steps/results.py" => "…\n",
            "manifest.json" => &without_digests(&file.content),
            _ => &file.content,
        };
        writeln!(text, "==> {}{mode} <==\n{content}", file.path).expect("writing to a string");
    }
    insta::assert_snapshot!(text);
}

/// The manifest's digests change with every word of the runtime.
fn without_digests(manifest: &str) -> String {
    let digest = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    manifest.split('"').map(|part| if digest(part) { "…" } else { part }).collect::<Vec<_>>().join("\"")
}

/// What is different without a launcher, and with a container.
#[test]
fn single() {
    let files = emitted(&fixture::single());
    let shown = files.iter().filter(|file| ["job.sbatch", "steps/agg.sh"].contains(&file.path.as_str()));
    let text: String = shown.map(|file| format!("==> {} <==\n{}\n", file.path, file.content)).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn shellcheck_has_nothing_to_say() {
    for plan in [fixture::plan(), fixture::single()] {
        shellcheck(&emitted(&plan));
    }
}

/// The runtime's files are checked where they are used.
fn shellcheck(files: &[File]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(files, folder.path());
    let own = |path: &str| path.ends_with(".sh") && !path.starts_with("runtime/") || path == "job.sbatch";
    let scripts = files.iter().map(|file| file.path.as_str()).filter(|path| own(path));
    let output = Command::new("shellcheck")
        .args(["--external-sources", "--check-sourced"])
        .args(scripts)
        .current_dir(folder.path())
        .output()
        .expect("shellcheck is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn same_input_same_bytes() {
    assert_eq!(emitted(&fixture::plan()), emitted(&fixture::plan()));
}
