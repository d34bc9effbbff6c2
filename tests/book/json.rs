//! The pages of plan.json and result.json, as their schemas have them.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Map, Value};

use crate::support;

pub fn plan() -> String {
    page(
        "plan.json",
        "plan.json",
        "What was decided: who sits on which node, GPU and port, what each step runs, and where each value comes from. \
         `disaggc plan --format json` prints the same.",
    )
}

pub fn result() -> String {
    page(
        "result.json",
        "result.json",
        "What came of a job, in its run folder. `disaggc status --format json` prints the same while it runs, with each \
         step's `state` and `last_line`.",
    )
}

fn page(file: &str, title: &str, about: &str) -> String {
    let path = support::top().join("book/src/schema").join(file);
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("readable")).expect("JSON");
    let mut page = format!(
        "<!-- Written by tests/book.rs from book/src/schema/{file}. UPDATE_BOOK=1 cargo test --test book -->\n\n\
         # {title}\n\n{about} For programs there is [its JSON Schema](../schema/{file}); `schema` counts up when a field \
         changes its meaning or goes away.\n"
    );
    // In the order in which one comes upon them, from the top.
    let (mut queue, mut seen) = (VecDeque::from([None]), Vec::new());
    while let Some(name) = queue.pop_front() {
        if seen.contains(&name) {
            continue;
        }
        let described = match &name {
            None => &schema,
            Some(name) => &schema["$defs"][name],
        };
        if let Some(name) = &name {
            write!(page, "\n## {name}\n").expect("to a string");
        }
        if let Some(about) = described["description"].as_str() {
            write!(page, "\n{about}\n").expect("to a string");
        }
        match described["properties"].as_object() {
            Some(properties) => table(&mut page, properties, &mut queue),
            None => variants(&mut page, described, &mut queue),
        }
        seen.push(name);
    }
    page
}

fn table(page: &mut String, properties: &Map<String, Value>, queue: &mut VecDeque<Option<String>>) {
    page.push_str("\n| field | value | meaning |\n| --- | --- | --- |\n");
    for (name, field) in properties {
        let about = cell(field["description"].as_str().unwrap_or_default());
        writeln!(page, "| `{name}` | {} | {about} |", kind(field, queue)).expect("to a string");
    }
}

/// What may stand there is one of several forms.
fn variants(page: &mut String, described: &Value, queue: &mut VecDeque<Option<String>>) {
    let Some(forms) = described["oneOf"].as_array().or_else(|| described["anyOf"].as_array()) else {
        write!(page, "\n{}\n", kind(described, queue)).expect("to a string");
        return;
    };
    page.push_str("\n| form | meaning |\n| --- | --- |\n");
    for form in forms {
        let about = cell(form["description"].as_str().unwrap_or_default());
        let shown = match form["properties"].as_object() {
            Some(properties) => {
                let fields =
                    properties.iter().map(|(name, field)| format!("`{name}`: {}", kind(field, queue)));
                fields.collect::<Vec<_>>().join("; ")
            }
            None => kind(form, queue),
        };
        writeln!(page, "| {shown} | {about} |").expect("to a string");
    }
}

fn plural(kind: String) -> String {
    if kind.ends_with("number") || kind.ends_with("text") { kind + "s" } else { kind }
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a value is. Definitions with fields of their own are queued; short ones are said where they are used.
fn kind(field: &Value, queue: &mut VecDeque<Option<String>>) -> String {
    if let Some(name) = field["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        queue.push_back(Some(name.to_owned()));
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(constant) = field.get("const") {
        return format!("`{constant}`");
    }
    for forms in ["anyOf", "oneOf", "enum"] {
        if let Some(forms) = field[forms].as_array() {
            let shown = forms.iter().map(|form| match form {
                Value::Object(_) => kind(form, queue),
                plain => format!("`{plain}`"),
            });
            return shown.collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(properties) = field["properties"].as_object() {
        let fields = properties.iter().map(|(name, field)| format!("`{name}`: {}", kind(field, queue)));
        return fields.collect::<Vec<_>>().join("; ");
    }
    let name = |kind: &str| match kind {
        "array" => "list".to_owned(),
        "object" => "map".to_owned(),
        "integer" => "whole number".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "null" => "`null`".to_owned(),
        other => other.to_owned(),
    };
    let of = |queue: &mut VecDeque<Option<String>>| match (&field["items"], &field["additionalProperties"]) {
        (items @ Value::Object(_), _) => format!(" of {}", plural(kind(items, queue))),
        (_, values @ Value::Object(_)) => format!(" of {}", plural(kind(values, queue))),
        _ => String::new(),
    };
    match &field["type"] {
        Value::String(kind) => name(kind) + &of(queue),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).map(name).collect::<Vec<_>>().join(" or ");
            kinds + &of(queue)
        }
        _ => "any value".to_owned(),
    }
}
