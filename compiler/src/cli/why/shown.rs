//! A value as a person would write it.

use disaggc::plan::Data;
use disaggc::plan::word::{Part, Word};

pub fn value(data: &Data) -> String {
    match data {
        Data::Null => "#null".to_owned(),
        Data::Bool(truth) => format!("#{truth}"),
        Data::Integer(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) => word(text),
        Data::List(items) if items.is_empty() => "(an empty list)".to_owned(),
        Data::List(items) => items.iter().map(value).collect::<Vec<_>>().join(" "),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, data)| format!("{key} {}", value(data)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join("; "))
        }
    }
}

/// In braces what only the job knows.
fn word(word: &Word) -> String {
    let mut text = String::new();
    for part in word.parts() {
        match part {
            Part::Text(known) => text.push_str(known),
            Part::Runtime { runtime } => {
                let name = serde_json::to_value(runtime).unwrap_or_default();
                let name = match &name {
                    serde_json::Value::String(name) => name.clone(),
                    // `{"node": 2}`.
                    other => other.to_string().replace(['{', '}', '"'], "").replace(':', " "),
                };
                text.push_str(&format!("{{{name}}}"));
            }
        }
    }
    format!("{text:?}")
}
