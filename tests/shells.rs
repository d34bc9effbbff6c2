//! Completions, in the shells that they are for.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A folder with the shell's script.
fn script(shell: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc")).args(["completions", shell]).output();
    let output = output.expect("it starts");
    assert!(output.status.success() && output.stderr.is_empty());
    fs::write(folder.path().join("_disaggc"), output.stdout).expect("writable");
    folder
}

/// What the shell prints for this program of its own; nothing where there is no such shell.
fn says(shell: &str, folder: &Path, program: &str) -> Option<String> {
    let mut command = Command::new(shell);
    if shell == "zsh" {
        command.arg("-f");
    }
    let output = command
        .args(["-c", program])
        .current_dir(folder)
        .env("HOME", folder)
        .env("TERM", "dumb")
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else {
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "there is no {shell}");
        eprintln!("SKIPPED: there is no {shell}");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{said}");
    Some(said)
}

#[test]
fn bash_completes() {
    let folder = script("bash");
    let complete = |words: &str| {
        let program = format!(
            "source ./_disaggc; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
             $(complete -p disaggc | grep -o '[-]F [^ ]*' | cut -c4-) disaggc \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"
             echo \"${{COMPREPLY[@]}}\""
        );
        says("bash", folder.path(), &program).expect("tests need bash").trim().to_owned()
    };
    assert_eq!(complete("disaggc bu"), "build");
    assert_eq!(complete("disaggc check --den"), "--deny");
    assert_eq!(complete("disaggc doctor --for re"), "rehearse");
    assert_eq!(complete("disaggc plan --format ''"), "table json");
}

#[test]
fn fish_completes() {
    let folder = script("fish");
    let complete = |line: &str| {
        let program = format!("source ./_disaggc; complete --do-complete '{line}'");
        let said = says("fish", folder.path(), &program)?;
        Some(said.lines().filter_map(|line| line.split('\t').next()).collect::<Vec<_>>().join(" "))
    };
    let Some(build) = complete("disaggc bu") else { return };
    assert_eq!(build, "build");
    assert_eq!(complete("disaggc check --den").as_deref(), Some("--deny"));
    assert_eq!(complete("disaggc doctor --for re").as_deref(), Some("rehearse"));
}

/// zsh completes at a terminal only: it gets one of its own, and a Tab.
#[test]
fn zsh_completes() {
    const PROGRAM: &str = r#"
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; disaggc() { print -r -- "called:$*:" }; print -r -- rea""dy'
zpty -r shell seen '*ready*'
zpty -w -n shell $'LINE\t\n'
zpty -r shell seen '*called:*:*'
print -r -- "$seen"
zpty -d shell
"#;
    let folder = script("zsh");
    for (line, completed) in [
        ("disaggc bu", "called:build"),
        ("disaggc check --den", "called:check --deny"),
        ("disaggc doctor --for re", "rehearse"),
    ] {
        let Some(said) = says("zsh", folder.path(), &PROGRAM.replace("LINE", line)) else { return };
        assert!(said.contains(completed), "{line}: {said:?}");
    }
}
