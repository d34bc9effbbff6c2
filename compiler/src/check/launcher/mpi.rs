//! # A worker with another MPI than Slurm and the image agree on
//!
//! An image that was built for PMIx makes worlds of one rank under another MPI (NVIDIA/TensorRT-LLM 13491). Which one it
//! is follows from the cluster; `mpi` on a worker is an assertion.
//!
//! ```kdl
//! gen tp=8 mpi="pmi2"
//! //           ^^^^^^
//! ```
//!
//! Leave it out, or correct it in the site's `cluster`, where it holds for every worker.
//!
//! ```kdl
//! gen tp=8 mpi="pmix"
//! ```

use super::{Start, planned};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("launcher/mpi", include_str!("mpi.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let cluster = subject.cluster.and_then(|cluster| cluster.mpi.as_ref());
    let used = cluster.map_or("pmix", |mpi| mpi.value.as_str());
    for worker in &subject.topology.workers {
        let (Some(mpi), Some(start)) = (&worker.mpi.mpi, planned(subject, worker)) else { continue };
        let one_process = |help: &str| {
            RULE.finding("this worker is one process: it has no MPI")
                .label(mpi.span, "asks for MPI")
                .help(help)
        };
        diagnostics.push(match start {
            Start::Ranks if mpi.value == used => continue,
            Start::Ranks => {
                let message = format!("workers start through `--mpi={used}`, not \"{}\"", mpi.value);
                let mut error = RULE.finding(message).label(mpi.span, "another MPI");
                if let Some(cluster) = cluster {
                    error =
                        error.label(cluster.span, "what the cluster's Slurm and the engine's image agree on");
                }
                error.help(
                    "an image that was built for PMIx makes worlds of one rank under another MPI \
                     (TensorRT-LLM 13491); leave `mpi` out, or set it in the site's `cluster`",
                )
            }
            Start::Nodes => {
                one_process("this engine starts one process on each node, without MPI; leave `mpi` out")
            }
            Start::Alone => one_process("a job of one node with one GPU starts no ranks; leave `mpi` out"),
        });
    }
}
