//! `manifest.json`.

use serde::Serialize;

use crate::bundle::{File, Manifest, digest};
use crate::source::SourceMap;

/// The manifest of `files`, which are all files but itself.
pub fn file(files: &[File], sources: &SourceMap) -> File {
    let mut manifest = Manifest {
        manifest: Manifest::VERSION,
        compiler: env!("CARGO_PKG_VERSION").to_owned(),
        sources: sources
            .iter()
            .map(|(id, file)| (sources.stable_name(id).to_owned(), digest(&file.text)))
            .collect(),
        files: files.iter().map(|file| (file.path.clone(), digest(&file.content))).collect(),
    };
    manifest.files.sort_keys();
    File { path: Manifest::NAME.to_owned(), content: json(&manifest), executable: false }
}

/// Pretty JSON with a last newline.
pub fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain data serialises");
    text.push('\n');
    text
}
