//! The book's page of all rules, as their documentation makes it.

use std::fmt::Write;

use disaggc::check::rule::Rule;
use disaggc::check::table;
use disaggc::diagnostic::Severity;

const INTRODUCTION: &str = "\
<!-- Written by tests/rules.rs from the rules' own documentation. Change that, then: UPDATE_BOOK=1 cargo test --test rules -->

# Rules

What disaggc finds wrong, by the code that each finding shows in brackets. An error keeps a bundle from being written; a
warning does not. A line of carets in an example marks what the finding points at.

";

pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page += "| code | severity | what is wrong |\n| --- | --- | --- |\n";
    for rule in groups().iter().flat_map(|(_, rules)| rules) {
        // As the book, and others that show Markdown, make it of the heading.
        let anchor = rule.code.replace('/', "");
        let title = rule.title().replace('|', "\\|");
        writeln!(page, "| [{}](#{anchor}) | {} | {title} |", rule.code, severity(rule)).expect("a string");
    }
    for (group, rules) in groups() {
        write!(page, "\n## {group}\n").expect("a string");
        for rule in rules {
            let documentation = rule.documentation();
            let (_, body) = documentation.split_once('\n').expect("more than a title");
            let (code, title, severity) = (rule.code, rule.title(), severity(rule));
            write!(page, "\n### {code}\n\n**{title}** ({severity})\n{body}").expect("a string");
        }
    }
    page
}

fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Each group once, with its rules in the order of the table.
fn groups() -> Vec<(&'static str, Vec<&'static Rule>)> {
    let mut groups: Vec<(&str, Vec<&Rule>)> = Vec::new();
    for rule in table::all() {
        let (group, _) = rule.code.split_once('/').expect("group/name");
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, rules)) => rules.push(rule),
            None => groups.push((group, vec![rule])),
        }
    }
    groups
}
