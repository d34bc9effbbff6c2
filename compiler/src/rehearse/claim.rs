//! Temporary folders whose owner may be killed: the next run removes what a dead one left.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::process::geteuid;
use tempfile::TempDir;

/// How such folders' names begin.
const PREFIX: &str = "disaggc-";
/// The file in each that is locked as long as its owner lives.
const LOCK: &str = "owner.lock";

/// A new folder in `parent`, and what holds it. Folders there whose owners are dead are removed first.
///
/// # Errors
/// The operating system's, where the folder can't be made.
pub fn folder(parent: &Path) -> io::Result<(TempDir, File)> {
    sweep(parent);
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
    // Under its name only when it is locked, so that nobody takes the folder for a dead one's.
    let new = folder.path().join("owner.new");
    let lock = File::create(&new)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    fs::rename(new, folder.path().join(LOCK))?;
    Ok((folder, lock))
}

/// What can't be removed is left: whoever needs the room will see it.
fn sweep(parent: &Path) {
    let Ok(entries) = parent.read_dir() else { return };
    for entry in entries.flatten() {
        let is_own = entry.metadata().is_ok_and(|data| data.is_dir() && data.uid() == geteuid().as_raw());
        if !is_own || !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_owner_left_is_removed() {
        let parent = tempfile::tempdir().expect("a folder");
        let (left, lock) = folder(parent.path()).expect("a folder");
        let left = left.keep();
        let foreign = parent.path().join("disaggc-of-somebody");
        fs::create_dir(&foreign).expect("a folder");
        let (held, _lock) = folder(parent.path()).expect("a folder");
        assert!(left.exists(), "its owner lives");
        drop(lock);
        let (_new, _own) = folder(parent.path()).expect("a folder");
        assert!(!left.exists() && held.path().exists() && foreign.exists());
    }
}
