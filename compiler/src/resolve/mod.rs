//! The topology with nothing left open: defaults filled in, the stdlib and the site merged, and
//! for every value where it comes from.

pub mod accuracy;
pub mod component;
pub mod config;
pub mod env;
pub mod mode;
pub mod origin;
pub mod placement;
pub mod prepare;
pub mod select;
mod service;

use std::sync::Arc;

use crate::plan::{Processes, Ready};
use crate::source::{Span, Spanned};
use crate::stdlib;
use crate::stdlib::cluster::{Cluster, NodeKind};
use crate::stdlib::engine::Engine;
use crate::stdlib::mode::Mode;
use crate::stdlib::role::Role;
use crate::topology::ast::{self, Topology, WorkerKind};
use crate::topology::jenkins::Jenkins;
use crate::topology::placement::Style;
use accuracy::Accuracy;
pub use component::Component;
use env::{Environment, Setting};
pub use origin::{Origin, Traced};
pub use placement::{Placement, Seat};
use prepare::Preparation;
use service::Service;

#[derive(Debug, Clone)]
pub struct Resolved {
    pub name: String,
    pub head: Span,
    pub site: Site,
    pub engine: Arc<Engine>,
    /// What the benchmark measures.
    pub mode: Traced<String>,
    pub model: Model,
    pub container: Option<Container>,
    /// The parts of the job with nodes of one kind, at least one; several make it a heterogeneous job.
    pub components: Vec<Component>,
    pub placement: Placement,
    /// Assertion: nodes of the job.
    pub nodes: Option<Spanned<u32>>,
    /// Assertion: GPUs of all servers.
    pub gpus: Option<Spanned<u32>>,
    /// What the engine's processes need beside them.
    pub services: Vec<Service>,
    /// The pool on whose first node the services run.
    pub services_on: Option<Spanned<String>>,
    /// Generation first: the order in which steps start.
    pub pools: Vec<Pool>,
    pub server: Option<Coordinator>,
    pub client: Client,
    pub accuracy: Option<Accuracy>,
    pub preparation: Option<Preparation>,
    pub harness: Option<Harness>,
    /// How a pipeline runs it.
    pub jenkins: Option<Jenkins>,
}

#[derive(Debug, Clone)]
pub struct Model {
    /// Under which it is served.
    pub name: String,
    /// Its path, or its name where it has none.
    pub path: Traced<String>,
}

/// How the roles are run, other than by serving directly.
#[derive(Debug, Clone)]
pub struct Harness {
    pub description: stdlib::harness::Harness,
    pub form: String,
    pub written: ast::Harness,
}

/// What the cluster and its site file say.
#[derive(Debug, Clone)]
pub struct Site {
    pub name: String,
    pub mpi: Traced<String>,
    pub ports: (u16, u16),
    pub ports_origin: Origin,
    pub run_folder: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Container {
    pub image: Traced<String>,
    /// From the host's folder to the container's.
    pub mounts: Vec<(String, String)>,
}

/// Servers of one kind and shape.
#[derive(Debug, Clone)]
pub struct Pool {
    pub kind: WorkerKind,
    /// `ctx`, or `ctx_long` for `ctx "long"`.
    pub role: String,
    pub head: Span,
    pub replicas: Traced<u32>,
    pub tp: Traced<u32>,
    pub pp: Traced<u32>,
    pub cp: Traced<u32>,
    pub ep: Option<Traced<u32>>,
    pub attention_dp: Option<Traced<bool>>,
    pub processes: Processes,
    /// The index of the component whose nodes it takes.
    pub component: usize,
    /// For how many requests a server waits before it begins, in a mode that makes it wait.
    pub fill_target: Option<u64>,
    pub whole_nodes: Traced<bool>,
    /// Of its own servers.
    pub servers_per_node: Option<Traced<u32>>,
    /// Whether no server leaves its NVLink domain.
    pub one_domain: Traced<bool>,
    /// `numactl` and its arguments, or nothing.
    pub binding: Traced<Vec<String>>,
    pub profile: Option<Profile>,
    pub program: Program,
}

impl Pool {
    /// Ranks, and so GPUs, of one server: attention DP and expert parallelism only split them.
    pub fn world(&self) -> u64 {
        u64::from(self.tp.value) * u64::from(self.pp.value) * u64::from(self.cp.value)
    }
}

#[derive(Debug, Clone)]
pub struct Profile {
    pub tool: String,
    pub range: Option<String>,
}

/// What all roles have.
#[derive(Debug, Clone)]
pub struct Program {
    pub env: Vec<Traced<Setting>>,
    pub settings: config::Section,
    /// Behind the engine's own arguments.
    pub arguments: Vec<Traced<String>>,
    pub ready: Option<Traced<Ready>>,
    /// How `DISAGG_SERVING_TYPE` begins.
    pub serving_type: String,
}

#[derive(Debug, Clone)]
pub struct Coordinator {
    pub port: Traced<u16>,
    pub seat: Seat,
    pub program: Program,
}

#[derive(Debug, Clone)]
pub struct Client {
    pub head: Span,
    pub isl: Option<Traced<u32>>,
    pub osl: Option<Traced<u32>>,
    pub concurrency: Vec<Traced<u32>>,
    pub rounds: Traced<u32>,
    pub requests: Option<Traced<u32>>,
    /// How many requests may fail at each concurrency.
    pub may_fail: Traced<u32>,
    /// Seconds that one concurrency may take.
    pub timeout: Option<Traced<u32>>,
    pub tokenizer: Option<Traced<String>>,
    /// Which of the engine's clients makes the requests.
    pub described: Option<stdlib::client::Client>,
    pub dataset: Option<Traced<String>>,
    pub range_ratio: Option<Traced<f64>>,
    pub streaming: Traced<bool>,
    pub seat: Seat,
    pub program: Program,
}

const SERVER: &str = "server";
const CLIENT: &str = "benchmark";

/// Roles that find each other through the services.
const SERVES: [&str; 4] = ["ctx", "gen", "agg", SERVER];

/// Resolves what is complete enough; `None` where something is missing that `check` has reported.
pub fn resolve(topology: &Topology, cluster: &Cluster, engine: &Arc<Engine>) -> Option<Resolved> {
    let asked = topology.benchmark.as_ref().and_then(|b| b.mode.as_ref());
    let mode = engine.mode(asked.map(|mode| mode.value.as_str()))?;
    let context = Context { topology, cluster, engine, mode };
    let model = topology.model.as_ref()?;
    let running = mode::running(topology, mode);
    let kinds = context.kinds(&running);
    let pool = |(worker, kind): &(&ast::Worker, WorkerKind)| context.pool(worker, *kind, &kinds);
    let pools: Vec<Pool> = running.iter().map(pool).collect();
    if pools.is_empty() {
        return None;
    }
    Some(Resolved {
        name: topology.name.value.clone(),
        head: topology.head,
        site: context.site()?,
        engine: Arc::clone(engine),
        mode: Traced::or_rule(asked, mode.name.clone(), "the engine's first mode"),
        model: Model {
            name: model.name.value.clone(),
            path: Traced::from(model.path.as_ref().unwrap_or(&model.name)),
        },
        container: context.container(),
        components: context.components(&kinds)?,
        placement: context.placement(&running),
        nodes: topology.nodes.clone(),
        gpus: topology.gpus.clone(),
        services: context.services(),
        services_on: topology.infra.as_ref().and_then(|infra| infra.on.clone()),
        pools,
        server: topology.server.as_ref().filter(|_| !mode.lacks(SERVER)).map(|s| context.coordinator(s)),
        client: match (&topology.benchmark, &topology.harness) {
            (Some(benchmark), _) => context.client(benchmark),
            (None, Some(harness)) => context.client(&ast::Benchmark::empty(harness.head)),
            (None, None) => return None,
        },
        harness: context.harness(),
        jenkins: topology.jenkins.clone(),
        accuracy: context.accuracy(),
        preparation: context.preparation(),
    })
}

#[derive(Clone, Copy)]
struct Context<'a> {
    topology: &'a Topology,
    cluster: &'a Cluster,
    engine: &'a Engine,
    mode: &'a Mode,
}

impl<'a> Context<'a> {
    fn site(&self) -> Option<Site> {
        let cluster = self.cluster;
        let (from, to) = cluster.ports.as_ref()?;
        let port = |p: &Spanned<u32>| u16::try_from(p.value).ok();
        Some(Site {
            name: cluster.name.value.clone(),
            mpi: Traced::or_rule(cluster.mpi.as_ref(), "pmix".to_owned(), "workers start through PMIx"),
            ports: (port(from)?, port(to)?),
            ports_origin: Origin::At(from.span),
            run_folder: cluster.run_folder.as_ref().map(|f| f.value.clone()),
        })
    }

    fn container(&self) -> Option<Container> {
        let pyxis = self.cluster.pyxis.as_ref().is_some_and(|p| p.value);
        let container = self.topology.container.as_ref().filter(|_| pyxis)?;
        let mounts = self.cluster.mounts.iter().chain(&container.mounts);
        Some(Container {
            image: Traced::from(container.image.as_ref()?),
            mounts: mounts
                .map(|m| (m.from.value.clone(), m.to.as_ref().unwrap_or(&m.from).value.clone()))
                .collect(),
        })
    }

    /// A pool; as what it serves is said by the mode.
    fn pool(&self, worker: &ast::Worker, kind: WorkerKind, kinds: &[Option<&NodeKind>]) -> Pool {
        let one = |value: &Option<Spanned<u32>>| Traced::or_rule(value.as_ref(), 1, "1 unless written");
        let (own, all) = (&worker.placement, &self.topology.placement);
        let aggregated = self.mode.aggregated.as_ref().filter(|_| kind != worker.kind);
        let asked = worker.node_kind.as_ref().map(|asked| &asked.value);
        let component = kinds.iter().position(|kind| kind.map(|kind| &kind.name.value) == asked);
        let nodes = Context { cluster: self.cluster_of(worker), ..*self };
        let program = nodes.program(
            worker.kind.name(),
            kind.name(),
            &worker.env,
            worker.config.as_ref(),
            &worker.arguments,
            worker.profile.as_ref(),
        );
        Pool {
            kind,
            role: if aggregated.is_some() { kind.name().to_owned() } else { worker.role() },
            head: worker.head,
            replicas: match aggregated {
                Some(aggregated) => Traced::at(1, aggregated.span).over(one(&worker.replicas)),
                None => one(&worker.replicas),
            },
            tp: one(&worker.tp),
            pp: one(&worker.pp),
            cp: one(&worker.cp),
            ep: worker.ep.as_ref().map(Traced::from),
            attention_dp: worker.attention_dp.as_ref().map(Traced::from),
            processes: self
                .engine
                .role(kind.name())
                .and_then(|role| role.processes.as_ref())
                .map_or_else(Processes::default, |processes| processes.value),
            component: component.unwrap_or(0),
            fill_target: self.fill_target(worker),
            servers_per_node: own.servers_per_node.as_ref().map(Traced::from),
            one_domain: Traced::strongest(
                [own.one_domain.as_ref(), all.one_domain.as_ref()],
                Traced::rule(false, "a server may take nodes of several domains"),
            ),
            whole_nodes: Traced::strongest(
                [own.style.as_ref(), all.style.as_ref()],
                Traced::rule(Style::Pack, "servers of up to a node's GPUs share nodes"),
            )
            .map(|style| style == Style::WholeNodes),
            binding: nodes.binding(worker),
            profile: worker.profile.as_ref().map(|p| Profile {
                tool: p.tool.value.clone(),
                range: p.range.as_ref().map(|r| r.value.clone()),
            }),
            program: self.in_mode(program, worker.kind.name()),
        }
    }

    fn binding(&self, worker: &ast::Worker) -> Traced<Vec<String>> {
        let wish = worker.numa_bind.as_ref().or(self.topology.numa_bind.as_ref());
        match (&self.cluster.numa_bind, wish) {
            (_, Some(wish)) if !wish.value => Traced::at(Vec::new(), wish.span),
            (Some(words), _) if !words.is_empty() => {
                let command = std::iter::once("numactl".to_owned());
                Traced::at(command.chain(words.iter().map(|w| w.value.clone())).collect(), words[0].span)
            }
            _ => Traced::rule(Vec::new(), "the cluster binds to no NUMA nodes"),
        }
    }

    /// The mode's part of a role, by the name under which it is written.
    fn in_mode(&self, mut program: Program, role: &str) -> Program {
        if let Some(change) = self.mode.roles.get(role) {
            mode::apply(&mut program, change);
        }
        program
    }

    fn fill_target(&self, worker: &ast::Worker) -> Option<u64> {
        let target = self.mode.roles.get(worker.kind.name())?.fill_target.as_ref()?;
        Some(mode::fill(self.topology, self.engine, worker, target)?.target())
    }

    /// `role` is the name under which it is written, `serves` the one under which the engine describes it.
    fn program(
        &self,
        role: &str,
        serves: &str,
        env: &[ast::EnvBlock],
        config: Option<&ast::ConfigBlock>,
        arguments: &[Spanned<String>],
        profile: Option<&ast::Profile>,
    ) -> Program {
        static NO_ROLE: std::sync::LazyLock<Role> = std::sync::LazyLock::new(Role::default);
        let description = self.engine.role(serves).unwrap_or(&NO_ROLE);
        let mut environment = Environment::default();
        environment.add_described(&description.env);
        if SERVES.contains(&serves) {
            self.asked_services().for_each(|(_, service)| environment.add_described(&service.gives));
        }
        if serves == CLIENT
            && let Some(client) = self.asked_client()
        {
            environment.add_described(&client.program.env);
        }
        environment.add(&self.cluster.env, role);
        if let Some(profile) = profile
            && let Some(tool) = self.engine.profilers.get(&profile.tool.value)
        {
            environment.add_described(&tool.env);
        }
        environment.add(&self.topology.env, role);
        environment.add(env, role);
        Program {
            env: environment.finish(),
            settings: config::settings(config, description.defaults.as_ref()),
            arguments: arguments.iter().map(Traced::from).collect(),
            ready: description.ready.as_ref().map(|path| {
                let seconds = Traced::strongest(
                    [self.topology.ready_timeout.as_ref(), description.ready_timeout.as_ref()],
                    Traced::rule(1800, "servers have 30 minutes to get ready"),
                );
                seconds.map(|seconds| Ready {
                    path: path.value.clone(),
                    timeout_seconds: seconds,
                    lost_after_seconds: self.lost_after().value,
                    port: None,
                })
            }),
            serving_type: description
                .serving_type
                .as_ref()
                .map_or_else(|| serves.to_uppercase(), |s| s.value.clone()),
        }
    }

    /// For how long a server may go without an answer.
    fn lost_after(&self) -> Traced<u32> {
        let written = self.topology.health_timeout.as_ref();
        Traced::or_rule(written, 60, "a server that does not answer for a minute is lost")
    }

    fn harness(&self) -> Option<Harness> {
        let written = self.topology.harness.as_ref()?;
        let description = self.engine.harnesses.get(&written.name.value)?;
        let first = description.forms.keys().next()?;
        Some(Harness {
            description: description.clone(),
            form: written.form.as_ref().map_or(first, |f| &f.value).clone(),
            written: written.clone(),
        })
    }

    fn coordinator(&self, server: &ast::Server) -> Coordinator {
        let program =
            self.program(SERVER, SERVER, &server.env, server.config.as_ref(), &server.arguments, None);
        let described = self.engine.role(SERVER).and_then(|r| r.port.as_ref());
        let port = Traced::strongest(
            [server.port.as_ref(), described],
            Traced::rule(8333, "the coordinator's usual port"),
        );
        Coordinator {
            // The language's range makes sure that it fits.
            port: port.map(|port| u16::try_from(port).unwrap_or(u16::MAX)),
            seat: Seat::of(server.on.as_ref(), server.dedicated),
            program: self.in_mode(program, SERVER),
        }
    }

    fn asked_client(&self) -> Option<&stdlib::client::Client> {
        let asked = self.topology.benchmark.as_ref().and_then(|b| b.client.as_ref());
        self.engine.client(asked.map(|client| client.value.as_str()))
    }

    fn client(&self, benchmark: &ast::Benchmark) -> Client {
        let program = self.program(CLIENT, CLIENT, &benchmark.env, None, &benchmark.arguments, None);
        let described = self.asked_client();
        Client {
            head: benchmark.head,
            isl: benchmark.isl.as_ref().map(Traced::from),
            osl: written([self.mode.osl.as_ref(), benchmark.osl.as_ref()]),
            concurrency: benchmark.concurrency.iter().map(Traced::from).collect(),
            rounds: Traced::strongest(
                [benchmark.rounds.as_ref(), described.and_then(|client| client.program.rounds.as_ref())],
                Traced::rule(1, "each concurrent request is made once"),
            ),
            may_fail: Traced::or_rule(benchmark.max_failed.as_ref(), 0, "no request may fail"),
            timeout: benchmark.timeout.as_ref().map(Traced::from),
            requests: benchmark.requests.as_ref().map(Traced::from),
            tokenizer: benchmark.tokenizer.as_ref().map(Traced::from),
            described: described.cloned(),
            dataset: benchmark.dataset.as_ref().map(Traced::from),
            range_ratio: benchmark.range_ratio.as_ref().map(Traced::from),
            streaming: Traced::or_rule(benchmark.streaming.as_ref(), true, "requests are streamed"),
            seat: Seat::of(benchmark.on.as_ref(), benchmark.dedicated),
            program: self.in_mode(program, CLIENT),
        }
    }
}

/// The first of what was written.
fn written<'a, T: Clone + 'a>(
    written: impl IntoIterator<Item = Option<&'a Spanned<T>>>,
) -> Option<Traced<T>> {
    let mut written: Vec<&Spanned<T>> = written.into_iter().flatten().collect();
    let weakest = Traced::from(written.pop()?);
    Some(Traced::strongest(written.into_iter().map(Some), weakest))
}
