//! `config/`: the engine's own files, as YAML that PyYAML (YAML 1.1) reads back to the same values.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_saphyr::DoubleQuoted;

use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::plan::word::{Part, Runtime, Word};
use crate::plan::{Config, Data};

/// The file as it is read, or as a format of bash's printf where the job fills something in.
pub fn file(config: &Config) -> Result<File, Diagnostic> {
    let path = format!("config/{}.yaml", config.name);
    let (path, content) = if config.data.waits_for_job() {
        (format!("{path}.printf"), format(&config.data)?)
    } else {
        (path, write(&config.data)?)
    };
    Ok(File { path, content, executable: false })
}

/// The parts that the job fills in, in the order of the format's `%s`.
pub fn runtime_parts(data: &Data) -> Vec<Runtime> {
    match data {
        Data::String(word) => word
            .parts()
            .iter()
            .filter_map(|part| match part {
                Part::Text(_) => None,
                Part::Runtime { runtime } => Some(*runtime),
            })
            .collect(),
        Data::List(items) => items.iter().flat_map(runtime_parts).collect(),
        Data::Map(map) => map.values().flat_map(runtime_parts).collect(),
        _ => Vec::new(),
    }
}

fn format(data: &Data) -> Result<String, Diagnostic> {
    let mut marker = "RUNTIME".to_owned();
    let plain = serde_json::to_string(data).expect("plain data serialises");
    while plain.contains(&marker) {
        marker.push('X');
    }
    let text = write(&Marked { data, marker: &marker })?;
    Ok(text.replace('\\', r"\\").replace('%', "%%").replace(&marker, "%s"))
}

fn write(value: &impl Serialize) -> Result<String, Diagnostic> {
    // Block scalars are prettier, but their line breaks are read differently by different readers.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(value, options).map_err(|error| {
        Diagnostic::error("emit/yaml", format!("a configuration can't be written as YAML: {error}"))
            .help("look for a number or a key that YAML has no form for")
    })
}

/// Data whose runtime parts are a marker. Words with such parts are quoted, so that no host's name
/// is read as a number.
struct Marked<'a> {
    data: &'a Data,
    marker: &'a str,
}

impl Marked<'_> {
    fn text(&self, word: &Word) -> String {
        let parts = word.parts().iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Runtime { .. } => self.marker,
        });
        parts.collect()
    }
}

impl Serialize for Marked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inside = |data| Marked { data, marker: self.marker };
        match self.data {
            Data::String(word) if word.as_text().is_none() => {
                DoubleQuoted(self.text(word)).serialize(serializer)
            }
            Data::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&inside(item))?;
                }
                list.end()
            }
            Data::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, &inside(value))?;
                }
                map.end()
            }
            plain => plain.serialize(serializer),
        }
    }
}
