//! What names tell where no file does: TOPOLOGY-JOBID of the folder, ROLE_NUMBER of a step.

use std::path::Path;

/// Which run of a job that Slurm started again this is: 0, or the number at the end of `NAME-JOBID-rN`.
pub fn restart(folder: &Path) -> u32 {
    let name = real(folder);
    name.rsplit_once("-r").and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

/// The role of a step: `gen` of `gen_3`.
pub fn guessed_role(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((role, number)) if number.parse::<u64>().is_ok() => role,
        _ => name,
    }
}

/// The folder's own name, however it was called.
pub fn real(folder: &Path) -> String {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    real.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `NAME-JOBID` or `NAME-JOBID-rN` without the restart.
fn without_restart(name: &str) -> &str {
    match name.rsplit_once("-r") {
        Some((rest, number)) if number.parse::<u32>().is_ok() => rest,
        _ => name,
    }
}

/// The job's id.
pub fn named_job(name: &str) -> Option<&str> {
    let (_, job) = without_restart(name).rsplit_once('-')?;
    job.parse::<u64>().is_ok().then_some(job)
}

/// The topology's name, or all of it.
pub fn named_topology(name: &str) -> &str {
    let rest = without_restart(name);
    if named_job(name).is_some() {
        rest.rsplit_once('-').map_or(rest, |(topology, _)| topology)
    } else {
        rest
    }
}
