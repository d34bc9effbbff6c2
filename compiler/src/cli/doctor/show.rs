//! The table for people, and JSON for programs.

use serde_json::json;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::{Ability, Check, Possible, Purpose, State};
use crate::cli::snippet::printable;
use crate::cli::terminal;

/// Lines that are not for a terminal are as long as such a one's.
const WIDTH: usize = 100;

pub fn table(abilities: &[Ability]) -> String {
    let width = terminal::size().map_or(WIDTH, |(columns, _)| columns.clamp(40, 120));
    let names = abilities.iter().flat_map(|ability| &ability.checks).map(|check| check.name.chars().count());
    let names = names.max().unwrap_or_default();
    abilities.iter().map(|ability| section(ability, names, width)).collect::<Vec<_>>().join("\n")
}

fn section(ability: &Ability, names: usize, width: usize) -> String {
    let mut text = format!(
        "{}: {}\n",
        match ability.purpose {
            Purpose::Build => "build",
            Purpose::Rehearse => "rehearse",
            Purpose::Submit => "submit",
        },
        match ability.possible() {
            Possible::Yes => "yes",
            Possible::InPart => "in part; some topologies need what is absent",
            Possible::No => "no",
        }
    );
    for check in &ability.checks {
        text.push_str(&row(check, names, width));
    }
    if let Some(command) = &ability.install {
        text.push_str(&format!("  On Debian, install what is missing with\n    {command}\n"));
    }
    text
}

fn row(check: &Check, names: usize, width: usize) -> String {
    let state = match check.state {
        State::Ok => "ok",
        State::Absent => "absent",
        State::Missing => "missing",
    };
    let head = format!("  {state:7}  {:names$}  ", check.name);
    let indent = " ".repeat(head.chars().count());
    let wrapped = |text: &str, first: &str| {
        let options =
            Options::new(width.max(indent.len() + 20)).initial_indent(first).subsequent_indent(&indent);
        let text = printable(text);
        // Paths and commands are copied from here: they are broken at blanks only.
        let options = options
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        let lines = textwrap::wrap(&text, options);
        lines.iter().map(|line| format!("{line}\n")).collect::<String>()
    };
    let mut text = wrapped(&check.found, &head);
    if let Some(help) = &check.help {
        text.push_str(&wrapped(&format!("help: {help}"), &indent));
    }
    text
}

pub fn json(abilities: &[Ability]) -> serde_json::Result<String> {
    let abilities: Vec<_> = abilities
        .iter()
        .map(|ability| {
            json!({
                "for": ability.purpose,
                "possible": ability.possible(),
                "checks": ability.checks,
                "install": ability.install,
            })
        })
        .collect();
    let all = json!({ "disaggc": env!("CARGO_PKG_VERSION"), "abilities": abilities });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}
