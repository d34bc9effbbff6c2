//! The work folder: Slurm's files, the bundle, the stand-in, and the environment that names them.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use disaggc::stdlib::Stdlib;
use tempfile::TempDir;

use super::cluster::PATH;
use super::python::Environment;
use super::{Error, Rehearsal, claim, conf, model};

/// A new work folder with all that the cluster and the job need, and what holds it.
pub fn folder(
    rehearsal: &Rehearsal,
    python: &[Environment],
    stdlib: &Stdlib,
) -> Result<(TempDir, File), Error> {
    // In /tmp whatever TMPDIR says: the names of sockets must be short, and slurm.conf takes no blanks.
    let (folder, lock) =
        claim::folder(Path::new("/tmp")).map_err(Error::io("can't make a folder in /tmp"))?;
    fill(Utf8Path::from_path(folder.path()).expect("/tmp and ASCII letters"), rehearsal, python, stdlib)?;
    Ok((folder, lock))
}

/// Variables of this rehearsal, over those that every job has.
pub fn own_environment(
    work: &Utf8Path,
    rehearsal: &Rehearsal,
    python: &[Environment],
) -> Vec<(String, String)> {
    let mut own = rehearsal.environment.to_vec();
    own.push(("PATH".to_owned(), path(work, python, rehearsal.path)));
    own.push(("REHEARSAL_TURNS".to_owned(), work.join(TURNS).into_string()));
    own
}

/// Where the nodes look for programs. `python3` is the engine's, or else Debian's: never a client's.
fn path(work: &Utf8Path, python: &[Environment], last: Option<&Utf8Path>) -> String {
    let bins = |leads| python.iter().filter(move |e| e.leads == leads).map(|e| e.folder.join("bin"));
    let mut folders = vec![work.join("stand-in/bin")];
    folders.extend(bins(true));
    folders.extend([work.join("bin"), PATH.into()]);
    folders.extend(bins(false));
    folders.extend(last.map(Utf8Path::to_owned));
    folders.iter().map(|folder| folder.as_str()).collect::<Vec<_>>().join(":")
}

/// Where stand-ins take turns: a file for each rank that there is room for.
const TURNS: &str = "turns";

/// Ranks that can start at a time: with more they keep each other from working.
const RANKS_A_CORE: usize = 16;

/// What the job finds in its environment, and Slurm's own programs.
pub fn environment(work: &Utf8Path) -> Vec<(&'static str, String)> {
    let own = |value: &str| value.replace("WORK", work.as_str());
    vec![
        ("PATH", path(work, &[], None)),
        ("PYTHONPATH", own("WORK/stand-in")),
        ("SLURM_CONF", own("WORK/slurm.conf")),
        ("HOME", own("WORK/home")),
        ("USER", "root".to_owned()),
        ("LOGNAME", "root".to_owned()),
        ("SHELL", "/bin/bash".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        // Many ranks share few cores: one that waits lets others run.
        ("OMPI_MCA_mpi_yield_when_idle", "1".to_owned()),
        // Only the nodes' network; nothing that this machine may have besides. Not their memory: on a busy machine
        // ranks sometimes crash while they set it up (OpenMPI 4.1.4, vader).
        ("OMPI_MCA_pml", "ob1".to_owned()),
        ("OMPI_MCA_btl", "self,tcp".to_owned()),
    ]
}

/// The folders that a container has in the place of the software in its image.
fn software(work: &Utf8Path, rehearsal: &Rehearsal, python: &[Environment]) -> Vec<Utf8PathBuf> {
    let mut folders: Vec<_> = ["stand-in", "bin", TURNS].iter().map(|name| work.join(name)).collect();
    folders.extend(python.iter().map(|environment| environment.folder.clone()));
    folders.extend(rehearsal.shared.iter().cloned());
    folders.extend(rehearsal.path.map(of_programs));
    folders
}

/// The folder that programs need besides their own: all of a Python environment.
pub fn of_programs(path: &Utf8Path) -> Utf8PathBuf {
    let environment = path.parent().filter(|parent| parent.join("pyvenv.cfg").is_file());
    environment.unwrap_or(path).to_owned()
}

fn fill(
    work: &Utf8Path,
    rehearsal: &Rehearsal,
    python: &[Environment],
    stdlib: &Stdlib,
) -> Result<(), Error> {
    let fail = || Error::io(format!("can't fill {work}"));
    for folder in [
        "munge",
        "state",
        "log",
        "nodes",
        "network",
        "home",
        "bin",
        "submission",
        "runs",
        "stand-in",
        "model",
    ] {
        fs::create_dir(work.join(folder)).map_err(fail())?;
    }
    // Slurm's daemons and munged look through it as other users.
    fs::set_permissions(work, fs::Permissions::from_mode(0o755)).map_err(fail())?;
    let turns = work.join(TURNS);
    fs::create_dir(&turns).map_err(fail())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for place in 0..cores * RANKS_A_CORE {
        fs::write(turns.join(format!("place-{place}")), "").map_err(fail())?;
    }
    for name in ["python", "python3"] {
        symlink("/usr/bin/python3", work.join("bin").join(name)).map_err(fail())?;
    }
    for (path, content) in stdlib.folder("rehearsal") {
        fs::write(work.join(path), content).map_err(fail())?;
    }
    for (path, content) in rehearsal.stand_in {
        let file = work.join("stand-in").join(path);
        fs::create_dir_all(file.parent().expect("below the work folder")).map_err(fail())?;
        fs::write(&file, content).map_err(fail())?;
        let mode = if path.starts_with("bin/") { 0o755 } else { 0o644 };
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).map_err(fail())?;
    }
    for (name, content) in conf::files(rehearsal, work.as_str())? {
        fs::write(work.join(name), content).map_err(fail())?;
    }
    let software = software(work, rehearsal, python);
    fs::write(work.join("software"), software.iter().map(|f| format!("{f}\n")).collect::<String>())
        .map_err(fail())?;
    fs::write(work.join("model-path"), rehearsal.model.unwrap_or_default()).map_err(fail())?;
    if rehearsal.reads_model {
        model::write(&work.join("model")).map_err(fail())?;
    }
    copy(rehearsal.bundle, &work.join("bundle"))?;
    if rehearsal.needs_plugin() {
        compile(work)?;
    }
    Ok(())
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<(), Error> {
    let what = format!("can't copy {from} to {to}");
    let output = Command::new("cp").args(["-a", "--", from.as_str(), to.as_str()]).output();
    let output = output.map_err(Error::io(what.clone()))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Io { what, source: io::Error::other(why) })
}

fn compile(work: &Utf8Path) -> Result<(), Error> {
    let output = Command::new("cc")
        .args(["-fPIC", "-shared", "-o", "options.so", "options.c", "container.c"])
        .current_dir(work)
        .env("PATH", PATH)
        .output()
        .map_err(Error::io("can't run cc"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::Cluster(format!("its plugin for container options does not compile: {why}")))
}
