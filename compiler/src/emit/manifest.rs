//! `manifest.json`: what the bundle is made of and what it was made from.

use indexmap::IndexMap;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::bundle::File;
use crate::source::SourceMap;

/// The version of this structure.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Manifest<'a> {
    schema: u32,
    compiler: &'a str,
    sources: IndexMap<String, String>,
    files: IndexMap<&'a str, String>,
}

/// The manifest of `files`, which are all files but itself.
pub fn file(files: &[File], sources: &SourceMap) -> File {
    let mut digests: IndexMap<&str, String> =
        files.iter().map(|file| (file.path.as_str(), digest(&file.content))).collect();
    digests.sort_keys();
    let manifest = Manifest {
        schema: SCHEMA,
        compiler: env!("CARGO_PKG_VERSION"),
        sources: source_digests(sources),
        files: digests,
    };
    File { path: "manifest.json".to_owned(), content: json(&manifest), executable: false }
}

/// Pretty JSON with a last newline.
pub fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain data serialises");
    text.push('\n');
    text
}

/// In the order in which they were read, by names that are the same on every machine: the main file
/// and its neighbours relative to the main file's folder.
fn source_digests(sources: &SourceMap) -> IndexMap<String, String> {
    let main = sources.iter().next().map_or("", |(_, file)| file.name.as_str());
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let portable = |name: &str| match name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) {
        Some(relative) if !folder.is_empty() => relative.to_owned(),
        // A file elsewhere on the machine that compiles is known by its own name.
        _ if name.starts_with('/') => name.rsplit('/').next().unwrap_or(name).to_owned(),
        _ => name.to_owned(),
    };
    sources.iter().map(|(_, file)| (portable(&file.name), digest(&file.text))).collect()
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
