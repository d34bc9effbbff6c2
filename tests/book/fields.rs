//! Tables of the fields that a node of the language has. Which there are, and what they take, the compiler says when
//! it is given what it does not know; what they mean, a person has written in the last column.

use std::collections::BTreeSet;

use disaggc::diagnostic::Diagnostic;

use crate::support::compile;

/// A name that nothing has.
const NOBODY: &str = "zzzzzzzz";

/// The table below `<!-- fields of topology.ctx -->`.
pub fn table(node: &str, written: &[&str]) -> Result<Vec<String>, String> {
    let asked = |what: &str| ask(node, what);
    let scalars = names(&asked(&format!("{NOBODY}=1"))?);
    let children = names(&asked(&format!("{{ {NOBODY} }}"))?);
    let mut rows: Vec<(String, String, String)> = written.iter().filter_map(|line| row(line)).collect();
    let known: Vec<&String> = scalars.union(&children).collect();
    rows.retain(|(head, _, _)| known.iter().any(|known| known.as_str() == name(head)));
    for field in &known {
        if !rows.iter().any(|(head, _, _)| name(head) == field.as_str()) {
            rows.push((format!("`{field}`"), String::new(), "…".to_owned()));
        }
    }
    let mut lines =
        vec![String::new(), "| field | value | meaning |".to_owned(), "| --- | --- | --- |".to_owned()];
    for (head, _, meaning) in &rows {
        let field = name(head);
        let value = if scalars.contains(field) { value(node, field)? } else { "node".to_owned() };
        lines.push(format!("| {head} | {value} | {meaning} |"));
    }
    lines.push(String::new());
    if rows.iter().any(|(_, _, meaning)| meaning == "…") && std::env::var_os("UPDATE_BOOK").is_none() {
        return Err(format!("a field of {node} has no meaning yet:\n{}", lines.join("\n")));
    }
    Ok(lines)
}

/// Nodes inside of those that have a table, with fields that no row names, and no table of a node that has the same.
pub fn missing(pages: &[String]) -> Vec<String> {
    let comment = |line: &str| line.strip_prefix("<!-- fields of ")?.strip_suffix(" -->").map(str::to_owned);
    let tables: BTreeSet<String> = pages.iter().flat_map(|page| page.lines().filter_map(comment)).collect();
    let described: Vec<BTreeSet<String>> = tables.iter().map(|node| known(node)).collect();
    let mut missing = Vec::new();
    for page in pages {
        let mut node = None;
        for line in page.lines() {
            node = comment(line).or(node.filter(|_| line.is_empty() || line.starts_with('|')));
            let (Some(node), Some((head, _, meaning))) = (&node, row(line)) else { continue };
            let inner = format!("{node}.{}", name(&head));
            let known = known(&inner);
            if described.contains(&known) {
                continue;
            }
            let said = |field: &String| head.contains(field.as_str()) || meaning.contains(field.as_str());
            missing
                .extend(known.iter().filter(|field| !said(field)).map(|field| format!("{inner}: {field}")));
        }
    }
    missing
}

/// All fields of a node.
fn known(node: &str) -> BTreeSet<String> {
    let asked = |what: String| ask(node, &what).map(|found| names(&found)).unwrap_or_default();
    &asked(format!("{NOBODY}=1")) | &asked(format!("{{ {NOBODY} }}"))
}

/// The cells of a row with a field.
fn row(line: &str) -> Option<(String, String, String)> {
    let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.splitn(3, " | ").map(str::to_owned);
    Some((format!("`{}", cells.next()?), cells.next()?, cells.next()?))
}

/// The field's name in the first cell, behind which may stand how it is written.
fn name(head: &str) -> &str {
    let head = head.trim_start_matches('`');
    &head[..head.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').unwrap_or(head.len())]
}

/// What is found where `what` stands behind a node, or in its block.
fn ask(node: &str, what: &str) -> Result<Vec<Diagnostic>, String> {
    let mut text = String::new();
    let path: Vec<&str> = node.split('.').collect();
    for (depth, name) in path.iter().enumerate() {
        let argument = match *name {
            "topology" | "cluster" | "model" | "container" | "mount" | "task" | "credentials"
            | "partition" | "node-kind" | "allow" => " \"t\"",
            "profile" => " \"nsys\"",
            "harness" => " \"pytest\"",
            "on" => " \"failure\"",
            _ => "",
        };
        text += &format!("{name}{argument} ");
        text += if depth + 1 == path.len() { what } else { "{\n" };
    }
    text += &"\n}".repeat(path.len() - 1);
    // A cluster is only read where a topology takes it.
    if path[0] == "cluster" {
        text += "\ntopology \"t\" { cluster \"t\" }";
    }
    let found: Vec<Diagnostic> = compile(&text).diagnostics.iter().cloned().collect();
    match found.iter().find(|d| d.code.starts_with("syntax/")) {
        Some(broken) => Err(format!("{text}: {}", broken.message)),
        None => Ok(found),
    }
}

/// The names in the help text about [`NOBODY`].
fn names(found: &[Diagnostic]) -> BTreeSet<String> {
    let unknown =
        found.iter().find(|d| d.code.starts_with("language/unknown-") && d.message.contains(NOBODY));
    let help = unknown.and_then(|unknown| unknown.help.as_deref()).unwrap_or_default();
    quoted(help).into_iter().map(str::to_owned).collect()
}

fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// What a field takes.
fn value(node: &str, field: &str) -> Result<String, String> {
    let said = |value: &str| ask(node, &format!("{field}={value}"));
    let of = |found: &[Diagnostic], code: &str| found.iter().find(|d| d.code == code).cloned();
    let Some(kind) = of(&said("#null")?, "language/type") else { return Ok("any value".to_owned()) };
    let kind = kind.message.replace(&format!("`{field}` is "), "").replace("a whole", "whole");
    Ok(match kind.as_str() {
        "text is needed here" => match of(&said(&format!("\"{NOBODY}\""))?, "language/unknown-value") {
            Some(choice) => {
                let choices = quoted(choice.help.as_deref().unwrap_or_default());
                choices.iter().map(|choice| format!("`\"{choice}\"`")).collect::<Vec<_>>().join(", ")
            }
            None => "text".to_owned(),
        },
        "whole number" => match of(&said("-1")?, "language/range") {
            Some(range) => {
                let (_, range) = range.message.split_once("from ").ok_or("no range")?;
                let (low, high) = range.split_once(" to ").ok_or("no range")?;
                format!("whole number, {} to {}", thousands(low), thousands(high))
            }
            None => kind,
        },
        _ => kind,
    })
}

fn thousands(number: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && (number.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
