//! # A backend for an engine that has no choice
//!
//! Only some engines put one of several programs behind their interface, as Dynamo does. With any other, `backend`
//! would change nothing, and a reader takes the job for what it is not.
//!
//! ```kdl
//! backend "vllm"
//! //      ^^^^^^
//! ```
//!
//! Take it out, or use an engine that has backends:
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/dynamo"
//!
//! topology "t" {
//!     backend "vllm"
//!     model "m" path="/models/m"
//!     agg tp=4
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("infra/no-backend", include_str!("no_backend.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(backend)) = (subject.engine, &subject.topology.backend) else { return };
    if engine.backends.is_empty() {
        let name = &engine.name.value;
        diagnostics.push(
            RULE.finding(format!("engine \"{name}\" has nothing to choose a backend from"))
                .label(backend.span, "means nothing here")
                .help("take `backend` out"),
        );
    }
}
