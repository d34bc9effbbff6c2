//! The compiler as a library: source → syntax → topology → check → resolve → plan → emit → bundle.
//!
//! It does no IO: texts come in through [`source::Files`], a bundle goes out as a list of
//! [`bundle::File`]s.

pub mod bundle;
mod check;
pub mod diagnostic;
pub mod emit;
pub mod names;
pub mod plan;
pub mod resolve;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod topology;

use diagnostic::Diagnostics;
use plan::Plan;
use source::{FileId, Files, SourceMap, Span};
use stdlib::Stdlib;
use stdlib::engine::StandIn;

/// What to compile.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The main file, as the user names it.
    pub main: String,
    /// Which topology of the file; needed only where there are several.
    pub topology: Option<String>,
    /// `--set PATH=VALUE`.
    pub sets: Vec<String>,
}

/// Everything that a compilation found out, up to the plan.
#[derive(Debug)]
pub struct Compilation {
    pub sources: SourceMap,
    /// Ordered by place. With an error among them there is no plan.
    pub diagnostics: Diagnostics,
    pub plan: Option<Plan>,
    /// What takes the engine's place in a rehearsal.
    pub stand_in: Option<StandIn>,
}

/// Goes the way from source to plan. Every phase works with what the one before could make of the
/// input, so that one run shows all mistakes.
pub fn compile(request: &Request, files: &dyn Files, stdlib: &Stdlib) -> Compilation {
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let (plan, stand_in) = plan_of(request, files, stdlib, &mut sources, &mut diagnostics).unzip();
    diagnostics.sort();
    let plan = plan.filter(|_| !diagnostics.has_errors());
    Compilation { sources, diagnostics, plan, stand_in: stand_in.flatten() }
}

fn plan_of(
    request: &Request,
    files: &dyn Files,
    stdlib: &Stdlib,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Option<(Plan, Option<StandIn>)> {
    let program = topology::load(&request.main, &request.sets, files, stdlib, sources, diagnostics);
    let file = Span::file_start(FileId(0));
    let topology = resolve::select::topology(&program, request.topology.as_deref(), file, diagnostics)?;
    let cluster = resolve::select::cluster(&program, topology, diagnostics);
    let engine = resolve::select::engine(&program, topology, diagnostics);
    let subject = check::Subject {
        topology,
        cluster: cluster.as_ref(),
        engine: engine.as_ref(),
        complete: program.complete,
    };
    check::run(&subject, diagnostics);
    let (cluster, engine) = (cluster?, engine?);
    let resolved = resolve::resolve(topology, &cluster, &engine)?;
    // Nothing follows from a part of the servers, and placing too many would take memory without end.
    if !program.complete || diagnostics.iter().any(|d| d.code == "sizes/too-many") {
        return None;
    }
    let stand_in = engine.stand_in.map(|mut stand_in| {
        stand_in.folder.value = format!("{}/{}", engine.folder, stand_in.folder.value);
        stand_in
    });
    Some((plan::build(&resolved, sources, diagnostics), stand_in))
}
