//! # Accuracy tasks for an engine that does not describe any
//!
//! Which program evaluates, and by which paths it asks the servers, stands in the engine's description.
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/dynamo"
//!
//! topology "t" {
//!     backend "mocker"
//!     model "m" path="/models/m"
//!     agg tp=4
//!     server
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//!     accuracy { task "gsm8k" }
//! //  ^^^^^^^^
//! }
//! ```
//!
//! Take an engine that has a `role "accuracy"`:
//!
//! ```kdl
//! accuracy { task "gsm8k" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::resolve::accuracy::ROLE;

pub const RULE: Rule = Rule::error("accuracy/unsupported", include_str!("unsupported.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(accuracy)) = (subject.engine, &subject.topology.accuracy) else { return };
    if engine.role(ROLE).is_none_or(|role| role.command.is_empty()) {
        diagnostics.push(
            RULE.finding(format!("engine \"{}\" doesn't say how accuracy is evaluated", engine.name.value))
                .label(accuracy.head, "can't be run")
                .help("take the block out, or use an engine with a `role \"accuracy\"`"),
        );
    }
}
