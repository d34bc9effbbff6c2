//! Faults: what is broken on purpose while the job runs, to see whether the job notices.

mod inject;
mod matrix;
mod records;
mod spec;
mod steps;
#[cfg(test)]
mod tests;
mod watch;

use std::time::Duration;

pub use matrix::cases;
pub use steps::{Step, Steps};
pub use watch::Watch;

/// One fault: what to break, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As it was written.
    pub text: String,
    pub what: What,
    pub when: When,
}

/// Nodes count from 1, as the hosts of a rehearsal do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The program of this rank, below the step's script. Of several steps, the one that runs.
    Kill {
        steps: Vec<Step>,
        rank: u32,
    },
    /// All processes of a step stand still.
    Hang(Vec<Step>),
    /// Nothing reaches the node any more; what runs there goes on.
    Cut(u32),
    KillSlurmd(u32),
    RestartSlurmctld,
    Cancel,
    Requeue,
    /// The run folder's file system has no room left.
    FullDisk,
    /// Something else listens on the step's port.
    TakePort {
        step: Step,
        port: u16,
    },
}

/// Where there are several steps, any of them will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    BeforeTheJob,
    /// So long after the job's start.
    At(Duration),
    Starts(Vec<Step>),
    Ready(Vec<Step>),
    /// One of these clients has run for a while, and asks for something.
    UnderLoad(Vec<Step>),
}

/// Whether a fault needs a file system that it can fill.
pub fn need_disk(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.what == What::FullDisk)
}

impl Fault {
    /// Reads a fault; steps, ranks and nodes are those of the plan.
    ///
    /// # Errors
    /// A message that points at the word which can't be understood, and lists what could stand there.
    pub fn parse(text: &str, steps: &Steps) -> Result<Self, String> {
        spec::parse(text, steps)
    }
}
