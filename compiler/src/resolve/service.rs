//! The services that a topology asks for, with what each is told.

use super::env::Environment;
use super::{Context, Program, Traced};
use crate::plan::Ready;
use crate::stdlib;
use crate::topology::infra;

#[derive(Debug, Clone)]
pub struct Service {
    pub name: String,
    /// Its main port, where it is written; else one of the cluster's range.
    pub port: Option<Traced<u16>>,
    pub description: stdlib::service::Service,
    pub program: Program,
}

impl Context<'_> {
    /// Those that are written and that the engine knows: `check` has reported the others.
    pub(super) fn asked_services(
        &self,
    ) -> impl Iterator<Item = (&infra::Service, &stdlib::service::Service)> {
        let written = self.topology.infra.iter().flat_map(|infra| &infra.services);
        written.filter_map(|service| Some((service, self.engine.services.get(&service.name.value)?)))
    }

    pub(super) fn services(&self) -> Vec<Service> {
        let lost_after = self.lost_after().value;
        self.asked_services().map(|(written, service)| self::service(written, service, lost_after)).collect()
    }
}

fn service(written: &infra::Service, description: &stdlib::service::Service, lost_after: u32) -> Service {
    let described = &description.program;
    let mut environment = Environment::default();
    environment.add_described(&described.env);
    environment.add(&written.env, &written.name.value);
    let port = super::written([written.port.as_ref(), described.port.as_ref()]);
    Service {
        name: written.name.value.clone(),
        // The language's range makes sure that it fits.
        port: port.map(|port| port.map(|port| u16::try_from(port).unwrap_or(u16::MAX))),
        description: description.clone(),
        program: Program {
            env: environment.finish(),
            settings: indexmap::IndexMap::new(),
            arguments: written.arguments.iter().map(Traced::from).collect(),
            ready: described.ready.as_ref().map(|path| {
                let seconds = Traced::or_rule(
                    described.ready_timeout.as_ref(),
                    120,
                    "services have two minutes to get ready",
                );
                seconds.map(|seconds| Ready {
                    path: path.value.clone(),
                    timeout_seconds: seconds,
                    lost_after_seconds: lost_after,
                    port: None,
                })
            }),
            serving_type: written.name.value.to_uppercase(),
        },
    }
}
