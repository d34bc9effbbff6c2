//! The ports of servers: on each node the next free ones of the cluster's range.

use std::collections::BTreeMap;
use std::ops::Range;

use super::PortRange;
use super::word::{Runtime, Word};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{Origin, Resolved};
use crate::stdlib::role::Role;
use crate::stdlib::template::{Filled, Scope};

/// Hands out ports, node by node.
pub struct Ports<'a> {
    resolved: &'a Resolved,
    /// What is taken on a node by its number, wherever it lies.
    reserved: Vec<(u32, Range<u32>)>,
    next: BTreeMap<u32, u32>,
    exhausted: bool,
}

impl<'a> Ports<'a> {
    pub fn new(resolved: &'a Resolved) -> Self {
        Ports { resolved, reserved: Vec::new(), next: BTreeMap::new(), exhausted: false }
    }

    /// Keeps `count` ports from `port` on of one node for whom they were written.
    pub fn reserve(&mut self, node: u32, port: u16, count: u32) {
        let port = u32::from(port);
        self.reserved.push((node, port..port + count));
    }

    /// The first of `count` ports that are free on all of `nodes`.
    pub fn take(&mut self, nodes: &[u32], count: u32, diagnostics: &mut Diagnostics) -> u16 {
        let (first, last) = self.resolved.site.ports;
        let last =
            self.resolved.engine.max_port.as_ref().map_or(u32::from(last), |max| max.value.min(last.into()));
        let free = |node: &u32| *self.next.get(node).unwrap_or(&first.into());
        let mut port = nodes.iter().map(free).max().unwrap_or(first.into());
        let taken = |port: u32| {
            let overlaps = |(node, range): &&(u32, Range<u32>)| {
                nodes.contains(node) && range.start < port + count && port < range.end
            };
            self.reserved.iter().find(overlaps).map(|(_, range)| range.end)
        };
        while let Some(end) = taken(port) {
            port = end;
        }
        self.next.extend(nodes.iter().map(|node| (*node, port + count)));
        // An empty range has a rule of its own.
        if port + count - 1 > last
            && !self.exhausted
            && self.resolved.site.ports.0 <= self.resolved.site.ports.1
        {
            self.exhausted = true;
            self.report(first, last, diagnostics);
        }
        u16::try_from(port).unwrap_or(u16::MAX)
    }

    fn report(&self, first: u16, last: u32, diagnostics: &mut Diagnostics) {
        let mut error = Diagnostic::error(
            "ports/exhausted",
            format!("one node runs more servers than ports {first} to {last} allow"),
        );
        if let Origin::At(span) = self.resolved.site.ports_origin {
            error = error.label(span, "this range is too small");
        }
        let help = match &self.resolved.engine.max_port {
            Some(max) if max.value == last => {
                error = error.label(max.span, "the engine takes no port above");
                format!("give the cluster more `ports` below {last}")
            }
            _ => "widen `ports` in the cluster, or spread the servers over more nodes".to_owned(),
        };
        diagnostics.push(error.help(help));
    }
}

/// What a program listens on besides its main port, by their distance from it; `gpus` are a server's.
pub fn behind(program: &Role, gpus: u64) -> (Vec<(String, Range<u32>)>, u32) {
    let mut ranges = Vec::new();
    let mut next = 1;
    for range in &program.ports {
        let per_gpu = u32::try_from(u64::from(range.per_gpu) * gpus).unwrap_or(u32::MAX / 4);
        let end = next + (range.count + per_gpu).max(1);
        ranges.push((range.name.value.clone(), next..end));
        next = end;
    }
    (ranges, next)
}

/// The same as ports, where the main one is known.
pub fn placed(ranges: &[(String, Range<u32>)], port: u16) -> Vec<PortRange> {
    let at = |offset: u32| u16::try_from(u32::from(port) + offset).unwrap_or(u16::MAX);
    let place = |(name, range): &(String, Range<u32>)| PortRange {
        name: name.clone(),
        from: at(range.start),
        to: at(range.end - 1),
    };
    ranges.iter().map(place).collect()
}

/// The same as placeholders, where only the steps know the main one.
pub fn relative(ranges: &[(String, Range<u32>)], scope: &mut Scope) {
    for (name, range) in ranges {
        let word = Word::runtime(Runtime::PortPlus(range.start));
        scope.insert(format!("port.{name}"), Filled::Word(word));
    }
}
