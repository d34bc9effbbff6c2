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
    /// With a container there always is one: it makes the container on each node, once, and all steps start in
    /// that one, lest many of them unpack the image at the same moment.
    pub(super) fn preparation(&self) -> Option<Preparation> {
        let written = Prepare::merged(self.cluster.prepare.clone(), self.topology.prepare.clone());
        if written.is_none() && self.container().is_none() {
            return None;
        }
        let (timeout, env, commands) =
            written.map_or_else(Default::default, |written| (written.timeout, written.env, written.commands));
        Some(Preparation {
            timeout: Traced::or_rule(timeout.as_ref(), TIMEOUT, "30 minutes to prepare the nodes"),
            program: self.program("prepare", "prepare", &env, None, &[], None),
            commands,
        })
    }
}
