//! What is done on every node before a server starts.

pub mod empty;
pub mod no_install;
pub mod program;
pub mod wheel;

use super::Subject;
use crate::topology::prepare::{Command, Prepare};

/// The site's preparation, then the topology's.
fn blocks<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Prepare> {
    let site = subject.cluster.and_then(|cluster| cluster.prepare.as_ref());
    site.into_iter().chain(&subject.topology.prepare)
}

pub fn commands<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Command> {
    blocks(subject).flat_map(|prepare| &prepare.commands)
}
