//! # An image on a cluster without containers
//!
//! The cluster's `srun` has no `--container-image`: the engine has to be installed on the nodes, and the image is not
//! used.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     pyxis #false
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     container "registry.example/team/serving/image:1.2.0"
//! //            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! Say in the site's `cluster` that it has pyxis, or take `container` out:
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     pyxis #true
//! }
//! topology "t" {
//!     model "m" path="/models/m"
//!     container "registry.example/team/serving/image:1.2.0" { mount "/models" }
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("container/no-pyxis", include_str!("no_pyxis.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(image) = subject.topology.container.as_ref().and_then(|c| c.image.as_ref()) else { return };
    let pyxis = subject.cluster.and_then(|c| c.pyxis.as_ref());
    if let Some(pyxis) = pyxis.filter(|p| !p.value) {
        diagnostics.push(
            RULE.finding("this cluster starts no containers: the image is not used")
                .label(image.span, "has no effect")
                .label(pyxis.span, "said here")
                .help(
                    "the engine must be installed on the nodes; or write `pyxis #true` in the site's `cluster`",
                ),
        );
    }
}
