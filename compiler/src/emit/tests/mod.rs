//! Tests of the backend: the bundle of one plan as a whole, and what any text survives.

mod bundle;
mod fixture;
mod refused;
mod reports;
mod slurm;
mod step;
mod text;
mod yaml;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::bundle::File;

/// Writes a bundle to a disk.
fn write(files: &[File], folder: &Path) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(&path, &file.content).expect("a file can be written");
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("modes can be set");
    }
}
