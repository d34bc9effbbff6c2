//! # A variable with which the client can't work
//!
//! The client's description takes it out of the environment, but what a site or a topology sets wins over a
//! description. With `HF_HUB_OFFLINE`, AIPerf takes a tokenizer's folder for a name on the hub, and finds none.
//!
//! ```kdl
//!     env { HF_HUB_OFFLINE 1 }
//! //        ^^^^^^^^^^^^^^^^
//!     benchmark client="aiperf" { isl 1024; osl 1024; concurrency 16 }
//! ```
//!
//! Limit it to the roles that need it:
//!
//! ```kdl
//! env "ctx" "gen" { HF_HUB_OFFLINE 1 }
//! benchmark client="aiperf" { isl 1024; osl 1024; concurrency 16 }
//! ```

use super::client;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("benchmark/variable", include_str!("variable.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some((_, client)) = client(subject) else { return };
    let described = client.program.env.iter().flat_map(|block| &block.entries);
    let taken: Vec<&str> =
        described.filter(|entry| entry.value.is_none()).map(|entry| entry.name.value.as_str()).collect();
    for variable in subject.variables().iter().filter(|variable| variable.roles.contains(&"benchmark")) {
        if variable.entry.value.is_some() && taken.contains(&variable.name()) {
            diagnostics.push(
                RULE.finding(format!(
                    "the client {} can't work with `{}`",
                    client.name.value,
                    variable.name()
                ))
                .label(variable.entry.span, "reaches it")
                .help("limit it to the roles that need it: `env \"ctx\" \"gen\" { … }`; or leave it out"),
            );
        }
    }
}
