//! The private Slurm: its work folder, its processes, and commands inside it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use disaggc::stdlib::Stdlib;

use super::python::Environment;
use super::{Error, Rehearsal, conf, fault, interrupt, say, work};

/// Where the programs of Debian's packages are. An installation for one user only, such as another
/// Python, is not for the nodes.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How big the run folder's file system is, where it is to be filled: a store alone may take 64 MiB for its log.
const DISK_MIB: &str = "256";

/// What the cluster has for itself besides its processes.
pub const OWN: [&str; 6] = ["--net", "--uts", "--ipc", "--mount", "--propagation", "private"];

/// What makes somebody root inside who is not: Slurm changes groups, so there has to be more than one of them.
const AS_ROOT: [&str; 3] = ["--user", "--map-root-user", "--map-auto"];

/// Whether this process has to become root in a namespace of its users' own.
pub fn needs_user_namespace() -> bool {
    !rustix::process::geteuid().is_root()
}

/// Runs the command that follows in a new PID namespace, and in others that `own` names. When this
/// process dies, the kernel ends unshare; when unshare dies, it ends the first process of the namespace,
/// and with that one all others.
pub fn contained(own: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command.args(AS_ROOT.iter().filter(|_| needs_user_namespace())).args(own);
    command
}

pub struct Cluster {
    process: Child,
    /// While it is open, the cluster runs.
    lifeline: Option<ChildStdin>,
    pub work: Utf8PathBuf,
    /// Held as long as the work folder is in use.
    _lock: fs::File,
    nodes: u32,
    /// Whether the topology's cluster has a folder of its own for runs.
    has_runs: bool,
    /// Variables of this rehearsal, which the job inherits.
    environment: Vec<(String, String)>,
}

impl Cluster {
    /// Returns when all nodes wait for work.
    pub fn start(
        rehearsal: &Rehearsal,
        python: &[Environment],
        stdlib: &Stdlib,
        out: &mut dyn Write,
    ) -> Result<Self, Error> {
        let (folder, lock) = work::folder(rehearsal, python, stdlib)?;
        let log = fs::File::create(folder.path().join("log/cluster.log"))
            .map_err(Error::io("can't write in /tmp"))?;
        let work = Utf8Path::from_path(folder.path()).expect("/tmp and ASCII letters").to_owned();
        let mut process = contained(&OWN)
            .args(["bash", work.join("cluster").as_str(), work.as_str()])
            .args([rehearsal.nodes().to_string(), rehearsal.most_gpus().to_string()])
            .arg(rehearsal.run_folder.map_or("", Utf8Path::as_str))
            .arg(if fault::need_disk(rehearsal.faults) { DISK_MIB } else { "" })
            .args(rehearsal.shared)
            .args(python.iter().map(|environment| &environment.folder))
            .args(rehearsal.path.map(work::of_programs))
            .env_clear()
            .envs(work::environment(&work))
            // Ctrl-C is for this process; it stops the others in order.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Error::io("can't run setpriv"))?;
        let lifeline = process.stdin.take();
        // From here on the cluster removes it, when the processes in it have ended.
        let _ = folder.keep();
        let mut cluster = Cluster {
            process,
            lifeline,
            environment: work::own_environment(&work, rehearsal, python),
            work,
            _lock: lock,
            nodes: rehearsal.nodes(),
            has_runs: rehearsal.run_folder.is_some(),
        };
        cluster.wait_until_idle(out)?;
        for name in conf::names(rehearsal.options(), "reservation", &[','])? {
            cluster.reserve(&name)?;
        }
        Ok(cluster)
    }

    /// A command on the controller's host.
    pub fn command(&self, program: &str) -> Command {
        let namespaces = format!("/proc/{}/ns", self.process.id());
        let mut command = Command::new("nsenter");
        if needs_user_namespace() {
            // As its root, whoever that is outside.
            command.args([
                format!("--user={namespaces}/user"),
                "--setuid=0".to_owned(),
                "--setgid=0".to_owned(),
            ]);
        }
        for (option, file) in
            [("mount", "mnt"), ("net", "net"), ("uts", "uts"), ("ipc", "ipc"), ("pid", "pid_for_children")]
        {
            command.arg(format!("--{option}={namespaces}/{file}"));
        }
        // In a chroot the mounts' own root is another.
        command.arg(format!("--root={}", self.root()));
        command.args(["env", &format!("--chdir={}", self.submission()), program]);
        command.env_clear().envs(work::environment(&self.work)).envs(self.environment.iter().cloned());
        command.process_group(0).stdin(Stdio::null());
        command
    }

    /// Runs a Slurm command to its end.
    pub fn output(&self, program: &str, arguments: &[&str]) -> Result<Output, Error> {
        self.command(program).args(arguments).output().map_err(Error::io(format!("can't run {program}")))
    }

    /// The folder that `sbatch` is called in.
    pub fn submission(&self) -> Utf8PathBuf {
        self.work.join("submission")
    }

    /// The folder that takes the place of the cluster's folder for runs.
    pub fn runs(&self) -> Utf8PathBuf {
        self.work.join("runs")
    }

    /// Where run folders are made; a file system of its own where a fault is to fill it.
    pub fn disk(&self) -> Utf8PathBuf {
        if self.has_runs { self.runs() } else { self.submission() }
    }

    /// How this process reaches a path of the cluster, which has mounts of its own.
    pub fn outside(&self, path: &Utf8Path) -> Utf8PathBuf {
        Utf8PathBuf::from(format!("{}{path}", self.root()))
    }

    /// The path as the cluster knows it.
    pub fn inside<'a>(&self, path: &'a Utf8Path) -> &'a str {
        path.as_str().strip_prefix(&self.root()).unwrap_or(path.as_str())
    }

    fn root(&self) -> String {
        format!("/proc/{}/root", self.process.id())
    }

    /// The file that names the namespace of a node's network, as the cluster sees it.
    pub fn network(&self, node: u32) -> Utf8PathBuf {
        self.work.join(format!("network/node{node}"))
    }

    /// The link that names the namespace of all its processes.
    pub fn pid_namespace(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/ns/pid_for_children", self.process.id()))
    }

    /// A line where containers had mounts whose sources this machine lacks.
    pub fn pretended(&self) -> Option<String> {
        let text = fs::read_to_string(self.work.join("pretended")).ok()?;
        let sources: BTreeSet<&str> = text.lines().collect();
        let sources = sources.into_iter().collect::<Vec<_>>().join(", ");
        Some(format!("not on this machine, so containers had empty folders for it: {sources}"))
    }

    /// The end of a log file, to be shown.
    pub fn log_tail(&self, name: &str) -> String {
        tail(&self.work.join("log").join(name))
    }

    /// Why the cluster, or one of its nodes, is not there.
    pub fn fault(&mut self) -> Option<String> {
        if !matches!(self.process.try_wait(), Ok(None)) {
            return Some(self.log_tail("cluster.log"));
        }
        let failed = fs::read_to_string(self.work.join("failed")).ok()?;
        let node = failed.split_whitespace().next().unwrap_or_default();
        let logs = [self.log_tail("cluster.log"), self.log_tail(&format!("slurmd-{node}.log"))].concat();
        Some(format!("{failed}{logs}"))
    }

    /// Ends all processes and removes the work folder.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        drop(self.lifeline.take());
        let patience = Instant::now() + Duration::from_secs(10);
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < patience {
            thread::sleep(Duration::from_millis(10));
        }
        // Fails where it has ended already, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
        // After a kill the last processes may still be dying.
        let patience = Instant::now() + Duration::from_secs(10);
        loop {
            match fs::remove_dir_all(&self.work) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(why) if Instant::now() > patience => {
                    return Err(Error::io(format!("can't remove {}", self.work))(why));
                }
                _ => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn wait_until_idle(&mut self, out: &mut dyn Write) -> Result<(), Error> {
        let patience = Duration::from_secs(60 + 5 * u64::from(self.nodes));
        let began = Instant::now();
        let mut told = Instant::now();
        loop {
            if let Some(fault) = self.fault() {
                return Err(Error::Cluster(fault));
            }
            let mut idle = 0;
            if self.work.join("started").exists() {
                let output =
                    self.output("sinfo", &["--noheader", "--Node", "--states=idle", "--format=%N"])?;
                // A node is listed once for each partition.
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                idle = text.lines().collect::<BTreeSet<_>>().len();
                if idle == self.nodes as usize {
                    return Ok(());
                }
            }
            if began.elapsed() > patience {
                return Err(Error::Cluster(format!(
                    "after {} s only {idle} of {} nodes are up; the controller's log ends with\n{}",
                    patience.as_secs(),
                    self.nodes,
                    self.log_tail("slurmctld.log")
                )));
            }
            if told.elapsed() > Duration::from_secs(5) {
                say(out, &format!("{idle} of {} nodes are up", self.nodes))?;
                told = Instant::now();
            }
            interrupt::pause()?;
        }
    }

    fn reserve(&self, name: &str) -> Result<(), Error> {
        let name = format!("ReservationName={name}");
        let rest = ["StartTime=now", "Duration=UNLIMITED", "Users=root", "Nodes=ALL"];
        let output = self.output("scontrol", &[&["create", "reservation", &name], &rest[..]].concat())?;
        if output.status.success() {
            return Ok(());
        }
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Cluster(format!("it refuses the reservation: {why}")))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Whoever needs to know calls `stop`.
        let _ = self.end();
    }
}

/// The last lines of a file.
pub fn tail(path: &Utf8Path) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].iter().map(|line| format!("{line}\n")).collect()
}
