//! The compiler as a library: source → syntax → topology → check → resolve → plan → emit → bundle.
//!
//! It does no IO: texts come in through [`source::Files`], a bundle goes out as a list of
//! [`bundle::File`]s.

pub mod bundle;
pub mod check;
pub mod diagnostic;
pub mod emit;
pub mod fix;
pub mod import;
pub mod names;
pub mod plan;
pub mod resolve;
pub mod slurm_time;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod topology;

use diagnostic::Diagnostics;
use plan::Plan;
use plan::provenance::Provenance;
use resolve::Resolved;
use source::{FileId, Files, SourceMap, Span};
use stdlib::Stdlib;
use stdlib::rehearsal::Part;

/// What to compile.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The main file, as the user names it.
    pub main: String,
    /// Which topology of the file; needed only where there are several.
    pub topology: Option<String>,
    /// `--set PATH=VALUE`.
    pub sets: Vec<String>,
    /// Take `nodes` and `gpus` for what somebody declared, to be compared with the plan: they assert nothing.
    pub declared: bool,
}

/// Everything that a compilation found out, up to the plan.
#[derive(Debug, Default)]
pub struct Compilation {
    pub sources: SourceMap,
    /// Ordered by place. With an error among them there is no plan.
    pub diagnostics: Diagnostics,
    pub plan: Option<Plan>,
    /// What `nodes` says.
    pub nodes: Option<u32>,
    /// The path of the model in the job, or its name where it has none.
    pub model: Option<String>,
    /// What stand-ins are told in a rehearsal, by the settings' names.
    pub rehearsal: Vec<(&'static str, u32)>,
    /// What of the job can be rehearsed, the engine first.
    pub parts: Vec<Part>,
    /// Where the job's values come from, as far as they could be resolved.
    pub provenance: Provenance,
}

/// Goes the way from source to plan. Every phase works with what the one before could make of the
/// input, so that one run shows all mistakes.
pub fn compile(request: &Request, files: &dyn Files, stdlib: &Stdlib) -> Compilation {
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let planned = plan_of(request, files, stdlib, &mut sources, &mut diagnostics);
    diagnostics.sort();
    let mut compilation = Compilation { sources, diagnostics, ..Compilation::default() };
    if let Some(planned) = planned {
        compilation.provenance = planned.provenance;
        if !compilation.diagnostics.has_errors() {
            compilation.plan = Some(planned.plan);
            compilation.nodes = planned.nodes;
            compilation.rehearsal = planned.rehearsal;
            compilation.model = Some(planned.model);
            compilation.parts = planned.parts;
        }
    }
    compilation
}

struct Planned {
    plan: Plan,
    nodes: Option<u32>,
    rehearsal: Vec<(&'static str, u32)>,
    provenance: Provenance,
    model: String,
    parts: Vec<Part>,
}

fn plan_of(
    request: &Request,
    files: &dyn Files,
    stdlib: &Stdlib,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Planned> {
    let program = topology::load(&request.main, &request.sets, files, stdlib, sources, diagnostics);
    let file = Span::file_start(FileId(0));
    let topology = resolve::select::topology(&program, request.topology.as_deref(), file, diagnostics)?;
    let planned = plan_topology(&program, topology, request.declared, stdlib, sources, diagnostics);
    // Where a value of the site is missing, its name stands in its place.
    let waits = |found: &diagnostic::Diagnostic| found.labels.iter().any(|l| program.open.contains(&l.span));
    diagnostics.take_out(|found| found.code != "site/open" && waits(found));
    check::allow::apply(topology, program.complete, diagnostics);
    planned
}

fn plan_topology(
    program: &topology::Program,
    topology: &topology::Topology,
    declared: bool,
    stdlib: &Stdlib,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<Planned> {
    let cluster = resolve::select::cluster(program, topology, diagnostics);
    let engine = resolve::select::engine(program, topology, diagnostics);
    let schemas = engine
        .as_ref()
        .map(|engine| check::schema::load(topology, engine, stdlib, sources, diagnostics))
        .unwrap_or_default();
    let subject = check::Subject {
        topology,
        cluster: cluster.as_ref(),
        engine: engine.as_deref(),
        known_variables: &program.variables,
        transports: &program.transports,
        schemas: &schemas,
        complete: program.complete,
    };
    check::run(&subject, diagnostics);
    let mut resolved = resolve::resolve(topology, cluster.as_ref()?, engine.as_ref()?)?;
    let nodes = resolved.nodes.as_ref().map(|nodes| nodes.value);
    if declared {
        (resolved.nodes, resolved.gpus) = (None, None);
    }
    // Nothing follows from a part of the servers, and placing too many would take memory without end.
    if !program.complete
        || !topology.has_all_servers()
        || diagnostics.iter().any(|d| d.code == "sizes/too-many")
    {
        return None;
    }
    let (plan, mut provenance) = plan::build(&resolved, sources, diagnostics);
    check::run_planned(&subject, &plan, diagnostics);
    for replaced in [&program.replaced, &subject.cluster?.replaced] {
        provenance.extend(replaced);
    }
    let parts = parts(&resolved);
    let settings = topology.rehearsal.iter().flat_map(|block| &block.settings);
    let rehearsal = settings.map(|(name, value)| (*name, value.value)).collect();
    Some(Planned { plan, nodes, rehearsal, provenance, model: resolved.model.path.value, parts })
}

/// What of the job a rehearsal has to have: the engine, its services, and the client.
fn parts(resolved: &Resolved) -> Vec<Part> {
    let engine = &resolved.engine;
    let backend = engine.backend.as_ref().map(|backend| format!(" with the backend {}", backend.value));
    let mut parts = vec![Part {
        name: format!("the engine {}{}", engine.name.value, backend.unwrap_or_default()),
        folder: engine.folder.clone(),
        rehearsal: engine.rehearsal.clone(),
    }];
    parts.extend(resolved.services.iter().map(|service| Part {
        name: format!("the service {}", service.name),
        folder: engine.folder.clone(),
        rehearsal: service.description.rehearsal.clone(),
    }));
    let client = resolved.client.described.as_ref().filter(|_| resolved.harness.is_none());
    parts.extend(client.map(|client| Part {
        name: format!("the client {}", client.name.value),
        folder: client.folder.clone(),
        rehearsal: client.rehearsal.clone(),
    }));
    parts
}
