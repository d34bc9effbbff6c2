//! Slurm's configuration files, in the shape of the topology's cluster.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use disaggc::plan::{Component, SlurmOption};
use indexmap::IndexMap;

use super::{Error, Rehearsal};

/// The file names and contents.
pub fn files(rehearsal: &Rehearsal, work: &str) -> Result<Vec<(&'static str, String)>, Error> {
    let mut files = vec![
        ("slurm.conf", slurm(rehearsal, work)?),
        // With version 1 and none of its plugins in use, Slurm leaves the machine's cgroups alone.
        ("cgroup.conf", "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n".to_owned()),
    ];
    let gres: String = rehearsal.components.iter().filter_map(devices).collect();
    if !gres.is_empty() {
        files.push(("gres.conf", gres));
    }
    if rehearsal.needs_plugin() {
        files.push(("plugstack.conf", plugin(rehearsal, work)));
    }
    Ok(files)
}

/// The plugin with the options that Debian's Slurm lacks.
fn plugin(rehearsal: &Rehearsal, work: &str) -> String {
    let pyxis = if rehearsal.pyxis { format!(" pyxis={work}") } else { String::new() };
    let segment = if rehearsal.segment { " segment" } else { "" };
    format!("required {work}/options.so{pyxis}{segment}\n")
}

/// The names of a component's nodes, as Slurm writes a list of them.
fn nodes(component: &Component) -> String {
    match component.nodes {
        1 => format!("node{}", component.from + 1),
        nodes => format!("node[{}-{}]", component.from + 1, component.from + nodes),
    }
}

/// The GPUs of a component's nodes.
fn devices(component: &Component) -> Option<String> {
    let devices = match component.gpus_per_node {
        1 => "/dev/nvidia0".to_owned(),
        gpus => format!("/dev/nvidia[0-{}]", gpus - 1),
    };
    let name = component.gres.as_ref()?.replace(':', " Type=");
    Some(format!("NodeName={} Name={name} File={devices}\n", nodes(component)))
}

/// Each partition that the job asks for, with the nodes of the components that do; the first is the default.
fn partitions(rehearsal: &Rehearsal) -> Result<IndexMap<String, Vec<String>>, Error> {
    let mut partitions: IndexMap<String, Vec<String>> = IndexMap::new();
    for component in &rehearsal.components {
        let mut names = names(component.sbatch.iter(), "partition", &[','])?;
        if names.is_empty() {
            names.push("batch".to_owned());
        }
        for name in names {
            partitions.entry(name).or_default().push(nodes(component));
        }
    }
    Ok(partitions)
}

fn slurm(rehearsal: &Rehearsal, work: &str) -> Result<String, Error> {
    let licenses = names(rehearsal.options(), "licenses", &[',', ';', '|'])?;

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
KillWait=12
MessageTimeout=60
TCPTimeout=20
BatchStartTimeout=60
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1,sched_interval=1
"
    );
    let kinds: BTreeSet<&str> = rehearsal
        .components
        .iter()
        .filter_map(|component| component.gres.as_deref()?.split(':').next())
        .collect();
    if !kinds.is_empty() {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        writeln!(conf, "GresTypes={}", kinds.join(",")).expect("a string");
    }
    if rehearsal.needs_plugin() {
        writeln!(conf, "PlugStackConfig={work}/plugstack.conf").expect("a string");
    }
    if !licenses.is_empty() {
        writeln!(conf, "Licenses={}", licenses.join(",")).expect("a string");
    }
    for component in &rehearsal.components {
        writeln!(conf, "{}", node_line(component)?).expect("a string");
    }
    for (index, (partition, nodes)) in partitions(rehearsal)?.into_iter().enumerate() {
        let (default, nodes) = (if index == 0 { "YES" } else { "NO" }, nodes.join(","));
        writeln!(conf, "PartitionName={partition} Nodes={nodes} Default={default} MaxTime=INFINITE State=UP")
            .expect("a string");
    }
    Ok(conf)
}

/// The nodes of these clusters are big; nothing here counts on what this machine has.
fn node_line(component: &Component) -> Result<String, Error> {
    let mut line = format!(
        "NodeName={} Port=6818 CPUs=256 Boards=1 SocketsPerBoard=2 CoresPerSocket=128 ThreadsPerCore=1 RealMemory=2000000 State=UNKNOWN",
        nodes(component)
    );
    if let Some(gres) = &component.gres {
        write!(line, " Gres={gres}:{}", component.gpus_per_node).expect("a string");
    }
    let separators = ['&', '|', ',', '[', ']', '(', ')', '*'];
    let features: Vec<String> = names(component.sbatch.iter(), "constraint", &separators)?
        .into_iter()
        .filter(|word| !word.chars().all(|c| c.is_ascii_digit())) // a count, as in `rack*2`
        .collect();
    if !features.is_empty() {
        write!(line, " Features={}", features.join(",")).expect("a string");
    }
    Ok(line)
}

/// The names that an option of the job lists, each once. They have to be words of Slurm's files.
pub fn names<'a>(
    options: impl Iterator<Item = &'a SlurmOption>,
    option: &str,
    separators: &[char],
) -> Result<Vec<String>, Error> {
    let values = options.filter(|o| o.name == option).filter_map(|o| o.value.as_deref());
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
