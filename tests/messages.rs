//! What a person reads: the whole output for the most important mistakes, as a terminal of 100 columns shows it.

mod support;

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use disaggc::check::table::find;
use support::examples::examples;

/// The mistakes that cost most, or that are made most often.
const IMPORTANT: [&str; 24] = [
    "assert/gpus",
    "assert/nodes",
    "sizes/ep",
    "launcher/worker",
    "launcher/bystander",
    "transfer/kv-dtype",
    "transfer/backend",
    "transfer/blocks",
    "transfer/environment",
    "limits/batch-tokens",
    "limits/graph-batch",
    "workload/step",
    "workload/answer",
    "mode/variable",
    "engine/requires",
    "owned/contradiction",
    "env/near-miss",
    "env/planned",
    "slurm/planned",
    "slurm/time-form",
    "container/unmounted",
    "paths/relative",
    "language/unknown-property",
    "syntax/bare-keyword",
];

#[test]
fn messages_for_important_mistakes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shown = String::new();
    for code in IMPORTANT {
        let rule = find(code).unwrap_or_else(|| panic!("no rule {code}"));
        let example = examples(&rule.documentation(), code).into_iter().find(|e| !e.marks.is_empty());
        let text = example.expect("a bad example").text;
        let lines = text.lines().filter(|line| !(line.starts_with("//") && line.contains('^')));
        fs::write(folder.path().join("topo.kdl"), lines.collect::<Vec<_>>().join("\n")).expect("writable");
        let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .args(["check", "topo.kdl"])
            .current_dir(&folder)
            .output()
            .expect("runs");
        let _ = writeln!(shown, "{}", String::from_utf8_lossy(&output.stderr));
    }
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("messages", shown);
    });
}
