//! Workflow commands, from which GitHub makes annotations (docs.github.com, "Workflow commands").

use disaggc::source::Kind;

use super::Finding;
use super::place::{Places, from_here};

pub fn commands(findings: &[Finding]) -> String {
    let mut places = Places::default();
    findings.iter().map(|finding| command(finding, &mut places)).collect()
}

fn command(finding: &Finding, places: &mut Places) -> String {
    let Finding { diagnostic, sources } = finding;
    let mut properties = Vec::new();
    let mut text = vec![diagnostic.message.clone()];
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let file = sources.get(label.span.file);
        let (start, end) = places.of(sources, label.span);
        if index == 0 && file.kind == Kind::File {
            properties.push(format!("file={}", property(&from_here(&file.name))));
            properties.push(format!("line={},endLine={}", start.line, end.line));
            // GitHub takes columns only where they are on one line.
            if start.line == end.line {
                properties.push(format!("col={},endColumn={}", start.column, end.column));
            }
        }
        // An annotation has one place; the others are named.
        let place = match index {
            0 if file.kind == Kind::File => String::new(),
            _ => format!("{}:{}:{}: ", from_here(&file.name), start.line, start.column),
        };
        if !label.text.is_empty() {
            text.push(format!("{place}{}", label.text));
        }
    }
    text.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    properties.push(format!("title={}", property(diagnostic.code)));
    format!("::{} {}::{}\n", diagnostic.severity.name(), properties.join(","), data(&text.join("\n")))
}

/// What ends a line would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
