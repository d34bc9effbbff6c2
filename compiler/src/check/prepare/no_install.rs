//! # An installation that the engine does not describe
//!
//! `wheel` and `editable` run what the engine's description says for them.
//!
//! ```kdl
//! engine "mine" {
//!     versions "1"
//!     launcher "mpi-launch"
//!     role "agg" "benchmark" { command { arg "serve" } }
//! }
//!
//! topology "t" {
//!     engine "mine"
//!     model "m" path="/models/m"
//!     prepare { wheel "/wheels/mine-1.0-py3-none-any.whl" }
//! //            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! Write the command itself, or add it to the description: `prepare { wheel { arg "pip" "install" "{path}" } }`.
//!
//! ```kdl
//! prepare { run "pip" "install" "/wheels/mine-1.0-py3-none-any.whl" }
//! ```

use super::commands;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::prepare::RUN;

pub const RULE: Rule = Rule::error("prepare/no-install", include_str!("no_install.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine else { return };
    let installs = commands(subject).filter(|command| command.kind != RUN && !command.words.is_empty());
    for command in installs.filter(|command| !engine.installs.contains_key(command.kind)) {
        let name = &engine.name.value;
        diagnostics.push(
            RULE.finding(format!("engine \"{name}\" doesn't say how to install a `{}`", command.kind))
                .label(command.head, "not known to the engine")
                .help("write the command itself: `run \"pip\" \"install\" \"…\"`"),
        );
    }
}
