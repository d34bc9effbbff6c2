//! The ports of servers: on each node the next free one of the cluster's range.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{Origin, Resolved};

/// Hands out ports, node by node.
pub struct Ports<'a> {
    resolved: &'a Resolved,
    /// The coordinator's node and port, which no worker may take.
    reserved: Option<(u32, u16)>,
    next: BTreeMap<u32, u32>,
    exhausted: bool,
}

impl<'a> Ports<'a> {
    pub fn new(resolved: &'a Resolved, reserved: Option<(u32, u16)>) -> Self {
        Ports { resolved, reserved, next: BTreeMap::new(), exhausted: false }
    }

    /// A port for a server whose first rank runs on `node`.
    pub fn take(&mut self, node: u32, diagnostics: &mut Diagnostics) -> u16 {
        let (first, last) = self.resolved.site.ports;
        let next = self.next.entry(node).or_insert(u32::from(first));
        let count = self.resolved.harness.as_ref().map_or(1, |h| h.description.ports);
        if let Some((_, port)) = self.reserved.filter(|(n, port)| {
            let port = u32::from(*port);
            *n == node && (port..port + count).any(|p| (*next..*next + count).contains(&p))
        }) {
            *next = u32::from(port) + count;
        }
        let port = *next;
        *next += count;
        if port + count - 1 > u32::from(last) && !self.exhausted {
            self.exhausted = true;
            let mut error = Diagnostic::error(
                "ports/exhausted",
                format!("one node runs more servers than ports {first} to {last} allow"),
            );
            if let Origin::At(span) = self.resolved.site.ports_origin {
                error = error.label(span, "this range is too small");
            }
            diagnostics
                .push(error.help("widen `ports` in the cluster, or spread the servers over more nodes"));
        }
        u16::try_from(port).unwrap_or(u16::MAX)
    }
}
