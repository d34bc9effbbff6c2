//! Puts the plan together.

use indexmap::IndexMap;

use super::ir::*;
use super::place::{self, Placement};
use super::ports::{self, Ports};
use super::provenance::Provenance;
use super::seats::Seats;
use super::word::{Runtime, Word};
use super::{Data, assertions, container, harness, laws, prepare, wishes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::config::Settings;
use crate::resolve::{Origin, Pool, Resolved, Traced};
use crate::source::SourceMap;
use crate::stdlib::template::Scope;
use crate::topology::ast::WorkerKind;

/// How long before its time limit the job is told: Slurm looks at it once a minute, so up to a minute earlier.
const WARNING_SECONDS: u32 = 60;

/// Plans the job. The plan is only worth something if no error was found, before or here.
pub fn build(resolved: &Resolved, sources: &SourceMap, diagnostics: &mut Diagnostics) -> (Plan, Provenance) {
    let servers: Vec<(usize, u32)> = resolved
        .pools
        .iter()
        .enumerate()
        .flat_map(|(index, pool)| (0..pool.replicas.value).map(move |replica| (index, replica)))
        .collect();
    let placement = wishes::placed(resolved, diagnostics);
    assertions::check(resolved, &servers, &placement, diagnostics);
    let large = placement.nodes > 1 || resolved.components.iter().any(|nodes| nodes.gpus_per_node.value > 1);
    let (shared, origins) = (Scope::default(), IndexMap::new());
    let provenance = Provenance::default();
    let mut builder = Builder { resolved, sources, diagnostics, large, shared, origins, provenance };
    let plan = builder.plan(&servers, &placement);
    if !builder.diagnostics.has_errors() {
        for sentence in laws::broken(&plan) {
            builder.diagnostics.push(
                Diagnostic::error("plan/law", format!("the plan is not legal: {sentence}"))
                    .label(resolved.head, "planned from this")
                    .help("this is a mistake of disaggc, not yours: please report it with the topology"),
            );
        }
    }
    (plan, builder.provenance)
}

pub(super) struct Builder<'a> {
    pub(super) resolved: &'a Resolved,
    sources: &'a SourceMap,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// More than one node, or more than one GPU a node: see [`launched`](Self::launched).
    large: bool,
    /// What every role's text may name: where the services are.
    pub(super) shared: Scope,
    origins: IndexMap<String, String>,
    provenance: Provenance,
}

impl Builder<'_> {
    fn plan(&mut self, servers: &[(usize, u32)], placement: &Placement) -> Plan {
        let resolved = self.resolved;
        for nodes in &resolved.components {
            self.origin(path_of("cluster", nodes, "gpus-per-node"), &nodes.gpus_per_node);
        }
        self.origin("cluster.mpi", &resolved.site.mpi);
        let (from, to) = resolved.site.ports;
        self.origin("cluster.ports", &Traced::new(format!("{from}-{to}"), resolved.site.ports_origin));
        self.origin("placement.exclusive", &resolved.placement.exclusive);
        self.origin("model", &resolved.model.path);
        self.origin("benchmark.mode", &resolved.mode);
        self.origin("benchmark.max-failed", &resolved.client.may_fail);
        let components = (0..resolved.components.len()).map(|index| self.component(index, placement));
        let components = components.collect();

        let mut seats = Seats::new(resolved, servers, placement);
        let server_node = resolved.server.as_ref().map_or(0, |server| seats.node(&server.seat));
        let endpoint = resolved.server.as_ref().map(|s| (server_node, s.port.value));
        let mut ports = Ports::new(resolved);
        let (mut roles, mut steps, mut configs) = (Vec::new(), Vec::new(), Vec::new());
        let services_node = resolved.services_on.as_ref().map_or(server_node, |pool| seats.first(pool));
        self.reserve(endpoint, services_node, &mut ports);
        self.missed_across_nodes(placement.nodes);
        self.services(services_node, &mut ports, &mut roles, &mut steps);
        let workers = self.workers(servers, placement, &mut ports);
        let first = workers.first().and_then(|step| Some((step.nodes.first()?.node, step.port?)));
        for pool in &resolved.pools {
            let scope = self.pool_scope(pool);
            let role = self.worker_role(pool, scope, &mut configs);
            roles.push(role);
        }
        if let Some((node, port)) = endpoint {
            let (_, ports) = self.listening(node, Some(port), &self.described("server"), &mut ports);
            let role = self.coordinator_role(node, port, &ports, &workers, &mut configs);
            roles.push(role);
            steps.extend(workers);
            let mut step = self.single("server", "server", node, Some(port), self.serving("server"));
            step.after = self.after_services().collect();
            steps.push(Step { ports, ..step });
        } else {
            steps.extend(workers);
        }
        // Without a coordinator there is exactly one worker that takes requests.
        let target = endpoint.or(first);
        let client_node = seats.node(&resolved.client.seat);
        let role = self.client_role();
        roles.push(role);
        let mut tests = harness::tests(resolved, placement.nodes, &roles, self.diagnostics);
        match &tests {
            Some(tests) => {
                let tested = roles.iter_mut().filter(|role| role.part != Part::Service);
                tested.for_each(|role| tests.run(role));
                configs.clear();
                self.tests(client_node, &mut roles, &mut steps);
            }
            None => self.clients(client_node, target.unwrap_or_default(), &roles, &mut steps),
        }
        if let Some(accuracy) = &resolved.accuracy {
            let node = accuracy.on.as_ref().map_or(client_node, |pool| seats.first(pool));
            self.accuracy(accuracy, node, target.unwrap_or_default(), &mut roles, &mut steps);
        }
        if let Some(preparation) = &resolved.preparation {
            self.prepare(preparation, placement, &mut roles, &mut steps);
        }
        self.choose_groups(placement, &mut steps);

        let kept = resolved.pools.iter().filter(|pool| pool.one_domain.value);
        Plan {
            schema: SCHEMA,
            topology: resolved.name.clone(),
            engine: Engine {
                name: resolved.engine.name.value.clone(),
                version: resolved.engine.version.clone(),
                backend: resolved.engine.backend.as_ref().map(|backend| backend.value.clone()),
            },
            cluster: Cluster { name: resolved.site.name.clone() },
            mode: resolved.mode.value.clone(),
            nodes: placement.nodes,
            placement: Placed {
                minimum: placement.minimum,
                excluded_gpus: excluded_gpus(resolved),
                shared: !resolved.placement.exclusive.value,
                dedicated: placement.dedicated,
                domains: placement.domains.clone(),
                one_domain: kept.map(|pool| pool.role.clone()).collect(),
            },
            components,
            run_folder: resolved.site.run_folder.clone(),
            configs,
            roles,
            steps,
            jenkins: self.jenkins(tests.as_mut().and_then(|tests| tests.stage.take())),
            exports: tests.map(|t| t.exports).unwrap_or_default(),
            origins: std::mem::take(&mut self.origins),
        }
    }

    /// Notes where a value comes from.
    pub(super) fn origin<T: Clone + Into<Data>>(&mut self, path: impl Into<String>, traced: &Traced<T>) {
        self.origin_of(path, traced.value.clone().into(), traced);
    }

    /// Notes where a value comes from that is shown as `value`.
    pub(super) fn origin_of<T>(&mut self, path: impl Into<String>, value: Data, traced: &Traced<T>) {
        let path = path.into();
        self.origins.insert(path.clone(), traced.origin.describe(self.sources));
        self.provenance.add(path, value, traced);
    }

    /// Notes where a setting comes from, and everything in it.
    pub(super) fn origins_in(&mut self, path: String, setting: &Traced<Settings>) {
        self.origins.insert(path.clone(), setting.origin.describe(self.sources));
        self.provenance.add_setting(path, setting);
    }

    fn component(&mut self, index: usize, placement: &Placement) -> Component {
        let nodes = &self.resolved.components[index];
        let place::Component { from, nodes: count, .. } = placement.components[index];
        Component {
            kind: nodes.kind.clone(),
            from,
            nodes: count,
            gpus_per_node: nodes.gpus_per_node.value,
            gres: nodes.gres.clone(),
            sbatch: self.sbatch(index, placement),
        }
    }

    /// The `#SBATCH` lines: what the person asks for, and what the recipe for launching steps needs. What is said for the
    /// first component only holds for the whole job (Slurm's documentation of heterogeneous jobs).
    fn sbatch(&mut self, index: usize, placement: &Placement) -> Vec<SlurmOption> {
        let option = |name: &str, value: Option<String>| SlurmOption { name: name.to_owned(), value };
        let resolved = self.resolved;
        let nodes = &resolved.components[index];
        let place::Component { nodes: count, segment, .. } = placement.components[index];
        let written = |name: &str| nodes.slurm.iter().any(|written| written.value.name == name);
        let mut options = Vec::new();
        if index == 0 {
            options.push(option("job-name", Some(resolved.name.clone())));
            options.push(option("output", Some("%x-%j.out".to_owned())));
        }
        for written in &nodes.slurm {
            let value = written.value.value.clone().map_or(Data::Bool(true), Data::from);
            self.origin_of(path_of("sbatch", nodes, &written.value.name), value, written);
            match options.iter_mut().find(|o| o.name == written.value.name) {
                Some(default) => default.value = written.value.value.clone(),
                None => options.push(written.value.clone()),
            }
        }
        options.push(option("nodes", Some(count.to_string())));
        if let Some(segment) = segment.filter(|_| !written("segment")) {
            options.push(option("segment", Some(segment.to_string())));
        }
        let mut gpus = nodes.gpus_per_node.value;
        if resolved.placement.exclusive.value {
            options.push(option("exclusive", None));
            options.push(option("mem", Some("0".to_owned())));
        } else {
            gpus = asked_gpus(&placement.components[index], placement);
            // Cores for as many ranks; steps share them.
            options.push(option("ntasks-per-node", Some(gpus.max(1).to_string())));
        }
        if let Some(gres) = nodes.gres.as_ref().filter(|_| gpus > 0) {
            options.push(option("gres", Some(format!("{gres}:{gpus}"))));
        }
        if index == 0 {
            if !written("requeue") {
                options.push(option("no-requeue", None));
            }
            if !written("no-kill") {
                options.push(option("no-kill", None));
            }
            options.push(option("signal", Some(format!("B:USR1@{WARNING_SECONDS}"))));
        }
        const PLANNED: [&str; 11] = [
            "job-name",
            "output",
            "nodes",
            "segment",
            "exclusive",
            "mem",
            "ntasks-per-node",
            "gres",
            "no-requeue",
            "no-kill",
            "signal",
        ];
        for name in PLANNED {
            let path = path_of("sbatch", nodes, name);
            if let Some(option) = options.iter().find(|o| o.name == name)
                && !self.origins.contains_key(&path)
            {
                let value = option.value.clone().map_or(Data::Bool(true), Data::from);
                let rule = Traced::rule((), "what the job takes follows from the plan");
                self.origin_of(path, value, &rule);
            }
        }
        options
    }

    /// In a heterogeneous job srun is told in which component a step's nodes are.
    fn choose_groups(&self, placement: &Placement, steps: &mut [Step]) {
        if placement.components.len() == 1 {
            return;
        }
        for step in steps {
            let first = step.nodes.first().map_or(0, |share| share.node);
            let here = |c: &place::Component| (c.from..c.from + c.nodes).contains(&first);
            let group = placement.components.iter().position(here).unwrap_or(0);
            step.srun.insert(1, Word::text(format!("--het-group={group}")));
        }
    }

    /// The launcher rule: where ranks share a server, each of them starts through the launcher, unless the job
    /// can't have more than one.
    pub(super) fn launched(&self, pool: &Pool) -> bool {
        self.large && pool.processes == Processes::Gpu
    }

    /// How many ports a server of a test program takes.
    fn tested_ports(&self) -> u32 {
        self.resolved.harness.as_ref().map_or(1, |harness| harness.description.ports)
    }

    /// Keeps the ports that are written for the coordinator and the services from the workers.
    fn reserve(&mut self, coordinator: Option<(u32, u16)>, services_node: u32, ports: &mut Ports) {
        let resolved = self.resolved;
        let mut written: Vec<(u32, &Traced<u16>)> = Vec::new();
        if let (Some((node, port)), Some(server)) = (coordinator, &resolved.server) {
            ports.reserve(node, port, self.tested_ports());
            written.push((node, &server.port));
        }
        for port in resolved.services.iter().filter_map(|service| service.port.as_ref()) {
            ports.reserve(services_node, port.value, 1);
            if let Some((_, other)) =
                written.iter().find(|(n, p)| *n == services_node && p.value == port.value)
            {
                self.clash(other, port);
            }
            written.push((services_node, port));
        }
    }

    /// Two programs of one node with the same port.
    fn clash(&mut self, first: &Traced<u16>, second: &Traced<u16>) {
        let mut error =
            Diagnostic::error("ports/clash", format!("two programs of one node take port {}", second.value));
        for (port, text) in [(second, "taken twice"), (first, "taken here already")] {
            if let Origin::At(span) = port.origin {
                error = error.label(span, text);
            }
        }
        self.diagnostics.push(error.help("give one of them another port, or none: then it gets a free one"));
    }

    pub(super) fn serving(&self, role: &str) -> String {
        let described = self.resolved.engine.role(role).and_then(|r| r.serving_type.as_ref());
        described.map_or_else(|| role.to_uppercase(), |s| s.value.clone())
    }

    /// The workers' steps, generation first.
    fn workers(&mut self, servers: &[(usize, u32)], placement: &Placement, ports: &mut Ports) -> Vec<Step> {
        let looks = self.resolved.engine.launcher.as_ref().is_some_and(|l| l.address_variable.is_some());
        let mut leaders: IndexMap<u32, String> = IndexMap::new();
        let mut counts: IndexMap<WorkerKind, u32> = IndexMap::new();
        let mut steps = Vec::new();
        for (&(pool, replica), shares) in servers.iter().zip(&placement.servers) {
            let pool = &self.resolved.pools[pool];
            let number = counts.entry(pool.kind).or_insert(0);
            let serving_type = format!("{}_{number}", pool.program.serving_type);
            *number += 1;
            let name = format!("{}_{replica}", pool.role);
            let leader = shares[0].node;
            let launched = self.launched(pool);
            let previous = leaders.insert(leader, name.clone()).filter(|_| launched && looks);
            let mut shares = shares.clone();
            if pool.processes == Processes::Node {
                shares.iter_mut().for_each(|share| share.ranks = 1);
            }
            let (behind, width) = ports::behind(&self.described(pool.kind.name()), pool.world());
            let nodes: Vec<u32> = shares.iter().map(|share| share.node).collect();
            let listening = if pool.processes == Processes::Node { &nodes[..] } else { &nodes[..1] };
            let port = ports.take(listening, width.max(self.tested_ports()), self.diagnostics);
            let mut step = self.step(&name, &pool.role, serving_type, shares, launched);
            step.port = Some(port);
            step.ports = ports::placed(&behind, port);
            step.after = self.after_services().collect();
            step.after.extend(previous.map(|step| Edge { step, state: State::Leading }));
            steps.push(step);
        }
        steps
    }

    /// A step by the recipe for launching: ranks are placed by a hostfile, and every option is
    /// written `--key=value` (srt-slurm 179: a blank is misread by newer Slurms).
    pub(super) fn step(
        &self,
        name: &str,
        role: &str,
        serving_type: String,
        nodes: Vec<Share>,
        mpi: bool,
    ) -> Step {
        let ranks: u32 = nodes.iter().map(|share| share.ranks).sum();
        let mut srun = vec![
            Word::text(format!("--job-name={name}")),
            Word::text("--overlap"),
            Word::text("--distribution=arbitrary"),
            Word::text(format!("--nodes={}", nodes.len())),
            Word::text(format!("--ntasks={ranks}")),
            Word::text("--export=ALL"),
            Word::text("--cpu-bind=none"),
            Word::text("--kill-on-bad-exit=1"),
        ];
        if mpi {
            srun.push(Word::text(format!("--mpi={}", self.resolved.site.mpi.value)));
        }
        srun.push(Word::text("--output=").then_runtime(Runtime::RunFolder).then(format!("/log/{name}.log")));
        let files = match &self.resolved.preparation {
            None => container::Origin::Image,
            Some(_) if role == prepare::ROLE => container::Origin::ImageKept,
            Some(_) => container::Origin::Kept,
        };
        srun.extend(self.resolved.container.iter().flat_map(|c| container::options(c, files)));
        Step {
            name: name.to_owned(),
            role: role.to_owned(),
            serving_type,
            srun,
            nodes,
            port: None,
            ports: Vec::new(),
            after: Vec::new(),
            load: None,
        }
    }

    /// A step of one process.
    pub(super) fn single(
        &self,
        name: &str,
        role: &str,
        node: u32,
        port: Option<u16>,
        serving_type: String,
    ) -> Step {
        let share = Share { node, ranks: 1, gpus: Vec::new() };
        Step { port, ..self.step(name, role, serving_type, vec![share], false) }
    }

    /// The client at each concurrency in turn, when everything is ready.
    fn clients(
        &mut self,
        node: u32,
        (target_node, target_port): (u32, u16),
        roles: &[Role],
        steps: &mut Vec<Step>,
    ) {
        let client = &self.resolved.client;
        let answers = |s: &&Step| roles.iter().any(|r| r.name == s.role && r.ready.is_some());
        let ready = steps.iter().filter(answers).map(|s| Edge { step: s.name.clone(), state: State::Ready });
        let mut after: Vec<Edge> = ready.collect();
        for concurrency in &client.concurrency {
            let name = format!("benchmark_{}", concurrency.value);
            self.origin(format!("benchmark.concurrency.{}", concurrency.value), concurrency);
            let mut step = self.single(&name, "benchmark", node, None, self.serving("benchmark"));
            step.after = std::mem::replace(&mut after, vec![Edge { step: name, state: State::Done }]);
            let rounds = u64::from(concurrency.value) * u64::from(client.rounds.value);
            let requests = client.requests.as_ref().map_or(rounds, |requests| requests.value.into());
            step.load = Some(Load {
                target_node,
                target_port,
                concurrency: Some(concurrency.value),
                requests: Some(requests),
                may_fail: client.may_fail.value,
            });
            steps.push(step);
        }
    }

    /// The one step that makes the requests and decides the job, which finds the servers by itself: the
    /// client, or where the server does both phases, its own test.
    fn tests(&self, node: u32, roles: &mut Vec<Role>, steps: &mut Vec<Step>) {
        if self.resolved.server.is_some() {
            steps.push(self.single("benchmark", "benchmark", node, None, self.serving("benchmark")));
        } else {
            roles.retain(|role| role.part == Part::Worker);
            roles.iter_mut().for_each(|role| role.decides = true);
        }
    }
}

/// What servers take of each node, where others may use the rest: positions count from 0.
fn asked_gpus(component: &place::Component, placement: &Placement) -> u32 {
    let nodes = component.from..component.from + component.nodes;
    let there = placement.servers.iter().flatten().filter(|share| nodes.contains(&share.node));
    there.flat_map(|share| &share.gpus).max().map_or(0, |last| last + 1)
}

/// `sbatch.nodes`, or `sbatch.NAME.nodes` for nodes of that kind.
fn path_of(what: &str, nodes: &crate::resolve::Component, key: &str) -> String {
    match &nodes.kind {
        None => format!("{what}.{key}"),
        Some(kind) => format!("{what}.{kind}.{key}"),
    }
}

fn excluded_gpus(resolved: &Resolved) -> Vec<u32> {
    let mut gpus: Vec<u32> = resolved.placement.exclude_gpus.iter().map(|gpu| gpu.value).collect();
    gpus.sort_unstable();
    gpus.dedup();
    gpus
}
