//! # A service for an engine that needs none
//!
//! The processes of such an engine find each other by themselves. The service would run, and nobody would ask it.
//!
//! ```kdl
//! infra { etcd }
//! //      ^^^^
//! ```
//!
//! Take it out, or use an engine that describes services:
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/dynamo"
//!
//! topology "t" {
//!     backend "mocker"
//!     model "m" path="/models/m"
//!     infra { etcd }
//!     ctx tp=4
//!     gen tp=8
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("infra/no-services", include_str!("no_services.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine.filter(|engine| engine.services.is_empty()) else { return };
    for service in subject.topology.infra.iter().flat_map(|infra| &infra.services) {
        diagnostics.push(
            RULE.finding(format!("engine \"{}\" needs no `{}`", engine.name.value, service.name.value))
                .label(service.head, "nobody would use it")
                .help("its processes find each other by themselves; take `infra` out"),
        );
    }
}
