//! The processes inside the private Slurm, seen from this machine's /proc.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

/// A process, as it was when it was looked at.
#[derive(Debug, Clone)]
pub struct Process {
    pid: Pid,
    parent: Option<Pid>,
    /// Its number inside the cluster, which is what logs there call it.
    pub own_pid: i32,
    /// The program's name, as the kernel has it.
    pub name: String,
    pub words: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Process {
    /// A variable of the environment that it was started with, or its parent.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(variable, _)| variable == name).map(|(_, value)| value.as_str())
    }

    /// The node that it runs on: what the step says, and Slurm where no step did.
    pub fn node(&self) -> Option<&str> {
        self.variable("DISAGGC_NODE").or_else(|| self.variable("SLURMD_NODENAME"))
    }

    /// Whether a job started it. Slurm's own steps have the environment of a daemon.
    pub fn is_of_a_job(&self) -> bool {
        self.is_marked() && !["slurmd", "slurmstepd"].contains(&self.name.as_str())
    }

    fn is_marked(&self) -> bool {
        ["SLURM_JOB_ID", "DISAGGC_STEP"].iter().any(|name| self.variable(name).is_some())
    }

    /// False where it has ended meanwhile.
    pub fn signal(&self, signal: Signal) -> bool {
        kill_process(self.pid, signal).is_ok()
    }

    /// The TCP connections and listeners of its node, as the kernel lists them.
    pub fn connections(&self) -> String {
        let read = |name| fs::read_to_string(folder(self.pid).join("net").join(name)).unwrap_or_default();
        read("tcp") + &read("tcp6")
    }
}

/// All processes in the PID namespace that this link under /proc names. Those that end meanwhile are left
/// out, and so are those that have ended and are not yet forgotten.
pub fn within(namespace: &Path) -> Vec<Process> {
    let Ok(namespace) = fs::read_link(namespace) else { return Vec::new() };
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    let inside = |pid: &Pid| fs::read_link(folder(*pid).join("ns/pid")).is_ok_and(|link| link == namespace);
    let mut processes: Vec<Process> = pids.filter(inside).filter_map(look_at).collect();
    inherit(&mut processes);
    processes
}

/// A program that writes a title over its environment (Python's setproctitle does) has that of whoever started it.
fn inherit(processes: &mut [Process]) {
    let places: HashMap<Pid, usize> =
        processes.iter().enumerate().map(|(at, process)| (process.pid, at)).collect();
    for at in 0..processes.len() {
        let mut above = at;
        // As many steps as there are processes: pids that are used again could make a circle.
        for _ in 0..processes.len() {
            if processes[above].is_marked() {
                break;
            }
            match processes[above].parent.and_then(|parent| places.get(&parent)) {
                Some(parent) => above = *parent,
                None => break,
            }
        }
        if above != at && processes[above].is_marked() {
            processes[at].variables = processes[above].variables.clone();
        }
    }
}

fn folder(pid: Pid) -> PathBuf {
    Path::new("/proc").join(pid.as_raw_nonzero().to_string())
}

fn look_at(pid: Pid) -> Option<Process> {
    let status = fs::read_to_string(folder(pid).join("status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if field("State:")?.starts_with(['Z', 'X']) {
        return None;
    }
    let strings = |file: &str| -> Option<Vec<String>> {
        let bytes = fs::read(folder(pid).join(file)).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        Some(text.split_terminator('\0').map(str::to_owned).collect())
    };
    let variables = strings("environ")?.into_iter().filter_map(|text| {
        let (name, value) = text.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    Some(Process {
        pid,
        parent: field("PPid:")?.parse().ok().and_then(Pid::from_raw),
        own_pid: field("NSpid:")?.split_whitespace().last()?.parse().ok()?,
        name: field("Name:")?.to_owned(),
        words: strings("cmdline")?,
        variables: variables.collect(),
    })
}
