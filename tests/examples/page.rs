//! The page of a folder.

use std::process::Command;

use disaggc::source::Files;

use super::{Project, top};

pub struct Page {
    pub text: String,
    pub title: String,
    /// The words of each line that begins with `$` in a block of commands.
    pub commands: Vec<Vec<String>>,
}

impl Page {
    pub fn of(folder: &str) -> Self {
        let text = Project.read(&format!("examples/{folder}/README.md"));
        let text = text.unwrap_or_else(|error| panic!("{folder} has no README.md: {error}"));
        let title = text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a title").to_owned();
        let commands = text.lines().filter_map(|line| line.strip_prefix("$ ")).map(words).collect();
        Page { text, title, commands }
    }

    /// What its rehearsals of a topology are told.
    pub fn rehearsals(&self) -> Vec<&[String]> {
        let rehearsal =
            |command: &'_ Vec<String>| command.starts_with(&["disaggc".into(), "rehearse".into()]);
        self.commands.iter().filter(|command| rehearsal(command)).map(|command| &command[2..]).collect()
    }
}

/// What a shell in the top folder makes of a line.
fn words(line: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {line}");
    let output = Command::new("bash").args(["-c", &script]).current_dir(top()).output().expect("bash runs");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stdout).expect("UTF-8");
    words.split_terminator('\0').map(str::to_owned).collect()
}
