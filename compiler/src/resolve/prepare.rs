//! What the site and the topology have done on every node before a server starts.

use super::{Context, Program, Traced};
use crate::topology::prepare::{Command, Prepare};

/// Seconds for a preparation that says nothing else: an engine's wheel with all that it needs takes minutes.
const TIMEOUT: u32 = 1800;

#[derive(Debug, Clone)]
pub struct Preparation {
    pub commands: Vec<Command>,
    pub timeout: Traced<u32>,
    pub program: Program,
}

impl Context<'_> {
    pub(super) fn preparation(&self) -> Option<Preparation> {
        let written = Prepare::merged(self.cluster.prepare.clone(), self.topology.prepare.clone())?;
        Some(Preparation {
            timeout: Traced::or_rule(written.timeout.as_ref(), TIMEOUT, "30 minutes to prepare the nodes"),
            program: self.program("prepare", "prepare", &written.env, None, &[], None),
            commands: written.commands,
        })
    }
}
