//! # A launcher or MPI for the coordinator or the client
//!
//! Both are one process that talks HTTP. With `--mpi` they join an MPI world of which they must not be a part
//! (NVIDIA/TensorRT-LLM 12020); behind the launcher they wait for the ranks of a world that doesn't exist.
//!
//! ```kdl
//! server mpi="pmix"
//! //         ^^^^^^
//! ```
//!
//! ```kdl
//! server
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::MpiWish;

pub const RULE: Rule = Rule::error("launcher/bystander", include_str!("bystander.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    if let Some(server) = &topology.server {
        bystander("coordinator", &server.mpi, diagnostics);
    }
    if let Some(benchmark) = &topology.benchmark {
        bystander("client", &benchmark.mpi, diagnostics);
    }
}

fn bystander(who: &str, wish: &MpiWish, diagnostics: &mut Diagnostics) {
    if let Some(launcher) = wish.launcher.as_ref().filter(|launcher| launcher.value) {
        diagnostics.push(
            RULE.finding(format!("the {who} never has the launcher"))
                .label(launcher.span, "asks for it")
                .help(format!(
                    "the {who} is one process that talks HTTP; the launcher would make it wait for the ranks of \
                     a world that doesn't exist. Leave `launcher` out"
                )),
        );
    }
    if let Some(mpi) = wish.mpi.as_ref().filter(|mpi| mpi.value != "none") {
        diagnostics.push(
            RULE.finding(format!("the {who} never has MPI")).label(mpi.span, "asks for it").help(format!(
                "the {who} is one process that talks HTTP; with `--mpi` it would join an MPI world that it \
                 must not be part of (TensorRT-LLM 12020). Leave `mpi` out"
            )),
        );
    }
}
