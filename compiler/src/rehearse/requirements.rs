//! What a rehearsal needs on this machine, all said at once.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use camino::Utf8Path;
use disaggc::plan::SlurmOption;

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

/// Something that has to be on this machine, and the Debian package that has it.
#[derive(Debug, Clone)]
pub struct Need {
    /// `slurmd`, `libpmix.so.2`.
    pub name: String,
    /// The same in a sentence: `the command slurmd`.
    pub what: String,
    pub package: String,
    pub is_here: bool,
}

impl Need {
    fn new(name: &str, what: impl Into<String>, package: &str, is_here: bool) -> Self {
        Need { name: name.to_owned(), what: what.into(), package: package.to_owned(), is_here }
    }

    fn command(name: &str, package: &str) -> Self {
        Need::new(name, format!("the command {name}"), package, has_program(name))
    }
}

/// What every rehearsal needs.
pub fn slurm() -> Vec<Need> {
    let programs = PROGRAMS.iter().map(|(program, package)| Need::command(program, package));
    let pmix = any_multiarch("pmix2/lib/libpmix.so.2");
    let plugin = any_multiarch("slurm-wlm/mpi_pmix.so");
    let newuidmap = !needs_user_namespace() || has_program("newuidmap");
    let others = [
        Need::new("newuidmap", "the command newuidmap, for a rehearsal without root", "uidmap", newuidmap),
        Need::new("libpmix.so.2", "the library libpmix.so.2", "libpmix2", pmix),
        Need::new("mpi/pmix", "Slurm's plugin mpi/pmix", "slurm-wlm-basic-plugins", plugin),
    ];
    programs.chain(others).collect()
}

/// What a plugin with the options that Debian's Slurm lacks is compiled with.
pub fn plugin() -> Vec<Need> {
    let header = |path: &str, package| {
        let is_here = Path::new("/usr/include").join(path).is_file();
        Need::new(path, format!("the header {path}"), package, is_here)
    };
    vec![Need::command("cc", "gcc"), header("stdlib.h", "libc6-dev"), header("slurm/spank.h", "libslurm-dev")]
}

/// What the software of a description needs: its packages, and what installs its Python software.
pub fn software(packages: &[String], python: bool) -> Vec<Need> {
    let debian = packages.iter().map(|package| {
        Need::new(package, format!("{package}, for what the job runs"), package, is_installed(package))
    });
    let environments = || {
        let what = "Python's virtual environments";
        Need::new(what, what, "python3-venv", makes_environments())
    };
    debian.chain(python.then(environments)).collect()
}

/// How to install what is missing of this.
pub fn install<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Option<String> {
    let missing = needs.into_iter().filter(|need| !need.is_here);
    let packages: BTreeSet<&str> = missing.map(|need| need.package.as_str()).collect();
    let packages: Vec<&str> = packages.into_iter().collect();
    (!packages.is_empty())
        .then(|| format!("apt-get install --yes --no-install-recommends {}", packages.join(" ")))
}

fn packages(rehearsal: &Rehearsal) -> Option<String> {
    let mut needs = slurm();
    if rehearsal.needs_plugin() {
        needs.extend(plugin());
    }
    needs.extend(software(rehearsal.packages, !rehearsal.python.is_empty()));
    let command = install(&needs)?;
    let missing: Vec<&str> =
        needs.iter().filter(|need| !need.is_here).map(|need| need.what.as_str()).collect();
    Some(format!(
        "a rehearsal needs what this machine lacks: {}\nhelp: on Debian, install it with\n  {command}",
        missing.join(", "),
    ))
}

/// What no package would cure.
pub fn suits<'a>(
    options: impl IntoIterator<Item = &'a SlurmOption>,
    run_folder: Option<&Utf8Path>,
) -> Result<(), Error> {
    for option in options {
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
    if let Some(folder) = run_folder
        && !folder.is_dir()
    {
        return Err(Error::Missing(format!(
            "the cluster's folder for runs, {folder}, does not exist on this machine\nhelp: make it with `mkdir -p {folder}`; a rehearsal leaves nothing in it"
        )));
    }
    Ok(())
}

fn possible(rehearsal: &Rehearsal) -> Result<(), Error> {
    suits(rehearsal.options(), rehearsal.run_folder)?;
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

/// Tries what the private Slurm starts with; says what to do where that is not allowed.
pub fn rights() -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debian_package_suggests_all_of_it() {
        let manifest = include_str!("../../Cargo.toml");
        let suggests =
            manifest.lines().find_map(|line| line.strip_prefix("suggests = \"")).unwrap_or_default();
        let mut suggested: Vec<&str> = suggests.trim_end_matches('"').split(", ").collect();
        let needs = [slurm(), plugin(), software(&[], true)].concat();
        let mut needed: Vec<&str> = needs.iter().map(|need| need.package.as_str()).collect();
        for list in [&mut suggested, &mut needed] {
            list.sort_unstable();
            list.dedup();
        }
        assert_eq!(suggested, needed);
    }
}
