//! # A transport variable on one side only
//!
//! UCX and NIXL read their settings at both ends of the transfer. A variable that only one side has (or has with
//! another value) makes the two choose other devices or protocols: the transfer is slow, or never starts (InferenceX
//! issue 2814: UCX_NET_DEVICES for prefill only).
//!
//! ```kdl
//! ctx tp=4 {
//!     env { UCX_NET_DEVICES "mlx5_0:1" }
//! //        ^^^^^^^^^^^^^^^^^^^^^^^^^^
//! }
//! gen tp=8
//! ```
//!
//! ```kdl
//! env "ctx" "gen" { UCX_NET_DEVICES "mlx5_0:1" }
//! ```

use indexmap::IndexMap;

use super::pairs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::{EnvEntry, Worker};

pub const RULE: Rule = Rule::warning("transfer/environment", include_str!("environment.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for (context, generation) in pairs(subject) {
        let (ours, theirs) = (transport(subject, context), transport(subject, generation));
        for (name, entry) in &ours {
            match theirs.get(name) {
                Some(other) if other.value == entry.value => {}
                Some(other) => diagnostics.push(
                    RULE.finding(format!("`{name}` differs between context and generation servers"))
                        .label(other.span, "for generation servers")
                        .label(entry.span, "for context servers")
                        .help(
                            "both ends of a transfer read it: write it once, in `env \"ctx\" \"gen\" { … }`",
                        ),
                ),
                None => one_sided(name, entry, "context", generation, diagnostics),
            }
        }
        for (name, entry) in theirs.iter().filter(|(name, _)| !ours.contains_key(**name)) {
            one_sided(name, entry, "generation", context, diagnostics);
        }
    }
}

fn one_sided(name: &str, entry: &EnvEntry, side: &str, other: &Worker, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        RULE.finding(format!("only {side} servers have `{name}`"))
            .label(entry.span, format!("for {side} servers"))
            .label(other.head, "goes without")
            .help("both ends of a transfer read it: write it in `env \"ctx\" \"gen\" { … }`"),
    );
}

/// The last that is said of each variable of a transport. One that is taken out is as good as none.
fn transport<'a>(subject: &Subject<'a>, worker: &'a Worker) -> IndexMap<&'a str, &'a EnvEntry> {
    let role = worker.kind.name();
    let site = subject.cluster_of(worker).map(|cluster| cluster.env.as_slice()).unwrap_or_default();
    let shared = site.iter().chain(&subject.topology.env);
    let ours = shared.filter(|block| block.roles.is_empty() || block.roles.iter().any(|r| r.value == role));
    let mut variables = IndexMap::new();
    for entry in ours.chain(&worker.env).flat_map(|block| &block.entries) {
        let name = entry.name.value.as_str();
        if entry.value.is_none() {
            variables.shift_remove(name);
        } else if subject.transports.iter().any(|prefix| name.starts_with(&prefix.value)) {
            variables.insert(name, entry);
        }
    }
    variables
}
