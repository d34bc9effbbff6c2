//! Software from PyPI: each list of requirements in a virtual environment of its own, which is set up
//! once and kept.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::cluster::{contained, tail};
use super::{Error, Rehearsal, interrupt, say};

/// Debian's, as on the nodes.
pub const PYTHON: &str = "/usr/bin/python3";

/// An environment without this file is half-made.
const COMPLETE: &str = "complete";

/// Variables that would bring in other modules, or install elsewhere. All others of pip hold, for
/// mirrors and proxies.
const UNWANTED: [&str; 6] = ["PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER"];

/// Software to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirements {
    /// A name for messages and folders: `engine-NAME`.
    pub name: String,
    /// A requirements file with all packages that are needed, each pinned.
    pub text: String,
    /// Whether its programs, Python among them, come before the system's on the nodes' PATH.
    pub leads: bool,
}

/// Installed software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The virtual environment; programs are in its `bin`.
    pub folder: Utf8PathBuf,
    pub leads: bool,
}

/// The environments of all requirements. Those that are not there yet are made, which takes minutes.
pub fn set_up(rehearsal: &Rehearsal, out: &mut dyn Write) -> Result<Vec<Environment>, Error> {
    let make = |requirements: &Requirements| {
        let cache = rehearsal.cache.ok_or_else(|| {
            Error::Missing(format!(
                "there is no folder to keep the Python software of {} in: HOME is not set\nhelp: name one with `--cache DIR`",
                requirements.name
            ))
        })?;
        let folder = environment(requirements, cache, out)?;
        Ok(Environment { folder, leads: requirements.leads })
    };
    rehearsal.python.iter().map(make).collect()
}

/// Whether the software is installed already.
pub fn is_set_up(requirements: &Requirements, cache: &Utf8Path) -> bool {
    key(requirements)
        .is_ok_and(|key| folder(requirements, &key, &cache.join("python")).join(COMPLETE).exists())
}

fn folder(requirements: &Requirements, key: &str, parent: &Utf8Path) -> Utf8PathBuf {
    parent.join(format!("{}-{key}", requirements.name))
}

fn environment(
    requirements: &Requirements,
    cache: &Utf8Path,
    out: &mut dyn Write,
) -> Result<Utf8PathBuf, Error> {
    let name = &requirements.name;
    let parent = cache.join("python");
    let fail = || Error::io(format!("can't keep Python software in {parent}"));
    fs::create_dir_all(&parent).map_err(fail())?;
    // The paths in an environment are absolute.
    let parent = parent.canonicalize_utf8().map_err(fail())?;
    let folder = folder(requirements, &key(requirements)?, &parent);
    let complete = folder.join(COMPLETE);
    if complete.exists() {
        return Ok(folder);
    }
    let _lock = lock(&format!("{folder}.lock").into(), name, out)?;
    if complete.exists() {
        return Ok(folder);
    }
    remove(&folder)?; // what a killed rehearsal left
    say(out, &format!("setting up the Python software of {name}, which takes some minutes, once"))?;
    let began = Instant::now();
    let made = install(requirements, &folder).and_then(|()| File::create(&complete).map_err(fail()));
    if let Err(why) = made {
        remove(&folder)?;
        return Err(why);
    }
    say(out, &format!("it is set up after {:.0} s, and kept in {folder}", began.elapsed().as_secs_f64()))?;
    Ok(folder)
}

/// What an environment depends on. A home folder may be shared by machines with other processors.
fn key(requirements: &Requirements) -> Result<String, Error> {
    let script = "import sys, sysconfig; print(*sys.version_info[:2], sysconfig.get_platform())";
    let output = Command::new(PYTHON).args(["-I", "-c", script]).output();
    let output = output.map_err(Error::io(format!("can't run {PYTHON}")))?;
    let mut hash = Sha256::new();
    hash.update(&output.stdout);
    hash.update(&requirements.text);
    Ok(hash.finalize()[..6].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Two rehearsals may need the same software at once; the second waits for the first one's.
fn lock(path: &Utf8PathBuf, name: &str, out: &mut dyn Write) -> Result<File, Error> {
    let fail = || Error::io(format!("can't lock {path}"));
    let file = File::create(path).map_err(fail())?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(why)) => return Err(fail()(why)),
            Err(TryLockError::WouldBlock) if told => interrupt::pause()?,
            Err(TryLockError::WouldBlock) => {
                say(
                    out,
                    &format!("another rehearsal sets up the Python software of {name}: waiting for it"),
                )?;
                told = true;
            }
        }
    }
}

fn remove(folder: &Utf8Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(Error::io(format!("can't remove {folder}"))(why))
        }
        _ => Ok(()),
    }
}

/// Makes the environment with what the file lists, and nothing else.
fn install(requirements: &Requirements, folder: &Utf8Path) -> Result<(), Error> {
    let file = folder.join("requirements.txt");
    fs::create_dir(folder)
        .and_then(|()| fs::write(&file, &requirements.text))
        .map_err(Error::io(format!("can't write in {folder}")))?;
    let python = folder.join("bin/python");
    let pip = [python.as_str(), "-m", "pip", "--disable-pip-version-check", "--no-input"];
    let steps = [
        vec![PYTHON, "-m", "venv", folder.as_str()],
        [&pip[..], &["install", "--quiet", "--no-deps", "--requirement", file.as_str()]].concat(),
        // Says so where the file does not list all that is needed.
        [&pip[..], &["check"]].concat(),
    ];
    let log = folder.join("install.log");
    for step in &steps {
        if !run(step, &log)? {
            return Err(Error::Missing(format!(
                "the Python software of {} can't be installed; `{}` says\n{}help: it comes from PyPI, or from where pip's configuration and variables (PIP_INDEX_URL, HTTPS_PROXY) say; \
                 see that this machine reaches that. Once installed it is kept, and no network is needed",
                requirements.name,
                step.join(" "),
                tail(&log)
            )));
        }
    }
    Ok(())
}

/// Whether the command succeeded. Whatever it starts ends with it, and with this process.
fn run(step: &[&str], log: &Utf8Path) -> Result<bool, Error> {
    let fail = || Error::io(format!("can't run {}", step[0]));
    let file = File::create(log).map_err(fail())?;
    let mut command = contained(&[]);
    command.args(step).stdin(Stdio::null());
    command.stdout(file.try_clone().map_err(fail())?).stderr(file);
    for variable in UNWANTED {
        command.env_remove(variable);
    }
    // Ctrl-C is for this process; it stops the other.
    let mut process = command.process_group(0).spawn().map_err(fail())?;
    loop {
        if let Some(status) = process.try_wait().map_err(fail())? {
            return Ok(status.success());
        }
        if let Err(why) = interrupt::pause() {
            let _ = process.kill();
            let _ = process.wait();
            return Err(why);
        }
    }
}
