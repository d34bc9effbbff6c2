//! The compiler as a library: source → syntax → topology → check → resolve → plan → emit → bundle.
//!
//! It does no IO: texts come in through [`source::Files`], a bundle goes out as a list of
//! [`bundle::File`]s.

pub mod bundle;
pub mod diagnostic;
pub mod emit;
pub mod plan;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod topology;

use diagnostic::Diagnostics;
use plan::Plan;
use source::{Files, SourceMap};
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

/// Goes the way from source to plan.
pub fn compile(request: &Request, files: &dyn Files, stdlib: &Stdlib) -> Compilation {
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    topology::load(&request.main, &request.sets, files, stdlib, &mut sources, &mut diagnostics);
    diagnostics.sort();
    Compilation { sources, diagnostics, plan: None, stand_in: None }
}
