//! What every step of a role does: its command, environment and file, from the engine's description.

use super::build::Builder;
use super::ir::*;
use super::word::{Runtime, Word};
use super::{Data, flags, json, ports, scope};
use crate::resolve::config::{Section, Settings};
use crate::resolve::{Origin, Pool, Program, Traced, config};
use crate::stdlib::role;
use crate::stdlib::template::{self, Filled, Scope};
use crate::topology::ast::WorkerKind;

/// Prefixes of the variables by which a program finds an MPI world; a step that is none clears them
/// (an inherited one makes MPI_Init abort, or join a world unasked).
const MPI_VARIABLES: [&str; 4] = ["SLURM_", "PMI", "PMIX", "OMPI_"];

impl Builder<'_> {
    pub(super) fn pool_scope(&self, pool: &Pool) -> Scope {
        let mut scope = self.scope();
        scope.insert("port", Filled::Word(Word::runtime(Runtime::Port)));
        scope.insert("leader", Filled::Word(Word::runtime(Runtime::Leader)));
        ports::relative(&ports::behind(&self.described(pool.kind.name()), pool.world()).0, &mut scope);
        let per_node = u64::from(self.resolved.components[pool.component].gpus_per_node.value);
        let nodes = pool.world().div_ceil(per_node);
        let on_node = pool.world().min(per_node);
        scope.insert("server-nodes", Filled::Integer(nodes.into()));
        scope.insert("several-nodes", Filled::Bool(nodes > 1));
        scope.insert("gpus-on-node", Filled::Integer(on_node.into()));
        let first = Runtime::RankTimes(u32::try_from(on_node).unwrap_or(u32::MAX));
        scope.insert("first-gpu", Filled::Word(Word::runtime(first)));
        if let Some(target) = pool.fill_target {
            scope.insert("fill-target", Filled::Integer(target.into()));
        }
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
        // For programs that count replicas of attention, not ranks that share it.
        let replicated = pool.attention_dp.as_ref().is_some_and(|dp| dp.value);
        let tp = i128::from(pool.tp.value);
        scope.insert("tensor-parallel", Filled::Bool(!replicated));
        scope.insert("attention-tp", Filled::Integer(if replicated { 1 } else { tp }));
        scope.insert("dp", if replicated { Filled::Integer(tp) } else { Filled::Nothing });
        let expert_parallel = pool.ep.as_ref().filter(|ep| ep.value > 1);
        scope.insert("expert-parallel", expert_parallel.map_or(Filled::Nothing, |_| Filled::Bool(true)));
        if let Some(range) = pool.profile.as_ref().and_then(|p| p.range.as_ref()) {
            scope.insert("range", Filled::Word(Word::text(range)));
        }
        scope
    }

    pub(super) fn worker_role(&mut self, pool: &Pool, mut scope: Scope, configs: &mut Vec<Config>) -> Role {
        let role = &pool.role;
        for (name, value) in
            [("replicas", &pool.replicas), ("tp", &pool.tp), ("pp", &pool.pp), ("cp", &pool.cp)]
        {
            self.origin(format!("{role}.{name}"), value);
        }
        if let Some(ep) = &pool.ep {
            self.origin(format!("{role}.ep"), ep);
        }
        if let Some(attention_dp) = &pool.attention_dp {
            self.origin(format!("{role}.attention-dp"), attention_dp);
        }
        let placement = if pool.whole_nodes.value { "whole-nodes" } else { "pack" };
        self.origin_of(format!("{role}.placement"), placement.into(), &pool.whole_nodes);
        self.origin(format!("{role}.numa-bind"), &pool.binding);
        let rule = "launcher rule: more than one node, or more than one GPU a node";
        self.origin(format!("{role}.launcher"), &Traced::rule(self.launched(pool), rule));
        let description = self.described(pool.kind.name());
        self.settings(role, &description, &pool.program, &mut scope, configs);
        let profiler = pool.profile.as_ref().and_then(|p| self.resolved.engine.profilers.get(&p.tool));
        let wrapper =
            profiler.map_or_else(Vec::new, |p| scope::command(&p.command, &scope, self.diagnostics));
        let launcher = self.resolved.engine.launcher.as_ref().filter(|_| self.launched(pool));
        let several = pool.world() > u64::from(self.resolved.components[pool.component].gpus_per_node.value);
        let common = self.role(role, Part::Worker, &description, &pool.program, &scope);
        Role {
            follower: if several && common.follower != common.command { common.follower } else { Vec::new() },
            parallel: Some(Parallel { tp: pool.tp.value, pp: pool.pp.value, cp: pool.cp.value }),
            processes: Some(pool.processes),
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

    pub(super) fn coordinator_role(
        &mut self,
        node: u32,
        port: u16,
        ports: &[PortRange],
        workers: &[Step],
        configs: &mut Vec<Config>,
    ) -> Role {
        let resolved = self.resolved;
        let server = resolved.server.as_ref().expect("called where there is one");
        self.origin("server.port", &server.port);
        let mut scope = self.scope();
        scope.insert("port", Filled::Integer(port.into()));
        for range in ports {
            scope.insert(format!("port.{}", range.name), Filled::Integer(range.from.into()));
        }
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
        self.settings("server", &description, &server.program, &mut file_scope, configs);
        for told in ["config", "flags"] {
            if let Some(told) = file_scope.get(told).cloned().map(|value| (told, value)) {
                scope.insert(told.0, told.1);
            }
        }
        let request = self.request(&description, &scope);
        Role { request, ..self.role("server", Part::Coordinator, &description, &server.program, &scope) }
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

    pub(super) fn client_role(&mut self) -> Role {
        let resolved = self.resolved;
        let client = &resolved.client;
        let mut scope = self.scope();
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
                self.origin(format!("benchmark.{name}"), value);
                scope.insert(name, Filled::Integer(value.value.into()));
            }
        }
        if let Some(ratio) = &client.range_ratio {
            self.origin("benchmark.range-ratio", ratio);
            scope.insert("range-ratio", Filled::Float(ratio.value));
        }
        if let Some(dataset) = &client.dataset {
            self.origin("benchmark.dataset", dataset);
            scope.insert("dataset", Filled::Word(Word::text(&dataset.value)));
        }
        self.origin("benchmark.streaming", &client.streaming);
        self.origin("benchmark.rounds", &client.rounds);
        scope.insert("streaming", Filled::Bool(client.streaming.value));
        if let Some(tokenizer) = &client.tokenizer {
            self.origin("benchmark.tokenizer", tokenizer);
            scope.insert("tokenizer", Filled::Word(Word::text(&tokenizer.value)));
        }
        let described = client.described.as_ref();
        let description = described.map(|client| client.program.clone()).unwrap_or_default();
        let folder = described.map_or("", |client| &client.folder);
        let reducer = self.reducer(folder, &description, &scope);
        if let Some(timeout) = &client.timeout {
            self.origin("benchmark.timeout", timeout);
        }
        Role {
            reducer,
            timeout_seconds: client.timeout.as_ref().map(|timeout| timeout.value),
            ..self.role("benchmark", Part::Client, &description, &client.program, &scope)
        }
    }

    /// What every role's text may name.
    fn scope(&self) -> Scope {
        let mut scope = scope::base(&self.resolved.model);
        scope.extend(&self.shared);
        scope
    }

    /// The program that a client's results go through.
    pub(super) fn reducer(
        &mut self,
        folder: &str,
        description: &role::Role,
        scope: &Scope,
    ) -> Option<Reducer> {
        let source = &description.results.as_ref()?.value;
        let file = format!("steps/{source}");
        let mut scope = scope.clone();
        scope.insert("reducer", Filled::Word(Word::runtime(Runtime::Bundle).then(format!("/{file}"))));
        Some(Reducer {
            source: format!("{folder}/{source}"),
            file,
            command: scope::command(&description.results_command, &scope, self.diagnostics),
        })
    }

    pub(super) fn described(&self, role: &str) -> role::Role {
        self.resolved.engine.role(role).cloned().unwrap_or_default()
    }

    pub(super) fn role(
        &mut self,
        name: &str,
        part: Part,
        description: &role::Role,
        program: &Program,
        scope: &Scope,
    ) -> Role {
        let mut env = Vec::new();
        for traced in scope::environment(&program.env, scope, self.diagnostics) {
            let variable = &traced.value;
            let (kind, value) = match &variable.value {
                Some(word) => ("env", Data::String(word.clone())),
                None => ("unset", Data::Null),
            };
            self.origin_of(format!("{name}.{kind}.{}", variable.name), value, &traced);
            env.push(traced.value);
        }
        let ready = program.ready.as_ref().map(|ready| Ready {
            path: self.path(&ready.value.path, description, scope),
            port: description.ready_port.as_ref().map(|port| port.value.clone()),
            ..ready.value.clone()
        });
        if let Some(ready) = &program.ready {
            self.origin_of(format!("{name}.ready-timeout"), ready.value.timeout_seconds.into(), ready);
        }
        let mut command = scope::command(&description.command, scope, self.diagnostics);
        command.extend(program.arguments.iter().map(|a| Word::text(&a.value)));
        let mut behind = scope.clone();
        behind.insert("command", Filled::Words(command.clone()));
        Role {
            name: name.to_owned(),
            part,
            parallel: None,
            processes: None,
            env,
            clear: MPI_VARIABLES.map(str::to_owned).to_vec(),
            wrapper: Vec::new(),
            launcher: None,
            binding: Vec::new(),
            command,
            follower: scope::command(&description.follower, &behind, self.diagnostics),
            folder: None,
            ready,
            request: None,
            timeout_seconds: None,
            ends_itself: false,
            decides: part == Part::Client,
            reducer: None,
            preparation: None,
        }
    }

    /// What must get through a coordinator before anybody measures. Where one phase alone is measured, a request
    /// of its own would upset what is counted.
    fn request(&mut self, description: &role::Role, scope: &Scope) -> Option<Request> {
        let resolved = self.resolved;
        let plain = resolved.engine.mode(Some(&resolved.mode.value)).is_some_and(|mode| mode.is_plain());
        let request = description.request.as_ref().filter(|_| plain)?;
        let body = scope::config(Some(&request.body), scope, self.diagnostics);
        let body = body.into_iter().map(|(key, data, _)| (key, data)).collect();
        Some(Request { path: request.path.value.clone(), body: json::json(&Data::Map(body)) })
    }

    /// The path of an URL, with the characters that it can't hold escaped.
    fn path(&mut self, template: &str, description: &role::Role, scope: &Scope) -> String {
        let span = description.ready.as_ref().map(|ready| ready.span);
        match template::word(template, scope, scope::NAMES) {
            Ok(Some(word)) => escaped(word.as_text().unwrap_or(template)),
            Ok(None) => template.to_owned(),
            Err(name) => {
                span.into_iter().for_each(|span| scope::unknown(&name, span, self.diagnostics));
                template.to_owned()
            }
        }
    }

    /// What the role is told by its settings: the path of its file as `{config}`, or their words as `{flags}`.
    fn settings(
        &mut self,
        role: &str,
        description: &role::Role,
        program: &Program,
        scope: &mut Scope,
        configs: &mut Vec<Config>,
    ) {
        let mut section = Section::new();
        for (key, data, span) in scope::config(description.config.as_ref(), scope, self.diagnostics) {
            let origin = Origin::At(span);
            section.insert(key, Traced::new(Settings::from(data, origin), origin));
        }
        for (key, setting) in &program.settings {
            // What the planner owns in a shared section stands on top of what was written.
            let setting = match section.get(key) {
                Some(planned) => config::overlay(setting.clone(), planned.clone()),
                None => setting.clone(),
            };
            section.insert(key.clone(), setting);
        }
        for (key, setting) in &section {
            self.origins_in(format!("{role}.config.{key}"), setting);
        }
        let map = config::data(&section);
        if let Some(flags) = &description.flags {
            scope.insert("flags", Filled::Words(flags::words(flags, &map)));
            return;
        }
        let data = Data::Map(map);
        let name = format!("{role}_config");
        let folder = if data.waits_for_job() { Runtime::RunFolder } else { Runtime::Bundle };
        configs.push(Config { name: name.clone(), data });
        let path = Word::runtime(folder).then(format!("/config/{name}.yaml"));
        scope.insert("config", Filled::Word(path));
    }
}

/// Percent-encodes what is no plain character of a path (RFC 3986).
fn escaped(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&b);
    let escape = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    path.bytes().map(escape).collect()
}
