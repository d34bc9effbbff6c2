//! A private Slurm that commands of a test run in: the rehearsal's own scripts start it, with the stand-in's programs on
//! its nodes. Needs root and the packages of `tests/packages`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub struct Slurm {
    process: Child,
    /// While it is open, the cluster runs.
    lifeline: Option<ChildStdin>,
    /// What the controller and all nodes see.
    pub work: PathBuf,
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Slurm {
    /// Returns when its nodes wait for work; `None`, with a note, where none can be started.
    pub fn start(nodes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "a private Slurm needs root");
            eprintln!("SKIPPED: a private Slurm needs root");
            return None;
        }
        let folder =
            tempfile::Builder::new().prefix("disaggc-").tempdir_in("/tmp").expect("a folder in /tmp");
        fill(folder.path(), nodes);
        let work = folder.keep();
        let log = fs::File::create(work.join("log/cluster.log")).expect("writable");
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .args(["--net", "--uts", "--ipc", "--mount", "--propagation", "private", "bash"])
            .arg(work.join("cluster"))
            .arg(&work)
            .args([&nodes.to_string(), "1"])
            .env_clear()
            .envs(environment(&work))
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("setpriv starts");
        let lifeline = process.stdin.take();
        let mut slurm = Slurm { process, lifeline, work };
        let patience = Instant::now() + Duration::from_secs(90);
        loop {
            let log = fs::read_to_string(slurm.work.join("log/cluster.log")).unwrap_or_default();
            assert!(matches!(slurm.process.try_wait(), Ok(None)), "the private Slurm ended: {log}");
            assert!(Instant::now() < patience, "the private Slurm is not up: {log}");
            if slurm.work.join("started").exists()
                && slurm
                    .asks("sinfo", &["--noheader", "--Node", "--states=idle", "--partition=batch"])
                    .lines()
                    .count()
                    == nodes as usize
            {
                return Some(slurm);
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// A command on the controller's host, in the folder that all nodes see.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let namespaces = format!("/proc/{}/ns", self.process.id());
        let mut command = Command::new("nsenter");
        for (option, file) in
            [("mount", "mnt"), ("net", "net"), ("uts", "uts"), ("ipc", "ipc"), ("pid", "pid_for_children")]
        {
            command.arg(format!("--{option}={namespaces}/{file}"));
        }
        command.args(["env", &format!("--chdir={}", self.work.display())]).arg(program);
        command.env_clear().envs(environment(&self.work)).stdin(Stdio::null());
        command
    }

    /// What a command of Slurm prints.
    pub fn asks(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().expect("nsenter starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Jobs that are waiting, running or coming to their end.
    pub fn jobs(&self) -> String {
        self.asks("squeue", &["--noheader", "--format=%i %j %T"])
    }

    pub fn stop_controller(&self) {
        self.asks("scontrol", &["shutdown", "slurmctld"]);
        let pid = self.work.join("slurmctld.pid");
        while pid.exists() {
            sleep(Duration::from_millis(50));
        }
    }

    pub fn start_controller(&self) {
        let conf = self.work.join("slurm.conf");
        let status = self.command("slurmctld").arg("-f").arg(conf).stdout(Stdio::null()).status();
        assert!(status.expect("nsenter starts").success());
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let patience = Instant::now() + Duration::from_secs(10);
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < patience {
            sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        for _ in 0..100 {
            if fs::remove_dir_all(&self.work).is_ok() || !self.work.exists() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
    }
}

fn environment(work: &Path) -> Vec<(&'static str, String)> {
    let own = |text: &str| text.replace("WORK", work.to_str().expect("ASCII"));
    vec![
        ("PATH", own(&format!("WORK/stand-in/bin:WORK/bin:{PATH}"))),
        ("PYTHONPATH", own("WORK/stand-in")),
        ("SLURM_CONF", own("WORK/slurm.conf")),
        ("HOME", own("WORK/home")),
        ("USER", "root".to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
    ]
}

fn fill(work: &Path, nodes: u32) {
    for folder in ["munge", "state", "log", "nodes", "network", "home", "bin", "runs"] {
        fs::create_dir(work.join(folder)).expect("writable");
    }
    fs::set_permissions(work, fs::Permissions::from_mode(0o755)).expect("our own");
    symlink("/usr/bin/python3", work.join("bin/python3")).expect("writable");
    let stdlib = super::top().join("stdlib");
    for script in ["cluster", "node"] {
        fs::copy(stdlib.join("rehearsal").join(script), work.join(script)).expect("there");
    }
    let copied = Command::new("cp")
        .arg("-a")
        .arg(stdlib.join("engine/trtllm/standin"))
        .arg(work.join("stand-in"))
        .status();
    assert!(copied.expect("cp starts").success());
    for program in fs::read_dir(work.join("stand-in/bin")).expect("there") {
        let path = program.expect("readable").path();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("our own");
    }
    let names = if nodes == 1 { "node1".to_owned() } else { format!("node[1-{nodes}]") };
    let conf = format!(
        "ClusterName=pipeline
SlurmctldHost=controller(10.77.255.254)
AuthType=auth/munge
AuthInfo=socket=WORK/munge/socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation=WORK/state
SlurmdSpoolDir=WORK/nodes/%n/spool
SlurmctldPidFile=WORK/slurmctld.pid
SlurmdPidFile=WORK/nodes/%n/slurmd.pid
SlurmctldLogFile=WORK/log/slurmctld.log
SlurmdLogFile=WORK/log/slurmd-%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=2
MessageTimeout=10
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1,sched_interval=1
NodeName={names} Port=6818 CPUs=256 Boards=1 SocketsPerBoard=2 CoresPerSocket=128 ThreadsPerCore=1 RealMemory=2000000 State=UNKNOWN
PartitionName=batch Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=closed Nodes=ALL Default=NO MaxTime=INFINITE State=DOWN
"
    );
    let conf = conf.replace("WORK", work.to_str().expect("ASCII"));
    fs::write(work.join("slurm.conf"), conf).expect("writable");
    fs::write(work.join("cgroup.conf"), "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n").expect("writable");
}
