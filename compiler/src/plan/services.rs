//! The services' steps, before everything that needs them.

use super::build::Builder;
use super::ir::*;
use super::ports::{self, Ports};
use super::scope;
use super::word::{Runtime, Word};
use crate::diagnostic::Diagnostic;
use crate::resolve::env::{Setting, Text};
use crate::stdlib;
use crate::stdlib::template::Filled;

impl Builder<'_> {
    /// Plans the services on `node`, and notes for everybody where they are.
    pub(super) fn services(
        &mut self,
        node: u32,
        ports: &mut Ports,
        roles: &mut Vec<Role>,
        steps: &mut Vec<Step>,
    ) {
        let resolved = self.resolved;
        for (name, described) in &resolved.engine.services {
            let mut names = vec!["port"];
            names.extend(described.program.ports.iter().map(|range| range.name.value.as_str()));
            for known in names.into_iter().chain(["host"]) {
                self.shared.insert(format!("infra.{name}.{known}"), Filled::Nothing);
            }
        }
        for service in &resolved.services {
            let name = &service.name;
            let description = &service.description.program;
            if let Some(port) = &service.port {
                self.origin(format!("{name}.port"), port);
            }
            let written = service.port.as_ref().map(|port| port.value);
            let (port, ranges) = self.listening(node, written, description, ports);
            self.shared
                .insert(format!("infra.{name}.host"), Filled::Word(Word::runtime(Runtime::Node(node))));
            self.shared.insert(format!("infra.{name}.port"), Filled::Integer(port.into()));
            let mut scope = scope::base(&resolved.model);
            scope.insert("port", Filled::Integer(port.into()));
            for range in &ranges {
                let number = Filled::Integer(range.from.into());
                scope.insert(format!("port.{}", range.name), number.clone());
                self.shared.insert(format!("infra.{name}.{}", range.name), number);
            }
            let role = self.role(name, Part::Service, description, &service.program, &scope);
            roles.push(role);
            let serving = service.program.serving_type.clone();
            let step = self.single(name, name, node, Some(port), serving);
            steps.push(Step { ports: ranges, ..step });
        }
    }

    /// The ports of one process: its main one, as it is written or from the cluster's range, and the others.
    pub(super) fn listening(
        &mut self,
        node: u32,
        written: Option<u16>,
        program: &stdlib::role::Role,
        ports: &mut Ports,
    ) -> (u16, Vec<PortRange>) {
        let (behind, width) = ports::behind(program, 0);
        match written {
            Some(port) if behind.is_empty() => (port, Vec::new()),
            // The others are in the range, one behind the other as if the main one stood before them.
            Some(port) => {
                let first = ports.take(&[node], width - 1, self.diagnostics);
                (port, ports::placed(&behind, first - 1))
            }
            None => {
                let port = ports.take(&[node], width, self.diagnostics);
                (port, ports::placed(&behind, port))
            }
        }
    }

    /// A service that several nodes need: said where the topology has neither it nor an address of its own.
    pub(super) fn missed_across_nodes(&mut self, nodes: u32) {
        let resolved = self.resolved;
        for (name, service) in resolved.engine.services.iter().filter(|_| nodes > 1) {
            let Some(why) = &service.across_nodes else { continue };
            let given =
                |name: &str| service.gives.iter().flat_map(|b| &b.entries).any(|e| e.name.value == name);
            let own =
                |setting: &Setting| given(&setting.name) && matches!(setting.value, Some(Text::Literal(_)));
            let replaced =
                resolved.pools.iter().flat_map(|pool| &pool.program.env).any(|env| own(&env.value));
            if replaced || resolved.services.iter().any(|asked| asked.name == *name) {
                continue;
            }
            self.diagnostics.push(
                Diagnostic::warning("infra/nodes", format!("a job of {nodes} nodes without {name}"))
                    .label(resolved.head, format!("takes {nodes} nodes"))
                    .help(format!("{}; add `infra {{ {name} }}`", why.value)),
            );
        }
    }

    /// What every serving step waits for: that all services answer.
    pub(super) fn after_services(&self) -> impl Iterator<Item = Edge> {
        let answering = self.resolved.services.iter().filter(|service| service.program.ready.is_some());
        answering.map(|service| Edge { step: service.name.clone(), state: State::Ready })
    }
}
