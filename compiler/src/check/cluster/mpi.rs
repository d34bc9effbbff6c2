//! # A kind of MPI that Slurm does not have
//!
//! `srun --mpi=` takes what `srun --mpi=list` shows; with any other name no worker starts.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     mpi "pmx"
//! //      ^^^^^
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     mpi "pmix"
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("cluster/mpi", include_str!("mpi.rs"), check);

/// Plugins that come with Slurm (srun(1)); PMIx has one a version.
const KNOWN: [&str; 9] =
    ["pmix", "pmix_v2", "pmix_v3", "pmix_v4", "pmix_v5", "pmi2", "none", "openmpi", "cray_shasta"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(mpi) = subject.cluster.and_then(|cluster| cluster.mpi.as_ref()) else { return };
    if !KNOWN.contains(&mpi.value.as_str()) {
        diagnostics.push(
            RULE.finding(format!("Slurm comes without an MPI \"{}\"", mpi.value.escape_debug()))
                .label(mpi.span, "unknown")
                .help(format!(
                    "{}; `srun --mpi=list` shows what the cluster has",
                    crate::topology::fields::suggestion(&mpi.value, &KNOWN, "kind", "kinds")
                )),
        );
    }
}
