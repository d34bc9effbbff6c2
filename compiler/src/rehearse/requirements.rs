//! What a rehearsal needs on this machine, all said at once.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::cluster::{OWN, PATH, contained, needs_user_namespace};
use super::python::PYTHON;
use super::{Error, Rehearsal};

/// Programs, and the Debian packages that have them.
const PROGRAMS: [(&str, &str); 16] = [
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
    ("curl", "curl"),
];

/// An error that names all that is missing, or that can't be done here.
pub fn check(rehearsal: &Rehearsal) -> Result<(), Error> {
    possible(rehearsal)?;
    let faults: Vec<String> = [packages(rehearsal), rights()].into_iter().flatten().collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Missing(faults.join("\n"))) }
}

fn packages(rehearsal: &Rehearsal) -> Option<String> {
    let mut missing = Vec::new();
    let mut packages = BTreeSet::new();
    let mut miss = |what: String, package: &str| {
        missing.push(what);
        packages.insert(package.to_owned());
    };
    for (program, package) in PROGRAMS {
        if !has_program(program) {
            miss(format!("the command {program}"), package);
        }
    }
    if needs_user_namespace() && !has_program("newuidmap") {
        miss("the command newuidmap, for a rehearsal without root".to_owned(), "uidmap");
    }
    if !any_multiarch("pmix2/lib/libpmix.so.2") {
        miss("the library libpmix.so.2".to_owned(), "libpmix2");
    }
    if !any_multiarch("slurm-wlm/mpi_pmix.so") {
        miss("Slurm's plugin mpi/pmix".to_owned(), "slurm-wlm-basic-plugins");
    }
    if rehearsal.needs_plugin() {
        if !has_program("cc") {
            miss("the command cc".to_owned(), "gcc");
        }
        if !Path::new("/usr/include/stdlib.h").is_file() {
            miss("the header stdlib.h".to_owned(), "libc6-dev");
        }
        if !Path::new("/usr/include/slurm/spank.h").is_file() {
            miss("the header slurm/spank.h".to_owned(), "libslurm-dev");
        }
    }
    for package in rehearsal.packages.iter().filter(|package| !is_installed(package)) {
        miss(format!("{package}, for what the job runs"), package);
    }
    if !rehearsal.python.is_empty() && !makes_environments() {
        miss("Python's virtual environments".to_owned(), "python3-venv");
    }
    let packages: Vec<String> = packages.into_iter().collect();
    (!missing.is_empty()).then(|| {
        format!(
            "a rehearsal needs what this machine lacks: {}\nhelp: on Debian, install it with\n  apt-get install --yes --no-install-recommends {}",
            missing.join(", "),
            packages.join(" ")
        )
    })
}

/// What no package would cure.
fn possible(rehearsal: &Rehearsal) -> Result<(), Error> {
    for option in rehearsal.options() {
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
    if !Path::new("/etc/hosts").is_file() {
        return Err(Error::Missing(
            "this machine has no /etc/hosts, over which a rehearsal lays the names of its nodes\nhelp: make an empty one with `touch /etc/hosts`".to_owned(),
        ));
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

fn has_program(name: &str) -> bool {
    PATH.split(':').any(|folder| Path::new(folder).join(name).is_file())
}

fn any_multiarch(path: &str) -> bool {
    let Ok(folders) = Path::new("/usr/lib").read_dir() else { return false };
    folders.flatten().any(|folder| folder.path().join(path).exists())
}

/// Debian leaves this part of Python out of its package.
fn makes_environments() -> bool {
    let output = Command::new(PYTHON).args(["-I", "-c", "import ensurepip, venv"]).output();
    output.is_ok_and(|output| output.status.success())
}

/// Where there is no dpkg nobody can tell; the job will say what it lacks.
fn is_installed(package: &str) -> bool {
    let query = ["--show", "--showformat=${db:Status-Status}", package];
    let output = Command::new("dpkg-query").args(query).output();
    output.map_or(true, |output| output.stdout == b"installed")
}

/// Tries what the private Slurm starts with.
fn rights() -> Option<String> {
    let trial = contained(&OWN).args(["mount", "-t", "tmpfs", "trial", "/tmp"]).env("PATH", PATH).output();
    let why = match &trial {
        Ok(output) if output.status.success() => return None,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(why) => why.to_string(),
    };
    let help = if needs_user_namespace() {
        "allow this user namespaces of their own: more users in /etc/subuid and /etc/subgid (`usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME`), and no limit in the sysctls user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns; or run it as root (`sudo`)"
    } else {
        "in a container, start that one with `--privileged`"
    };
    Some(format!(
        "a rehearsal makes networks and mounts of its own, and this user may not: {why}\nhelp: {help}"
    ))
}
