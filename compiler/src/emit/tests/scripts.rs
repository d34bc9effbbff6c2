//! What real bash makes of the emitted scripts: every text comes back unchanged.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::text::{any_text, tricky};
use super::{fixture, write};
use crate::emit::emit;
use crate::plan::word::{Runtime, Word};
use crate::plan::{Role, Variable};
use crate::source::SourceMap;
use crate::stdlib::Stdlib;

/// So many texts go through a variable, an argument, and an argument after a runtime part.
const TEXTS: usize = 100_000;
/// As many as a program's arguments and environment can hold.
const BATCH: usize = 5_000;

/// Prints its arguments and the variables `V0`, `V1`, … of the same number, all ended by NUL.
const PRINT: &str = r#"printf '%s\0' "$@" >"$DISAGG_RUN/arguments"
for ((n = 0; n < $#; n++)); do
    name=V$n
    printf '%s\0' "${!name}"
done >"$DISAGG_RUN/variables""#;

#[test]
fn texts_come_back_unchanged() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    // The bundle's own path is such a text, too.
    let folder = temporary.path().join("it's $HOME `here`, é * [x]");
    let mut runner = TestRunner::deterministic();
    let strategy = any_text();
    let random = std::iter::repeat_with(|| strategy.new_tree(&mut runner).expect("a text").current());
    let texts: Vec<String> = tricky().map(str::to_owned).chain(random).take(TEXTS).collect();
    for batch in texts.chunks(BATCH) {
        run(|role| pass(batch, role), &folder);
        let arguments = read(&folder.join("run/arguments"));
        let variables = read(&folder.join("run/variables"));
        for (n, text) in batch.iter().enumerate() {
            let glued = if n % 2 == 0 { text.clone() } else { format!("8333{text}") };
            assert_eq!((&arguments[n], &variables[n]), (&glued, text));
        }
    }
}

/// Makes the role's program print what it is given: the texts as arguments and as variables.
fn pass(texts: &[String], role: &mut Role) {
    role.env = texts
        .iter()
        .enumerate()
        .map(|(n, text)| Variable { name: format!("V{n}"), value: Some(Word::text(text.as_str())) })
        .collect();
    role.command = ["bash", "-c", PRINT, "print"].map(Word::text).to_vec();
    role.command.extend(texts.iter().enumerate().map(|(n, text)| {
        let before = if n % 2 == 0 { Word::default() } else { Word::runtime(Runtime::Port) };
        before.then(text.as_str())
    }));
}

/// Emits the fixture with another coordinator, and runs that one's script without Slurm.
fn run(change: impl FnOnce(&mut Role), folder: &Path) {
    let mut plan = fixture::plan();
    let role =
        plan.roles.iter_mut().find(|role| role.name == "server").expect("the fixture has a coordinator");
    change(role);
    let files = emit(&plan, &SourceMap::default(), &Stdlib::embedded()).expect("any text can be emitted");
    write(&files, folder);
    fs::create_dir_all(folder.join("run/state")).expect("a folder can be made");
    let output = Command::new("bash")
        .arg(folder.join("steps/server.sh"))
        .args(["server", "DISAGG_SERVER", "8333"])
        .env("DISAGG_BUNDLE", folder)
        .env("DISAGG_RUN", folder.join("run"))
        .env("SLURM_PROCID", "0")
        .env("SLURM_STEP_ID", "0")
        .env("SLURMD_NODENAME", "node1")
        .output()
        .expect("bash is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What a file of NUL-terminated texts holds.
fn read(path: &Path) -> Vec<String> {
    let text = String::from_utf8(fs::read(path).expect("the script has written it")).expect("UTF-8");
    text.split_terminator('\0').map(str::to_owned).collect()
}
