//! `disaggc explain`: what a code means. The book's page of rules has the same text.

use std::fmt::Write as _;

use disaggc::check::rule::Rule;
use disaggc::check::table;
use disaggc::diagnostic::nearest;

use super::Failure;
use super::terminal::print;

pub fn run(code: Option<&str>) -> Result<(), Failure> {
    let text = match code {
        None => list(),
        Some(code) => match table::find(code) {
            Some(rule) => page(rule),
            None => return Err(Failure::Usage(unknown(code))),
        },
    };
    Ok(print(&text)?)
}

fn page(rule: &Rule) -> String {
    let documentation = rule.documentation();
    let text = documentation.trim_start_matches(['#', ' ']);
    format!("{} ({}, since {}): {text}", rule.code, rule.severity.name(), rule.since)
}

fn list() -> String {
    let width = table::all().map(|rule| rule.code.len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut group = "";
    for rule in table::all() {
        let name = rule.code.split('/').next().unwrap_or_default();
        if name != group && !text.is_empty() {
            text.push('\n');
        }
        group = name;
        let _ = writeln!(text, "{:width$}  {:7}  {}", rule.code, rule.severity.name(), rule.title());
    }
    text
}

fn unknown(code: &str) -> String {
    match nearest(code, table::all().map(|rule| rule.code)) {
        Some(near) => format!("there is no code \"{code}\"; did you mean \"{near}\"?"),
        None => format!("there is no code \"{code}\"; `disaggc explain` lists all codes"),
    }
}
