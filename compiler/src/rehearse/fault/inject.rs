//! Does the damage.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use rustix::process::Signal;

use super::records::Records;
use super::{Step, What};
use crate::rehearse::cluster::Cluster;
use crate::rehearse::processes::{self, Process};
use crate::rehearse::{Error, interrupt};

/// What came of a try.
pub enum Injected {
    /// What was broken, for a person.
    Done(String),
    /// Its object is not there yet.
    NotYet(String),
    Failed(String),
}
use Injected::{Done, Failed, NotYet};

/// What breaks things, and what it holds meanwhile.
pub struct Hands<'a> {
    cluster: &'a Cluster,
    /// What listens on ports that were taken.
    listeners: Vec<Child>,
    /// The file that takes all room.
    filler: Option<Utf8PathBuf>,
    /// The nodes that Slurm does not reach any more.
    pub lost: BTreeSet<u32>,
    pub requeued: bool,
}

impl<'a> Hands<'a> {
    pub fn new(cluster: &'a Cluster) -> Self {
        Hands { cluster, listeners: Vec::new(), filler: None, lost: BTreeSet::new(), requeued: false }
    }

    pub fn inject(&mut self, what: &What, job: &str) -> Result<Injected, Error> {
        match what {
            What::Kill { steps, rank } => Ok(self.kill(steps, *rank, job)),
            What::Hang(steps) => Ok(self.hang(steps, job)),
            What::Cut(node) => self.cut(*node),
            What::KillSlurmd(node) => Ok(self.kill_slurmd(*node)),
            What::RestartSlurmctld => self.restart_slurmctld(),
            What::Cancel => self.slurm("scancel", &[job], "cancelled the job"),
            What::Requeue => self.requeue(job),
            What::FullDisk => self.fill_disk(),
            What::TakePort { step, port } => Ok(self.take_port(step, *port)),
        }
    }

    fn processes(&self) -> Vec<Process> {
        processes::within(&self.cluster.pid_namespace())
    }

    fn kill(&self, steps: &[Step], rank: u32, job: &str) -> Injected {
        let records = Records::of(self.cluster, job);
        let Some(step) = the_running(steps, &records) else { return NotYet(none_runs(steps)) };
        let Some(id) = records.id(step) else { return NotYet(none_runs(steps)) };
        let processes = self.processes();
        let rank_of = |process: &Process| {
            ["DISAGGC_PROCID", "SLURM_PROCID"].iter().find_map(|name| process.variable(name)?.parse().ok())
        };
        let of_rank: Vec<&Process> = processes
            .iter()
            .filter(|process| is_of_step(process, step, job, &id) && rank_of(process) == Some(rank))
            .collect();
        let program = program(&of_rank);
        let node = program.first().and_then(|process| process.node()).unwrap_or_default().to_owned();
        let killed: Vec<&Process> =
            program.into_iter().filter(|process| process.signal(Signal::KILL)).collect();
        if killed.is_empty() {
            return NotYet(format!("{} rank {rank} had no program to kill", step.name));
        }
        Done(format!("killed {} rank {rank} on {node} ({})", step.name, pids(&killed)))
    }

    fn hang(&self, steps: &[Step], job: &str) -> Injected {
        let records = Records::of(self.cluster, job);
        let Some(step) = the_running(steps, &records) else { return NotYet(none_runs(steps)) };
        let Some(id) = records.id(step) else { return NotYet(none_runs(steps)) };
        // What starts meanwhile is stopped in the next round.
        let mut stopped = BTreeSet::new();
        loop {
            let processes = self.processes();
            let known = stopped.len();
            for process in processes.iter().filter(|process| is_of_step(process, step, job, &id)) {
                if process.signal(Signal::STOP) {
                    stopped.insert(process.own_pid);
                }
            }
            if stopped.len() == known {
                break;
            }
        }
        match stopped.len() {
            0 => NotYet(format!("{} had no process to stop", step.name)),
            1 => Done(format!("{} hangs (1 process stopped)", step.name)),
            count => Done(format!("{} hangs ({count} processes stopped)", step.name)),
        }
    }

    fn cut(&mut self, node: u32) -> Result<Injected, Error> {
        let link = format!("node{node}");
        let injected =
            self.slurm("ip", &["link", "set", &link, "down"], &format!("cut {link} off the network"))?;
        self.lost.insert(node);
        Ok(injected)
    }

    fn kill_slurmd(&mut self, node: u32) -> Injected {
        let processes = self.processes();
        let Some(daemon) = processes.iter().find(|process| is_slurmd(process, node)) else {
            return Failed(format!("node{node} has no slurmd any more"));
        };
        daemon.signal(Signal::KILL);
        self.lost.insert(node);
        Done(format!("killed slurmd on node{node} ({})", pids(&[daemon])))
    }

    fn restart_slurmctld(&self) -> Result<Injected, Error> {
        let running = || self.processes().into_iter().find(|process| process.name == "slurmctld");
        let Some(daemon) = running() else { return Ok(Failed("slurmctld does not run".to_owned())) };
        daemon.signal(Signal::TERM);
        let began = Instant::now();
        while running().is_some() {
            if began.elapsed() > Duration::from_secs(30) {
                return Ok(Failed("slurmctld does not end".to_owned()));
            }
            interrupt::pause()?;
        }
        let gone = Instant::now();
        while gone.elapsed() < Duration::from_secs(2) {
            interrupt::pause()?;
        }
        let config = self.cluster.work.join("slurm.conf");
        let started = self.slurm("slurmctld", &["-f", config.as_str()], "")?;
        if let Failed(why) = started {
            return Ok(Failed(why));
        }
        let began = Instant::now();
        while !self.cluster.output("sinfo", &["--noheader"])?.status.success() {
            if began.elapsed() > Duration::from_secs(30) {
                let log = self.cluster.log_tail("slurmctld.log");
                return Ok(Failed(format!("slurmctld did not come back; its log ends with\n{log}")));
            }
            interrupt::pause()?;
        }
        Ok(Done("slurmctld was down for 2 s and is back".to_owned()))
    }

    fn requeue(&mut self, job: &str) -> Result<Injected, Error> {
        self.requeued = true;
        // The job itself may forbid it; an administrator's word counts more.
        let allow = ["update", &format!("JobId={job}"), "Requeue=1"];
        match self.slurm("scontrol", &allow, "")? {
            Done(_) => self.slurm("scontrol", &["requeue", job], "requeued the job"),
            other => Ok(other),
        }
    }

    fn fill_disk(&mut self) -> Result<Injected, Error> {
        let path = self.cluster.outside(&self.cluster.disk()).join("full");
        let fail = || Error::io(format!("can't fill the disk with {path}"));
        let mut file = File::create(&path).map_err(fail())?;
        self.filler = Some(path.clone());
        let mut size = 1 << 20;
        while size > 0 {
            match file.write_all(&vec![0; size]) {
                Ok(()) => {}
                Err(why) if why.kind() == io::ErrorKind::StorageFull => size /= 2,
                Err(why) => return Err(fail()(why)),
            }
        }
        Ok(Done("filled the disk of the run folder".to_owned()))
    }

    fn take_port(&mut self, step: &Step, port: u16) -> Injected {
        match listen(self.cluster, step.node, port) {
            Ok(listener) => {
                self.listeners.push(listener);
                Done(format!("took port {port} of {} on node{}", step.name, step.node))
            }
            Err(why) => Failed(format!("port {port} of node{} can't be taken: {why}", step.node)),
        }
    }

    /// Runs a command on the controller's host.
    fn slurm(&self, program: &str, arguments: &[&str], done: &str) -> Result<Injected, Error> {
        let output = self.cluster.output(program, arguments)?;
        if output.status.success() {
            return Ok(Done(done.to_owned()));
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(Failed(format!("{program} says: {why}")))
    }
}

impl Drop for Hands<'_> {
    fn drop(&mut self) {
        // What the job left is read, and copied, without it.
        if let Some(filler) = self.filler.take() {
            let _ = std::fs::remove_file(filler);
        }
    }
}

/// The step's own scripts have only Slurm's variables from their start.
fn is_of_step(process: &Process, step: &Step, job: &str, id: &str) -> bool {
    let by_slurm =
        process.variable("SLURM_JOB_ID") == Some(job) && process.variable("SLURM_STEP_ID") == Some(id);
    process.is_of_a_job() && (by_slurm || process.variable("DISAGGC_STEP") == Some(&step.name))
}

/// What a rank runs below the step's scripts, or, where that is nothing, the launcher.
fn program<'a>(of_rank: &[&'a Process]) -> Vec<&'a Process> {
    let is_script = |process: &Process| {
        process.words.iter().take(2).any(|word| word.contains("steps/") && word.ends_with(".sh"))
    };
    let is_task = |process: &Process| process.variable("DISAGGC_TASK") == Some(&process.own_pid.to_string());
    // A copy that bash made of the launcher has its words.
    let task = of_rank.iter().find(|process| is_task(process) && !is_script(process));
    let is_launcher = |process: &Process| task.is_some_and(|task| task.words == process.words);
    let below: Vec<&Process> =
        of_rank.iter().copied().filter(|process| !is_script(process) && !is_launcher(process)).collect();
    if below.is_empty() { task.copied().into_iter().collect() } else { below }
}

/// Of several steps the one that runs.
fn the_running<'a>(steps: &'a [Step], records: &Records) -> Option<&'a Step> {
    steps.iter().find(|step| records.runs(step))
}

fn none_runs(steps: &[Step]) -> String {
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    format!("{} did not run then", names.join(", "))
}

fn is_slurmd(process: &Process, node: u32) -> bool {
    process.name == "slurmd" && process.words.contains(&format!("node{node}"))
}

/// Some process of this node, its slurmd if that runs.
pub fn of_node(processes: &[Process], node: u32) -> Option<&Process> {
    let host = format!("node{node}");
    let slurmd = processes.iter().find(|process| is_slurmd(process, node));
    slurmd.or_else(|| processes.iter().find(|process| process.node() == Some(&host)))
}

/// What listens there says so, and then waits for ever.
const LISTENER: &str = "import socket, sys, threading
listener = socket.create_server(('', int(sys.argv[1])))
print('listens', flush=True)
threading.Event().wait()";

/// Starts a process that listens on a port of the node, and ends with the cluster.
fn listen(cluster: &Cluster, node: u32, port: u16) -> io::Result<Child> {
    let mut command = cluster.command("nsenter");
    command.arg(format!("--net={}", cluster.network(node))).args(["python3", "-I", "-c", LISTENER]);
    let mut child = command.arg(port.to_string()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut word = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut word)?;
    if !word.is_empty() {
        return Ok(child);
    }
    let mut why = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut why)?;
    child.wait()?;
    Err(io::Error::other(why.lines().last().unwrap_or("it says nothing").to_owned()))
}

/// `pid 7` or `pids 7, 9`, as they are called inside the cluster.
fn pids(processes: &[&Process]) -> String {
    let list: Vec<_> = processes.iter().map(|process| process.own_pid.to_string()).collect();
    format!("{} {}", if list.len() == 1 { "pid" } else { "pids" }, list.join(", "))
}
