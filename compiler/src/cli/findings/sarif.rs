//! SARIF 2.1.0, which code scanning reads (OASIS, "Static Analysis Results Interchange Format").

use indexmap::IndexSet;
use serde_json::{Value, json};

use disaggc::check::table;
use disaggc::diagnostic::{Diagnostic, Fix, Label};
use disaggc::source::{Kind, SourceMap, Span};

use super::Finding;
use super::place::{Places, from_here};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Files that are part of disaggc, not of the person's project.
const STDLIB: &str = "STDLIB";

pub fn log(findings: &[Finding]) -> String {
    let mut places = Places::default();
    let rules: IndexSet<&str> = findings.iter().map(|finding| finding.diagnostic.code).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, &rules, &mut places)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "disaggc",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
                },
            },
            "originalUriBaseIds": { STDLIB: { "description": { "text": "what is built into disaggc" } } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("plain data serialises");
    text.push('\n');
    text
}

/// What `disaggc explain` says of it, where it does.
fn rule(code: &str) -> Value {
    let Some(rule) = table::find(code) else { return json!({ "id": code }) };
    let documentation = rule.documentation();
    json!({
        "id": code,
        "shortDescription": { "text": rule.title() },
        "help": { "text": documentation, "markdown": documentation },
        "defaultConfiguration": { "level": rule.severity.name() },
    })
}

fn result(finding: &Finding, rules: &IndexSet<&str>, places: &mut Places) -> Value {
    let Finding { diagnostic, sources } = *finding;
    let mut locations: Vec<Value> =
        diagnostic.labels.iter().map(|label| location(label, sources, places)).collect();
    let related = locations.split_off(locations.len().min(1));
    json!({
        "ruleId": diagnostic.code,
        "ruleIndex": rules.get_index_of(diagnostic.code),
        "level": diagnostic.severity.name(),
        "message": { "text": message(diagnostic) },
        "locations": locations,
        "relatedLocations": related,
        "fixes": diagnostic.fix.iter().map(|fix| self::fix(fix, sources, places)).collect::<Vec<_>>(),
    })
}

fn message(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

fn location(label: &Label, sources: &SourceMap, places: &mut Places) -> Value {
    let file = sources.get(label.span.file);
    if file.kind == Kind::Argument {
        // It is in no file.
        return json!({ "message": { "text": format!("{} {}: {}", file.name, file.text, label.text) } });
    }
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(label.span, sources),
            "region": region(label.span, sources, places),
        },
        "message": { "text": label.text },
    })
}

fn fix(fix: &Fix, sources: &SourceMap, places: &mut Places) -> Value {
    let mut change = |edit: &disaggc::diagnostic::Edit| {
        json!({
            "artifactLocation": artifact(edit.span, sources),
            "replacements": [{
                "deletedRegion": region(edit.span, sources, places),
                "insertedContent": { "text": edit.text },
            }],
        })
    };
    json!({
        "description": { "text": fix.title },
        "artifactChanges": fix.edits.iter().map(&mut change).collect::<Vec<_>>(),
    })
}

fn artifact(span: Span, sources: &SourceMap) -> Value {
    let file = sources.get(span.file);
    match file.kind {
        Kind::Stdlib => json!({ "uri": uri(&file.name), "uriBaseId": STDLIB }),
        Kind::File | Kind::Argument => json!({ "uri": uri(&from_here(&file.name)) }),
    }
}

fn region(span: Span, sources: &SourceMap, places: &mut Places) -> Value {
    let (start, end) = places.of(sources, span);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": start.byte,
        "byteLength": end.byte - start.byte,
    })
}

/// A path as a URI: relative to where disaggc was called, or `file:///…`.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let escaped: String = path.bytes().map(escape).collect();
    if escaped.starts_with('/') { format!("file://{escaped}") } else { escaped }
}
