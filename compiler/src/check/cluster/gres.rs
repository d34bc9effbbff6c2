//! # A GPU resource with a number
//!
//! `gres` names the resource; how many a node has is `gpus-per-node`. `--gres=gpu:4:4` is refused by sbatch.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     gres "gpu:4"
//! //       ^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=8000 to=8299
//!     gres "gpu"
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::stdlib::cluster::Gres;

pub const RULE: Rule = Rule::error("cluster/gres", include_str!("gres.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let clusters = subject.cluster.into_iter().chain(subject.node_kinds().map(|kind| &kind.cluster));
    let mut seen: Vec<Span> = Vec::new();
    for gres in clusters.filter_map(|cluster| cluster.gres.as_ref()) {
        // Other nodes may have it from the same line.
        if !seen.contains(&gres.span) {
            seen.push(gres.span);
            named(gres, diagnostics);
        }
    }
}

fn named(gres: &Spanned<Gres>, diagnostics: &mut Diagnostics) {
    let Gres::Named(name) = &gres.value else { return };
    let parts: Vec<&str> = name.split(':').collect();
    let word = |part: &&str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        part.chars().all(inner) && part.contains(|c: char| c.is_ascii_alphabetic())
    };
    if parts.len() > 2 || !parts.iter().all(word) {
        diagnostics.push(
            RULE.finding(format!("`{}` is no name of a resource", name.escape_debug()))
                .label(gres.span, "not a name")
                .help("write the name alone, `\"gpu\"`, or with the type that your site gives it: `\"gpu:TYPE\"`"),
        );
    }
}
