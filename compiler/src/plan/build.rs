//! Puts the plan together.

use indexmap::IndexMap;

use super::ir::*;
use super::place::{self, Placement, Wish};
use super::ports::Ports;
use super::word::{Runtime, Word};
use super::{Data, container, harness, laws, prepare, scope};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{Origin, Pool, Program, Resolved, Traced, config};
use crate::source::{SourceMap, Spanned};
use crate::stdlib::engine;
use crate::stdlib::template::{Filled, Scope};
use crate::topology::ast::WorkerKind;

/// Prefixes of the variables by which a program finds an MPI world; a step that is none clears them
/// (an inherited one makes MPI_Init abort, or join a world unasked).
const MPI_VARIABLES: [&str; 4] = ["SLURM_", "PMI", "PMIX", "OMPI_"];

/// Plans the job. The plan is only worth something if no error was found, before or here.
pub fn build(resolved: &Resolved, sources: &SourceMap, diagnostics: &mut Diagnostics) -> Plan {
    let per_node = resolved.site.gpus_per_node.value;
    let servers: Vec<(usize, u32)> = resolved
        .pools
        .iter()
        .enumerate()
        .flat_map(|(index, pool)| (0..pool.replicas.value).map(move |replica| (index, replica)))
        .collect();
    let wishes: Vec<Wish> = servers
        .iter()
        .map(|&(pool, _)| {
            let pool = &resolved.pools[pool];
            // `check` has refused worlds beyond its limit; this only keeps the arithmetic in range.
            Wish { gpus: u32::try_from(pool.world()).unwrap_or(u32::MAX), alone: pool.whole_nodes.value }
        })
        .collect();
    let placement = place::place(&wishes, per_node);
    assert_nodes(resolved, &placement, diagnostics);
    let launched = placement.nodes > 1 || per_node > 1;
    let mut builder = Builder { resolved, sources, diagnostics, launched, origins: IndexMap::new() };
    let plan = builder.plan(&servers, &placement);
    debug_assert!(
        builder.diagnostics.has_errors() || laws::broken(&plan).is_empty(),
        "the plan breaks its laws: {:?}",
        laws::broken(&plan)
    );
    plan
}

/// `nodes N` is an assertion.
fn assert_nodes(resolved: &Resolved, placement: &Placement, diagnostics: &mut Diagnostics) {
    let Some(nodes) = &resolved.nodes else { return };
    if nodes.value == placement.nodes {
        return;
    }
    let per_node = resolved.site.gpus_per_node.value;
    let mut parts = Vec::new();
    for pool in &resolved.pools {
        parts.push(format!(
            "{} × {} GPUs for `{}`",
            pool.replicas.value,
            pool.world(),
            pool.role.replace('_', " ")
        ));
    }
    let mut error = Diagnostic::error(
        "assert/nodes",
        format!("the job takes {} nodes, but `nodes {}` is written", placement.nodes, nodes.value),
    )
    .label(nodes.span, format!("asserts {}", nodes.value));
    if let Origin::At(span) = resolved.site.gpus_per_node.origin {
        error = error.label(span, format!("{per_node} GPUs a node"));
    }
    if let Origin::At(span) = resolved.mode.origin
        && resolved.engine.mode(Some(&resolved.mode.value)).is_some_and(|mode| !mode.without.is_empty())
    {
        error = error.label(span, "does not start every role");
    }
    diagnostics.push(error.help(format!(
        "{}, on nodes of {per_node} GPUs; correct `nodes`, or leave it out",
        parts.join(" and ")
    )));
}

pub(super) struct Builder<'a> {
    pub(super) resolved: &'a Resolved,
    sources: &'a SourceMap,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// The launcher rule: more than one node, or more than one GPU a node.
    launched: bool,
    origins: IndexMap<String, String>,
}

impl Builder<'_> {
    fn plan(&mut self, servers: &[(usize, u32)], placement: &Placement) -> Plan {
        let resolved = self.resolved;
        self.origin("cluster.gpus-per-node", resolved.site.gpus_per_node.origin);
        self.origin("cluster.mpi", resolved.site.mpi.origin);
        self.origin("cluster.ports", resolved.site.ports_origin);
        self.origin("model", resolved.model.origin);
        self.origin("benchmark.mode", resolved.mode.origin);
        let sbatch = self.sbatch(placement.nodes);

        let server_node =
            self.node_of(resolved.server.as_ref().and_then(|s| s.on.as_ref()), servers, placement);
        let endpoint = resolved.server.as_ref().map(|s| (server_node, s.port.value));
        let mut ports = Ports::new(resolved, endpoint);
        let mut steps = self.workers(servers, placement, &mut ports);
        let mut roles: Vec<Role> = Vec::new();
        let mut configs = Vec::new();
        for pool in &resolved.pools {
            let scope = self.pool_scope(pool);
            let role = self.worker_role(pool, scope, &mut configs);
            roles.push(role);
        }
        if let Some((node, port)) = endpoint {
            let role = self.coordinator_role(node, port, &steps, &mut configs);
            roles.push(role);
            steps.push(self.single("server", "server", node, Some(port), self.serving("server")));
        }
        // Without a coordinator there is exactly one worker that takes requests.
        let target = endpoint.or_else(|| Some((steps.first()?.nodes.first()?.node, steps.first()?.port?)));
        let client_node = self.node_of(resolved.client.on.as_ref(), servers, placement);
        let role = self.client_role();
        roles.push(role);
        let tests = harness::tests(resolved, placement.nodes, &roles, self.diagnostics);
        match &tests {
            Some(tests) => {
                roles.iter_mut().for_each(|role| tests.run(role));
                configs.clear();
                self.tests(client_node, &mut roles, &mut steps);
            }
            None => self.clients(client_node, target.unwrap_or_default(), &roles, &mut steps),
        }
        if let Some(accuracy) = &resolved.accuracy {
            let on = accuracy.on.as_ref().or(resolved.client.on.as_ref());
            let node = self.node_of(on, servers, placement);
            self.accuracy(accuracy, node, target.unwrap_or_default(), &mut roles, &mut steps);
        }
        if let Some(preparation) = &resolved.preparation {
            self.prepare(preparation, placement.nodes, &mut roles, &mut steps);
        }

        Plan {
            schema: SCHEMA,
            topology: resolved.name.clone(),
            engine: Engine {
                name: resolved.engine.name.value.clone(),
                version: resolved.engine.version.value.clone(),
            },
            cluster: Cluster {
                name: resolved.site.name.clone(),
                gpus_per_node: resolved.site.gpus_per_node.value,
                gres: resolved.site.gres.clone(),
            },
            mode: resolved.mode.value.clone(),
            nodes: placement.nodes,
            sbatch,
            run_folder: resolved.site.run_folder.clone(),
            configs,
            roles,
            steps,
            exports: tests.map(|t| t.exports).unwrap_or_default(),
            origins: std::mem::take(&mut self.origins),
        }
    }

    pub(super) fn origin(&mut self, path: impl Into<String>, origin: Origin) {
        self.origins.insert(path.into(), origin.describe(self.sources));
    }

    /// The `#SBATCH` lines: what the person asks for, and what the recipe for launching steps needs.
    fn sbatch(&mut self, nodes: u32) -> Vec<SlurmOption> {
        let option = |name: &str, value: Option<String>| SlurmOption { name: name.to_owned(), value };
        let mut options = vec![
            option("job-name", Some(self.resolved.name.clone())),
            option("output", Some("%x-%j.out".to_owned())),
        ];
        for written in &self.resolved.slurm {
            self.origin(format!("sbatch.{}", written.value.name), written.origin);
            match options.iter_mut().find(|o| o.name == written.value.name) {
                Some(default) => default.value = written.value.value.clone(),
                None => options.push(written.value.clone()),
            }
        }
        options.push(option("nodes", Some(nodes.to_string())));
        options.push(option("exclusive", None));
        options.push(option("mem", Some("0".to_owned())));
        if let Some(gres) = &self.resolved.site.gres {
            options.push(option("gres", Some(format!("{gres}:{}", self.resolved.site.gpus_per_node.value))));
        }
        options.push(option("no-requeue", None));
        options.push(option("no-kill", None));
        for name in ["job-name", "output", "nodes", "exclusive", "mem", "gres", "no-requeue", "no-kill"] {
            let path = format!("sbatch.{name}");
            if options.iter().any(|o| o.name == name) && !self.origins.contains_key(&path) {
                self.origin(path, Origin::Rule("what the job takes follows from the plan"));
            }
        }
        options
    }

    /// The node for a coordinator or client: its pool's first, or the job's first.
    fn node_of(&self, on: Option<&Spanned<String>>, servers: &[(usize, u32)], placement: &Placement) -> u32 {
        let Some(on) = on else { return 0 };
        let wanted = on.value.replace('-', "_");
        let ours = |&(pool, _): &(usize, u32)| {
            let pool = &self.resolved.pools[pool];
            pool.role == wanted || pool.kind.name() == wanted
        };
        let found = servers.iter().position(ours).and_then(|index| placement.servers[index].first());
        found.map_or(0, |share| share.node)
    }

    pub(super) fn serving(&self, role: &str) -> String {
        let described = self.resolved.engine.role(role).and_then(|r| r.serving_type.as_ref());
        described.map_or_else(|| role.to_uppercase(), |s| s.value.clone())
    }

    /// The workers' steps, generation first.
    fn workers(&mut self, servers: &[(usize, u32)], placement: &Placement, ports: &mut Ports) -> Vec<Step> {
        let waits = self.launched
            && self.resolved.engine.launcher.as_ref().is_some_and(|l| l.address_variable.is_some());
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
            let previous = leaders.insert(leader, name.clone()).filter(|_| waits);
            let mut step = self.step(&name, &pool.role, serving_type, shares.clone(), self.launched);
            step.port = Some(ports.take(leader, self.diagnostics));
            step.after = previous.map(|step| Edge { step, state: State::Leading }).into_iter().collect();
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
            self.origin(format!("benchmark.concurrency.{}", concurrency.value), concurrency.origin);
            let mut step = self.single(&name, "benchmark", node, None, self.serving("benchmark"));
            step.after = std::mem::replace(&mut after, vec![Edge { step: name, state: State::Done }]);
            step.load = Some(Load {
                target_node,
                target_port,
                concurrency: Some(concurrency.value),
                requests: Some(u64::from(concurrency.value) * u64::from(client.rounds.value)),
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

    fn pool_scope(&self, pool: &Pool) -> Scope {
        let mut scope = scope::base(&self.resolved.model.value);
        scope.insert("port", Filled::Word(Word::runtime(Runtime::Port)));
        for (name, value) in [("tp", &pool.tp), ("pp", &pool.pp), ("cp", &pool.cp)] {
            scope.insert(name, Filled::Integer(value.value.into()));
        }
        scope.insert("world", Filled::Integer(pool.world().into()));
        if let Some(ep) = &pool.ep {
            scope.insert("ep", Filled::Integer(ep.value.into()));
        }
        if let Some(attention_dp) = &pool.attention_dp {
            scope.insert("attention-dp", Filled::Bool(attention_dp.value));
        }
        if let Some(range) = pool.profile.as_ref().and_then(|p| p.range.as_ref()) {
            scope.insert("range", Filled::Word(Word::text(range)));
        }
        scope
    }

    fn worker_role(&mut self, pool: &Pool, mut scope: Scope, configs: &mut Vec<Config>) -> Role {
        let role = &pool.role;
        for (name, value) in
            [("replicas", &pool.replicas), ("tp", &pool.tp), ("pp", &pool.pp), ("cp", &pool.cp)]
        {
            self.origin(format!("{role}.{name}"), value.origin);
        }
        if let Some(ep) = &pool.ep {
            self.origin(format!("{role}.ep"), ep.origin);
        }
        if let Some(attention_dp) = &pool.attention_dp {
            self.origin(format!("{role}.attention-dp"), attention_dp.origin);
        }
        self.origin(format!("{role}.placement"), pool.whole_nodes.origin);
        self.origin(format!("{role}.numa-bind"), pool.binding.origin);
        let rule = "launcher rule: more than one node, or more than one GPU a node";
        self.origin(format!("{role}.launcher"), Origin::Rule(rule));
        let description = self.described(pool.kind.name());
        let file = self.config(role, &description, &pool.program, &scope, configs);
        scope.insert("config", file);
        let profiler = pool.profile.as_ref().and_then(|p| self.resolved.engine.profilers.get(&p.tool));
        let wrapper =
            profiler.map_or_else(Vec::new, |p| scope::command(&p.command, &scope, self.diagnostics));
        let launcher = self.resolved.engine.launcher.as_ref().filter(|_| self.launched);
        let common = self.role(role, Part::Worker, &description, &pool.program, &scope);
        Role {
            parallel: Some(Parallel { tp: pool.tp.value, pp: pool.pp.value, cp: pool.cp.value }),
            // Without a launcher the worker is no MPI program, and must not be taken for one.
            clear: if launcher.is_some() { Vec::new() } else { common.clear },
            wrapper,
            launcher: launcher.map(|l| Launcher {
                command: l.command.value.clone(),
                address_variable: l.address_variable.as_ref().map(|v| v.value.clone()),
            }),
            binding: pool.binding.value.clone(),
            ..common
        }
    }

    fn coordinator_role(
        &mut self,
        node: u32,
        port: u16,
        workers: &[Step],
        configs: &mut Vec<Config>,
    ) -> Role {
        let resolved = self.resolved;
        let server = resolved.server.as_ref().expect("called where there is one");
        self.origin("server.port", server.port.origin);
        let mut scope = scope::base(&resolved.model.value);
        scope.insert("port", Filled::Integer(port.into()));
        if let Some(ready) = &server.program.ready {
            scope.insert("timeout", Filled::Integer(ready.value.timeout_seconds.into()));
        }
        // The job fills the file in on its own host, so the coordinator's host is a node of the job.
        let mut file_scope = scope.clone();
        file_scope.insert("host", Filled::Word(Word::runtime(Runtime::Node(node))));
        for (kind, count, urls) in
            [(WorkerKind::Ctx, "ctx.count", "ctx.urls"), (WorkerKind::Gen, "gen.count", "gen.urls")]
        {
            let addresses = self.addresses(kind, workers);
            file_scope.insert(count, Filled::Integer(addresses.len() as i128));
            file_scope.insert(urls, Filled::Words(addresses));
        }
        let description = self.described("server");
        let file = self.config("server", &description, &server.program, &file_scope, configs);
        scope.insert("config", file);
        self.role("server", Part::Coordinator, &description, &server.program, &scope)
    }

    /// `HOST:PORT` of every server of a kind.
    fn addresses(&self, kind: WorkerKind, workers: &[Step]) -> Vec<Word> {
        let ours = |step: &&Step| self.resolved.pools.iter().any(|p| p.kind == kind && p.role == step.role);
        workers
            .iter()
            .filter(ours)
            .filter_map(|s| Some(Word::runtime(Runtime::Node(s.nodes[0].node)).then(format!(":{}", s.port?))))
            .collect()
    }

    fn client_role(&mut self) -> Role {
        let resolved = self.resolved;
        let client = &resolved.client;
        let mut scope = scope::base(&resolved.model.value);
        for (name, value) in [
            ("target.host", Runtime::TargetHost),
            ("target.port", Runtime::TargetPort),
            ("concurrency", Runtime::Concurrency),
            ("requests", Runtime::Requests),
            ("results", Runtime::Results),
        ] {
            scope.insert(name, Filled::Word(Word::runtime(value)));
        }
        for (name, value) in [("isl", &client.isl), ("osl", &client.osl)] {
            if let Some(value) = value {
                self.origin(format!("benchmark.{name}"), value.origin);
                scope.insert(name, Filled::Integer(value.value.into()));
            }
        }
        if let Some(ratio) = &client.range_ratio {
            self.origin("benchmark.range-ratio", ratio.origin);
            scope.insert("range-ratio", Filled::Float(ratio.value));
        }
        if let Some(dataset) = &client.dataset {
            self.origin("benchmark.dataset", dataset.origin);
            scope.insert("dataset", Filled::Word(Word::text(&dataset.value)));
        }
        self.origin("benchmark.streaming", client.streaming.origin);
        self.origin("benchmark.rounds", client.rounds.origin);
        scope.insert("streaming", Filled::Bool(client.streaming.value));
        let description = self.described("benchmark");
        let reducer = self.reducer(&description, &scope);
        Role { reducer, ..self.role("benchmark", Part::Client, &description, &client.program, &scope) }
    }

    /// The program that a client's results go through.
    pub(super) fn reducer(&mut self, description: &engine::Role, scope: &Scope) -> Option<Reducer> {
        let source = &description.results.as_ref()?.value;
        let file = format!("steps/{source}");
        let mut scope = scope.clone();
        scope.insert("reducer", Filled::Word(Word::runtime(Runtime::Bundle).then(format!("/{file}"))));
        Some(Reducer {
            source: format!("{}/{source}", self.resolved.engine.folder),
            file,
            command: scope::command(&description.results_command, &scope, self.diagnostics),
        })
    }

    pub(super) fn described(&self, role: &str) -> engine::Role {
        self.resolved.engine.role(role).cloned().unwrap_or_default()
    }

    pub(super) fn role(
        &mut self,
        name: &str,
        part: Part,
        description: &engine::Role,
        program: &Program,
        scope: &Scope,
    ) -> Role {
        for variable in &program.env {
            let kind = if variable.value.value.is_some() { "env" } else { "unset" };
            self.origin(format!("{name}.{kind}.{}", variable.value.name), variable.origin);
        }
        if let Some(ready) = &program.ready {
            self.origin(format!("{name}.ready-timeout"), ready.origin);
        }
        let mut command = scope::command(&description.command, scope, self.diagnostics);
        command.extend(program.arguments.iter().map(|a| Word::text(&a.value)));
        Role {
            name: name.to_owned(),
            part,
            parallel: None,
            env: program.env.iter().map(|v| v.value.clone()).collect(),
            clear: MPI_VARIABLES.map(str::to_owned).to_vec(),
            wrapper: Vec::new(),
            launcher: None,
            binding: Vec::new(),
            command,
            folder: None,
            ready: program.ready.as_ref().map(|r| r.value.clone()),
            ends_itself: false,
            decides: part == Part::Client,
            reducer: None,
            preparation: None,
        }
    }

    /// Adds the role's file, and returns the path under which its program finds it.
    fn config(
        &mut self,
        role: &str,
        description: &engine::Role,
        program: &Program,
        scope: &Scope,
        configs: &mut Vec<Config>,
    ) -> Filled {
        let mut map: IndexMap<String, Data> = IndexMap::new();
        let mut owned = scope::config(description.config.as_ref(), scope, self.diagnostics);
        for (key, data, span) in owned.drain(..) {
            self.origin(format!("{role}.config.{key}"), Origin::At(span));
            map.insert(key, data);
        }
        for (key, Traced { value, origin }) in &program.settings {
            match map.get_mut(key) {
                Some(planned) => {
                    // What the planner owns in a shared section stands on top of what was written.
                    *planned = config::overlay(value.clone(), std::mem::replace(planned, Data::Null));
                }
                None => {
                    self.origin(format!("{role}.config.{key}"), *origin);
                    map.insert(key.clone(), value.clone());
                }
            }
        }
        let data = Data::Map(map);
        let name = format!("{role}_config");
        let folder = if data.waits_for_job() { Runtime::RunFolder } else { Runtime::Bundle };
        configs.push(Config { name: name.clone(), data });
        Filled::Word(Word::runtime(folder).then(format!("/config/{name}.yaml")))
    }
}
