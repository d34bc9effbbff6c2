//! How an earlier bundle is told from any other folder, and whether somebody changed it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use disaggc::bundle::{Manifest, digest};

/// The manifest of the bundle in `folder`.
///
/// # Errors
/// Why the folder is not taken for a bundle.
pub fn read(folder: &Path) -> Result<Manifest, String> {
    const NAME: &str = Manifest::NAME;
    let path = folder.join(NAME);
    if !path.symlink_metadata().is_ok_and(|m| m.is_file()) {
        return Err(format!("it has no {NAME}"));
    }
    let text = fs::read_to_string(&path).map_err(|_| format!("its {NAME} can't be read"))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|_| format!("its {NAME} is not one of disaggc"))?;
    if manifest.manifest != Manifest::VERSION {
        return Err(format!("its {NAME} was written by another version of disaggc"));
    }
    Ok(manifest)
}

/// What differs in `folder` from what was written: `job.sbatch (changed)`, ordered by path.
pub fn changes(manifest: &Manifest, folder: &Path) -> Vec<String> {
    let mut changes: Vec<String> = manifest
        .files
        .iter()
        .filter_map(|(path, digest)| Some(format!("{path} ({})", change(&folder.join(path), digest)?)))
        .collect();
    changes.sort();
    changes
}

/// Files and folders that the manifest doesn't have. What is in such a folder is not listed.
///
/// # Errors
/// A folder that can't be listed.
pub fn strangers(manifest: &Manifest, folder: &Path) -> io::Result<Vec<String>> {
    let mut strangers = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            let is_folder = entry.file_type()?.is_dir();
            if is_folder && manifest.files.keys().any(|file| Path::new(file).starts_with(&path)) {
                open.push(path);
            } else if is_folder {
                strangers.push(format!("{}/", path.display()));
            } else if path != Path::new(Manifest::NAME)
                && !manifest.files.keys().any(|file| Path::new(file) == path)
            {
                strangers.push(path.display().to_string());
            }
        }
    }
    strangers.sort();
    Ok(strangers)
}

fn change(path: &Path, written: &str) -> Option<&'static str> {
    match path.symlink_metadata() {
        Err(_) => Some("missing"),
        Ok(metadata) if !metadata.is_file() => Some("changed"),
        Ok(_) => match fs::read(path) {
            Ok(content) if digest(&content) == written => None,
            _ => Some("changed"),
        },
    }
}
