//! Writes a bundle to the disk: all of it or nothing, and over nothing that isn't an earlier bundle.
//!
//! The files are written into a hidden folder beside the target, which then takes its name. Until
//! that moment nothing that was there is touched, and an earlier bundle is moved back if the
//! exchange fails.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use disaggc::bundle::File;
use tempfile::TempDir;
use thiserror::Error;

use super::files::sentence;
use super::manifest;

#[derive(Debug, Error)]
pub enum Error {
    #[error("{} {why}", path.display())]
    Target { path: PathBuf, why: String },
    #[error("{} is no bundle of disaggc ({why}), so it is left as it is", path.display())]
    Foreign { path: PathBuf, why: String },
    #[error("{} holds what disaggc did not write:\n{}Move it away, or write elsewhere with `-o DIR`.", path.display(), listed(others))]
    Others { path: PathBuf, others: Vec<String> },
    #[error("{}", edited(path, changes))]
    Edited { path: PathBuf, changes: Vec<String> },
    #[error("{} can't be written: {}", path.display(), sentence(error))]
    Io { path: PathBuf, error: io::Error },
    #[error(
        "{} could not be exchanged, and the bundle that was there could not be moved back: it is in {}",
        path.display(), kept.display()
    )]
    Stranded { path: PathBuf, kept: PathBuf },
    #[error("interrupted; nothing was written")]
    Interrupted,
}

fn edited(path: &Path, changes: &[String]) -> String {
    format!(
        "{} was changed since disaggc wrote it:\n{}Write elsewhere with `-o DIR`; `--force` replaces the \
         folder, and these changes are lost.",
        path.display(),
        listed(changes),
    )
}

fn listed(entries: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut text: String = entries.iter().take(SHOWN).map(|entry| format!("    {entry}\n")).collect();
    if entries.len() > SHOWN {
        text.push_str(&format!("    and {} more\n", entries.len() - SHOWN));
    }
    text
}

/// What is at the target's place.
#[derive(Debug)]
enum Present {
    Nothing,
    EmptyFolder,
    Bundle,
}

/// Writes `files` as the folder `target`. A bundle that was changed is replaced only by `force`, one with
/// other things in it never.
/// Once `stop` is set nothing more is begun. Returns where the earlier bundle is left if it can't be
/// removed.
///
/// # Errors
/// Then what was at `target` is still there.
pub fn write(
    target: &Path,
    files: &[File],
    force: bool,
    stop: &AtomicBool,
) -> Result<Option<PathBuf>, Error> {
    let target = &real(target)?;
    let present = inspect(target, force)?;
    let parent = target.parent().expect("`real` gives a path with a name");
    let fresh = beside(parent, target)?;
    fill(fresh.path(), files, stop)?;
    if stop.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    exchange(fresh, target, &present)
}

/// The target as an absolute path without links, as far as it exists.
fn real(target: &Path) -> Result<PathBuf, Error> {
    let refuse = |why: &str| Error::Target { path: target.to_owned(), why: why.to_owned() };
    let unusable = |error| Error::Io { path: target.to_owned(), error };
    let real = match target.symlink_metadata() {
        Ok(_) => match target.canonicalize() {
            Ok(real) => real,
            Err(error) if target.is_symlink() && error.kind() == io::ErrorKind::NotFound => {
                return Err(refuse("is a link to nothing; remove it or name another folder"));
            }
            Err(error) => return Err(unusable(error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (Some(name), Some(parent)) = (target.file_name(), target.parent()) else {
                return Err(refuse("is no name of a folder"));
            };
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            match parent.canonicalize() {
                Ok(parent) => parent.join(name),
                Err(_) => {
                    let why = format!("can't be made: there is no folder {}", parent.display());
                    return Err(refuse(&why));
                }
            }
        }
        Err(error) => return Err(unusable(error)),
    };
    if real.parent().is_none() {
        return Err(refuse("is the root of the file system"));
    }
    // Its name would go to another folder, and every shell in it would stay in the removed one.
    if std::env::current_dir().is_ok_and(|here| here.starts_with(&real)) {
        return Err(refuse("holds the folder that you are in; go out of it, or name a new folder"));
    }
    Ok(real)
}

fn inspect(target: &Path, force: bool) -> Result<Present, Error> {
    let unusable = |error| Error::Io { path: target.to_owned(), error };
    match target.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Present::Nothing),
        Err(error) => return Err(unusable(error)),
        Ok(metadata) if !metadata.is_dir() => {
            let why = "is a file; a bundle is a folder, so name another".to_owned();
            return Err(Error::Target { path: target.to_owned(), why });
        }
        Ok(_) => {}
    }
    if fs::read_dir(target).map_err(unusable)?.next().is_none() {
        return Ok(Present::EmptyFolder);
    }
    let manifest = manifest::read(target).map_err(|why| Error::Foreign { path: target.to_owned(), why })?;
    // A run folder, say, whose results nobody wants to lose with an edited script.
    let others = manifest::strangers(&manifest, target).map_err(unusable)?;
    if !others.is_empty() {
        return Err(Error::Others { path: target.to_owned(), others });
    }
    let changes = manifest::changes(&manifest, target);
    if !force && !changes.is_empty() {
        return Err(Error::Edited { path: target.to_owned(), changes });
    }
    Ok(Present::Bundle)
}

/// A hidden folder in `parent`, so that taking the target's name is one rename. It goes away when
/// it is dropped.
fn beside(parent: &Path, target: &Path) -> Result<TempDir, Error> {
    tempfile::Builder::new()
        .prefix(".disaggc-")
        .permissions(Permissions::from_mode(0o777)) // less the umask
        .tempdir_in(parent)
        .map_err(|error| Error::Io { path: target.to_owned(), error })
}

/// Writes the files into an existing folder.
///
/// # Errors
/// Some of the files may be there then.
pub fn fill(folder: &Path, files: &[File], stop: &AtomicBool) -> Result<(), Error> {
    for file in files {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let path = Path::new(&file.path);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || file.path.is_empty() {
            let why = "would be outside of the bundle".to_owned();
            return Err(Error::Target { path: path.to_owned(), why });
        }
        put(&folder.join(path), file).map_err(|error| Error::Io { path: path.to_owned(), error })?;
    }
    Ok(())
}

fn put(path: &Path, file: &File) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mode = if file.executable { 0o777 } else { 0o666 }; // less the umask
    let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    out.write_all(file.content.as_bytes())
}

/// Gives `fresh` the name `target`.
fn exchange(fresh: TempDir, target: &Path, present: &Present) -> Result<Option<PathBuf>, Error> {
    let failed = |error| Error::Io { path: target.to_owned(), error };
    if let Ok(metadata) = target.symlink_metadata() {
        fs::set_permissions(fresh.path(), metadata.permissions()).map_err(failed)?;
    }
    let aside = match present {
        // An empty folder is replaced by the rename itself; one that was filled meanwhile is not.
        Present::Nothing | Present::EmptyFolder => None,
        Present::Bundle => {
            let aside = beside(target.parent().expect("the target has a name"), target)?;
            fs::rename(target, aside.path().join("earlier")).map_err(failed)?;
            Some(aside)
        }
    };
    if let Err(error) = fs::rename(fresh.path(), target) {
        if let Some(aside) = aside
            && fs::rename(aside.path().join("earlier"), target).is_err()
        {
            return Err(Error::Stranded { path: target.to_owned(), kept: aside.keep().join("earlier") });
        }
        return Err(failed(error));
    }
    // It has its name now: there is nothing left to remove.
    let _ = fresh.keep();
    let Some(aside) = aside else { return Ok(None) };
    let place = aside.path().to_owned();
    Ok(aside.close().is_err().then_some(place))
}

#[cfg(test)]
#[path = "bundle_folder_tests.rs"]
mod tests;
