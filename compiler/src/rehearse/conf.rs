//! Slurm's configuration files, in the shape of the topology's cluster.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::requirements::plugin_options;
use super::{Error, Rehearsal};

/// The file names and contents.
pub fn files(rehearsal: &Rehearsal, work: &str) -> Result<Vec<(&'static str, String)>, Error> {
    let mut files = vec![
        ("slurm.conf", slurm(rehearsal, work)?),
        // With version 1 and none of its plugins in use, Slurm leaves the machine's cgroups alone.
        ("cgroup.conf", "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n".to_owned()),
    ];
    if let Some(gres) = rehearsal.gres {
        let devices = match rehearsal.gpus_per_node {
            1 => "/dev/nvidia0".to_owned(),
            gpus => format!("/dev/nvidia[0-{}]", gpus - 1),
        };
        let name = gres.replace(':', " Type=");
        files.push(("gres.conf", format!("Name={name} File={devices}\n")));
    }
    if let Some(options) = plugin_options(rehearsal) {
        files.push(("plugstack.conf", format!("required {work}/options.so {options}\n")));
    }
    Ok(files)
}

fn slurm(rehearsal: &Rehearsal, work: &str) -> Result<String, Error> {
    let nodes = match rehearsal.nodes {
        1 => "node1".to_owned(),
        nodes => format!("node[1-{nodes}]"),
    };
    let mut partitions = names(rehearsal, "partition", &[','])?;
    if partitions.is_empty() {
        partitions.push("batch".to_owned());
    }
    let features = names(rehearsal, "constraint", &['&', '|', ',', '[', ']', '(', ')', '*'])?
        .into_iter()
        .filter(|word| !word.chars().all(|c| c.is_ascii_digit())) // a count, as in `rack*2`
        .collect::<Vec<_>>();
    let licenses = names(rehearsal, "licenses", &[',', ';', '|'])?;

    // The timeouts are long, for many nodes on few cores.
    let mut conf = format!(
        "ClusterName=rehearsal
SlurmctldHost=controller(10.77.255.254)
AuthType=auth/munge
AuthInfo=socket={work}/munge/socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={work}/state
SlurmdSpoolDir={work}/nodes/%n/spool
SlurmctldPidFile={work}/slurmctld.pid
SlurmdPidFile={work}/nodes/%n/slurmd.pid
SlurmctldLogFile={work}/log/slurmctld.log
SlurmdLogFile={work}/log/slurmd-%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=5
MessageTimeout=60
TCPTimeout=20
BatchStartTimeout=60
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1,sched_interval=1
"
    );
    // The nodes of these clusters are big; nothing here counts on what this machine has.
    let mut node = format!(
        "NodeName={nodes} Port=6818 CPUs=256 Boards=1 SocketsPerBoard=2 CoresPerSocket=128 ThreadsPerCore=1 RealMemory=2000000 State=UNKNOWN"
    );
    if let Some(gres) = rehearsal.gres {
        let kind = gres.split(':').next().unwrap_or(gres);
        writeln!(conf, "GresTypes={kind}").expect("a string");
        write!(node, " Gres={gres}:{}", rehearsal.gpus_per_node).expect("a string");
    }
    if plugin_options(rehearsal).is_some() {
        writeln!(conf, "PlugStackConfig={work}/plugstack.conf").expect("a string");
    }
    if !features.is_empty() {
        write!(node, " Features={}", features.join(",")).expect("a string");
    }
    if !licenses.is_empty() {
        writeln!(conf, "Licenses={}", licenses.join(",")).expect("a string");
    }
    writeln!(conf, "{node}").expect("a string");
    for (index, partition) in partitions.iter().enumerate() {
        let default = if index == 0 { "YES" } else { "NO" };
        writeln!(conf, "PartitionName={partition} Nodes=ALL Default={default} MaxTime=INFINITE State=UP")
            .expect("a string");
    }
    Ok(conf)
}

/// The names that an option of the job lists, each once. They have to be words of Slurm's files.
pub fn names(rehearsal: &Rehearsal, option: &str, separators: &[char]) -> Result<Vec<String>, Error> {
    let values = rehearsal.sbatch.iter().filter(|o| o.name == option).filter_map(|o| o.value.as_deref());
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for value in values {
        for name in value.split(separators).map(str::trim).filter(|name| !name.is_empty()) {
            if !name.chars().all(|c| c.is_alphanumeric() || "_-.:@+".contains(c)) {
                return Err(Error::Unsupported(format!(
                    "`--{option}={value}` can't be rehearsed: Slurm knows no such name as \"{name}\""
                )));
            }
            if seen.insert(name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}
