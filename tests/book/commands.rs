//! The page of all commands: what `--help` says of each.

use std::fmt::Write as _;
use std::process::Command;

pub fn page() -> String {
    let mut page = "\
<!-- Written by tests/book.rs from what the program says. Change compiler/src/cli/args.rs, then: UPDATE_BOOK=1 cargo test --test book -->

# Commands

What `disaggc help` and `disaggc COMMAND --help` say. `-h` says it in short.

"
    .to_owned();
    let help = said(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    // A long description goes on in lines that begin further right.
    let names = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let names: Vec<&str> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|n| *n != "help").collect();
    assert!(names.len() > 10, "{names:?}");
    write!(page, "```text\n{help}```\n").expect("to a string");
    for name in names {
        write!(page, "\n## disaggc {name}\n\n```text\n{}```\n", said(&[name, "--help"]))
            .expect("to a string");
    }
    page
}

fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_disaggc"));
    let output = command.args(arguments).env("COLUMNS", "100").output().expect("it starts");
    assert!(output.status.success(), "{arguments:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
