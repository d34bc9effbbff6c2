//! What of the job still runs when it has ended.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::processes::{self, Process};
use super::{Error, interrupt};

/// A line for each process of the job, on the nodes that Slurm still reaches.
pub fn behind(cluster: &Cluster, lost: &BTreeSet<u32>) -> Result<Vec<String>, Error> {
    let lost: Vec<String> = lost.iter().map(|node| format!("node{node}")).collect();
    let began = Instant::now();
    loop {
        let mut left = processes::within(&cluster.pid_namespace());
        left.retain(|process| {
            let is_lost = process.node().is_some_and(|node| lost.iter().any(|lost| lost == node));
            process.is_of_a_job() && !is_lost
        });
        // Who looks once a second whether its step still runs needs a moment to end.
        if left.is_empty() || began.elapsed() > Duration::from_secs(10) {
            return Ok(left.iter().map(line).collect());
        }
        interrupt::pause()?;
    }
}

/// `left behind: gen_0 on node1: python3 serve.py (pid 123)`.
fn line(process: &Process) -> String {
    let step = process.variable("DISAGGC_STEP").map_or_else(String::new, |step| format!("{step} on "));
    let node = process.node().unwrap_or("an unknown node");
    let mut command: String = process.words.join(" ").chars().take(200).collect();
    if command.is_empty() {
        command.clone_from(&process.name);
    }
    format!("left behind: {step}{node}: {command} (pid {})", process.own_pid)
}
