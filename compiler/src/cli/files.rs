//! The file system as the compiler's source of texts.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use disaggc::source::Files;
use disaggc::stdlib::Stdlib;
use disaggc::syntax::MAX_BYTES;
use rustix::fs::{OFlags, fcntl_setfl};

/// Files of a `--stdlib` folder; many more are a mistaken folder.
const MAX_STDLIB_FILES: usize = 2000;

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
        match main_text(Path::new(path)) {
            Ok(text) => Ok(Disk { main: (path.to_owned(), text) }),
            Err(why) => {
                let instead = super::meant::file(Path::new(path)).unwrap_or_default();
                Err(format!("{path} can't be read: {why}{instead}"))
            }
        }
    }
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        if path == self.main.0 { Ok(self.main.1.clone()) } else { read(Path::new(path)) }
    }

    fn identity(&self, path: &str) -> String {
        fs::canonicalize(path)
            .ok()
            .and_then(|path| path.into_os_string().into_string().ok())
            .unwrap_or_else(|| path.to_owned())
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
        if files.len() == MAX_STDLIB_FILES {
            let folder = folder.display();
            return Err(format!("{folder} is no stdlib: it has more than {MAX_STDLIB_FILES} files"));
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

/// The text of the main file, which may also come out of a pipe.
fn main_text(path: &Path) -> Result<String, String> {
    if kind(path)?.is_fifo() { piped(path) } else { read(path) }
}

/// The text of a file that is one: reading anything else may never end.
fn read(path: &Path) -> Result<String, String> {
    let kind = kind(path)?;
    let why = match kind {
        _ if kind.is_file() => return text(open(path)?),
        _ if kind.is_dir() => "it is a folder; name a file in it",
        _ if kind.is_fifo() => "it is a pipe; only the main file may be one",
        _ if kind.is_socket() => "it is a socket, not a file",
        _ => "it is a device, not a file",
    };
    Err(why.into())
}

/// What a pipe gives. One without a writer is refused: opening it would wait without end.
fn piped(path: &Path) -> Result<String, String> {
    let io = |error: io::Error| sentence(&error);
    let mut pipe = open(path)?;
    let mut first = [0];
    let got = match pipe.read(&mut first) {
        Ok(0) => return Err("it is a pipe, and nobody writes to it".into()),
        Ok(got) => got,
        // The writer takes its time: it is waited for, as any program does.
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => return Err(io(error)),
    };
    fcntl_setfl(&pipe, OFlags::empty()).map_err(|error| io(error.into()))?;
    text(first[..got].chain(pipe))
}

fn kind(path: &Path) -> Result<FileType, String> {
    fs::metadata(path).map(|metadata| metadata.file_type()).map_err(|error| sentence(&error))
}

/// Opens without waiting for anybody.
fn open(path: &Path) -> Result<File, String> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| sentence(&error))
}

fn text(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| sentence(&error))?;
    if bytes.len() > MAX_BYTES {
        let limit = MAX_BYTES >> 20;
        return Err(format!(
            "it has more than {limit} MiB, too much for a file of disaggc; is it the right one?"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("byte {} is not UTF-8 text; save it as UTF-8", at + 1)
    })
}

/// Writes all of the file or nothing; its permissions stay, and a link stays a link.
///
/// # Errors
/// The operating system's.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(".disaggc-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
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
    fn what_is_no_file_is_refused_unread() {
        let folder = folder(&[]);
        let path = |name: &str| folder.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), rustix::fs::Mode::RWXU).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        for read in [read, main_text] {
            assert_eq!(read(Path::new("/dev/zero")).unwrap_err(), "it is a device, not a file");
            assert_eq!(read(&path("socket")).unwrap_err(), "it is a socket, not a file");
            assert_eq!(read(folder.path()).unwrap_err(), "it is a folder; name a file in it");
        }
        assert_eq!(read(&path("pipe")).unwrap_err(), "it is a pipe; only the main file may be one");
        assert_eq!(main_text(&path("pipe")).unwrap_err(), "it is a pipe, and nobody writes to it");
    }

    #[test]
    fn a_pipe_gives_the_main_file_if_somebody_writes_to_it() {
        let folder = folder(&[]);
        let path = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        // Both ends at once: opening for reading and writing waits for nobody.
        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| main_text(&path));
            io::Write::write_all(&mut writer, &vec![b' '; MAX_BYTES + 1]).unwrap();
            assert!(reader.join().unwrap().unwrap_err().contains("more than 1 MiB"));
        });
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
