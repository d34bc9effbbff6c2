//! The file system as the compiler's source of texts.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use disaggc::source::Files;
use disaggc::stdlib::Stdlib;

/// A topology has some kilobytes. Far more is a mistaken file, which would only be parsed for long.
const LIMIT: u64 = 1 << 20;

/// Files by their paths, the main file already read.
#[derive(Debug)]
pub struct Disk {
    /// Read once: it may be a pipe (`disaggc check <(generate)`).
    main: (String, String),
}

impl Disk {
    /// # Errors
    /// A sentence for a person about why the main file can't be read.
    pub fn with_main(path: &str) -> Result<Self, String> {
        match read(Path::new(path)) {
            Ok(text) => Ok(Disk { main: (path.to_owned(), text) }),
            Err(why) => Err(format!("{path} can't be read: {why}")),
        }
    }
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        if path == self.main.0 { Ok(self.main.1.clone()) } else { read(Path::new(path)) }
    }
}

/// The stdlib in `folder`, with paths relative to it.
///
/// # Errors
/// A sentence for a person about what can't be read.
pub fn stdlib(folder: &Path) -> Result<Stdlib, String> {
    let fail = |path: &Path, why: String| format!("the stdlib {} can't be read: {why}", path.display());
    fs::read_dir(folder).map_err(|error| fail(folder, sentence(&error)))?;
    if !["cluster", "engine"].iter().any(|below| folder.join(below).is_dir()) {
        return Err(format!("{} is no stdlib: it has no folder cluster and no engine", folder.display()));
    }
    let mut files = Vec::new();
    for path in below(folder).map_err(|(place, error)| fail(&place, sentence(&error)))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".pyc") {
            continue;
        }
        let text = read(&path).map_err(|why| fail(&path, why))?;
        let below = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
        files.push((below.into_owned(), text));
    }
    Ok(Stdlib::from_files(files))
}

/// All files below `folder`, but for hidden ones and what Python leaves.
///
/// # Errors
/// The place that can't be read.
pub fn below(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let fail = |error| (current.clone(), error);
        for entry in fs::read_dir(&current).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name == "__pycache__" {
                continue;
            }
            // A link to a folder is not followed: it may lead in a circle.
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, String> {
    let io = |error: io::Error| sentence(&error);
    let file = File::open(path).map_err(io)?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err("it is a folder; name a file in it".into());
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > LIMIT {
        return Err("it has more than 1 MiB, too much for a file of disaggc; is it the right one?".into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("byte {} is not UTF-8 text; save it as UTF-8", at + 1)
    })
}

/// An operating system's error as a part of a sentence.
pub fn sentence(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".into(),
        ErrorKind::PermissionDenied => "you have no permission".into(),
        ErrorKind::IsADirectory => "it is a folder".into(),
        ErrorKind::NotADirectory => "a part of the path is a file, not a folder".into(),
        ErrorKind::StorageFull => "the disk is full".into(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        ErrorKind::InvalidInput => "the path can't be one (it holds a NUL byte)".into(),
        _ => {
            // `Too many levels of symbolic links (os error 40)`: the number helps nobody.
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn says_why_a_file_cannot_be_read() {
        let folder = folder(&[("latin1.kdl", b"env { A \"caf\xe9\" }"), ("big.kdl", &vec![b' '; 1 << 21])]);
        std::os::unix::fs::symlink("loop.kdl", folder.path().join("loop.kdl")).unwrap();
        let why = |name: &str| read(&folder.path().join(name)).unwrap_err();
        assert_eq!(why("missing.kdl"), "there is no such file");
        assert_eq!(why("."), "it is a folder; name a file in it");
        assert_eq!(why("latin1.kdl/x.kdl"), "a part of the path is a file, not a folder");
        assert_eq!(why("latin1.kdl"), "byte 13 is not UTF-8 text; save it as UTF-8");
        assert_eq!(
            why("big.kdl"),
            "it has more than 1 MiB, too much for a file of disaggc; is it the right one?"
        );
        assert_eq!(why("loop.kdl"), "too many levels of symbolic links");
        assert_eq!(why("a\0b"), "the path can't be one (it holds a NUL byte)");
    }

    #[test]
    fn an_endless_file_is_refused() {
        assert!(read(Path::new("/dev/zero")).unwrap_err().contains("more than 1 MiB"));
    }

    #[test]
    fn the_main_file_is_read_once() {
        let folder = folder(&[("topo.kdl", b"first")]);
        let path = folder.path().join("topo.kdl").to_str().unwrap().to_owned();
        let disk = Disk::with_main(&path).unwrap();
        fs::write(&path, "second").unwrap();
        assert_eq!(disk.read(&path).unwrap(), "first");
    }

    #[test]
    fn a_stdlib_folder_is_read_without_what_tools_leave() {
        let folder = folder(&[
            ("cluster/mine.kdl", b"cluster \"mine\""),
            ("engine/e/run.py", b"pass"),
            ("engine/e/__pycache__/run.pyc", b"\xff"),
            (".git/config", b"\xff"),
        ]);
        std::os::unix::fs::symlink(".", folder.path().join("cluster/circle")).unwrap();
        let stdlib = stdlib(folder.path()).unwrap();
        assert_eq!(stdlib.modules(), ["cluster/mine"]);
        assert_eq!(stdlib.folder("engine"), [("e/run.py", "pass")]);
    }

    #[test]
    fn any_other_folder_is_no_stdlib() {
        let folder = folder(&[("README.md", b""), ("topo.kdl", b"")]);
        assert!(stdlib(folder.path()).unwrap_err().contains("is no stdlib"));
        assert!(stdlib(&folder.path().join("gone")).unwrap_err().contains("there is no such file"));
    }
}
