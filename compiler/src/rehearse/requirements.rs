//! What a rehearsal needs on this machine, all said at once.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::cluster::{ENTER, PATH};
use super::{Error, Rehearsal};

/// Programs, and the Debian packages that have them.
const PROGRAMS: [(&str, &str); 23] = [
    ("slurmctld", "slurmctld"),
    ("slurmd", "slurmd"),
    ("sbatch", "slurm-client"),
    ("srun", "slurm-client"),
    ("scontrol", "slurm-client"),
    ("sinfo", "slurm-client"),
    ("squeue", "slurm-client"),
    ("scancel", "slurm-client"),
    ("munged", "munge"),
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
    ("setpriv", "util-linux"),
    ("mount", "mount"),
    ("hostname", "hostname"),
    ("bash", "bash"),
    ("mknod", "coreutils"),
    ("cp", "coreutils"),
    ("dd", "coreutils"),
    ("cc", "gcc"),
    ("curl", "curl"),
    ("python3", "python3"),
    ("env", "coreutils"),
];

pub fn check(rehearsal: &Rehearsal) -> Result<(), Error> {
    possible(rehearsal)?;
    let mut missing = Vec::new();
    let mut packages = BTreeSet::new();
    let mut miss = |what: String, package: &str| {
        missing.push(what);
        packages.insert(package.to_owned());
    };
    for (program, package) in PROGRAMS {
        if !PATH.split(':').any(|folder| Path::new(folder).join(program).is_file()) {
            miss(format!("the command {program}"), package);
        }
    }
    if !any_multiarch("pmix2/lib/libpmix.so.2") {
        miss("the library libpmix.so.2".to_owned(), "libpmix2");
    }
    if !any_multiarch("slurm-wlm/mpi_pmix.so") {
        miss("Slurm's plugin mpi/pmix".to_owned(), "slurm-wlm-basic-plugins");
    }
    if plugin_options(rehearsal).is_some() {
        if !Path::new("/usr/include/slurm/spank.h").is_file() {
            miss("the header slurm/spank.h".to_owned(), "libslurm-dev");
        }
        if !Path::new("/usr/include/stdlib.h").is_file() {
            miss("the header stdlib.h".to_owned(), "libc6-dev");
        }
    }
    for package in not_installed(rehearsal.packages) {
        miss(format!("{package}, for the stand-in"), package);
    }
    if missing.is_empty() {
        return namespaces();
    }
    let packages: Vec<String> = packages.into_iter().collect();
    Err(Error::Missing(format!(
        "a rehearsal needs what this machine lacks: {}\nhelp: on Debian, install it with\n  apt-get install --yes --no-install-recommends {}",
        missing.join(", "),
        packages.join(" ")
    )))
}

/// The arguments of the plugin with the options that Debian's Slurm lacks.
pub fn plugin_options(rehearsal: &Rehearsal) -> Option<String> {
    let options: Vec<&str> = [("pyxis", rehearsal.pyxis), ("segment", rehearsal.segment)]
        .into_iter()
        .filter_map(|(name, wanted)| wanted.then_some(name))
        .collect();
    (!options.is_empty()).then(|| options.join(" "))
}

/// What no package would cure.
fn possible(rehearsal: &Rehearsal) -> Result<(), Error> {
    for option in rehearsal.sbatch {
        if ["nodelist", "nodefile", "exclude", "clusters", "cluster-constraint"]
            .contains(&option.name.as_str())
        {
            return Err(Error::Unsupported(format!(
                "`--{}={}` names machines of the real cluster, which a rehearsal does not have\nhelp: leave the option out to rehearse",
                option.name,
                option.value.as_deref().unwrap_or_default()
            )));
        }
    }
    if let Some(folder) = rehearsal.run_folder
        && !folder.is_dir()
    {
        return Err(Error::Missing(format!(
            "the cluster's folder for runs, {folder}, does not exist on this machine\nhelp: make it with `mkdir -p {folder}`; a rehearsal leaves nothing in it"
        )));
    }
    if let Some(keep) = rehearsal.keep
        && keep.read_dir_utf8().map_or(keep.exists(), |mut entries| entries.next().is_some())
    {
        return Err(Error::Unsupported(format!(
            "{keep} exists and is not empty, so the run folder can't be copied there\nhelp: name a new folder"
        )));
    }
    Ok(())
}

fn any_multiarch(path: &str) -> bool {
    let Ok(folders) = Path::new("/usr/lib").read_dir() else { return false };
    folders.flatten().any(|folder| folder.path().join(path).exists())
}

/// Where there is no dpkg nobody can tell; the stand-in will say what it lacks.
fn not_installed(packages: &[String]) -> impl Iterator<Item = &String> {
    packages.iter().filter(|package| {
        Command::new("dpkg-query")
            .args(["--show", "--showformat=${db:Status-Status}", package])
            .output()
            .is_ok_and(|output| output.stdout != b"installed")
    })
}

fn namespaces() -> Result<(), Error> {
    let mut command = Command::new(ENTER[0]);
    command.args(&ENTER[1..]).args(["mount", "-t", "tmpfs", "trial", "/tmp"]).env("PATH", PATH);
    let output = command.output().map_err(Error::io("can't run setpriv"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Missing(format!(
        "a rehearsal makes networks and mounts of its own, and this user may not: {}\nhelp: run it as root (`sudo`); in a container, start that one with `--privileged`",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
