//! # A GPU resource with a number
//!
//! `gres` names the resource; how many a node has is `gpus-per-node`. `--gres=gpu:4:4` is refused by sbatch.
//!
//! ```kdl
//! use "cluster/local"
//! use "engine/trtllm"
//! cluster "mine" extends="local" {
//!     gres "gpu:4"
//! //       ^^^^^^^
//! }
//! topology "t" {
//!     cluster "mine"
//!     model "m" path="/models/m"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! use "cluster/local"
//! use "engine/trtllm"
//! cluster "mine" extends="local" {
//!     gres "gpu"
//! }
//! topology "t" {
//!     cluster "mine"
//!     model "m" path="/models/m"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("cluster/gres", include_str!("gres.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(gres) = subject.cluster.and_then(|cluster| cluster.gres.as_ref()) else { return };
    let crate::stdlib::cluster::Gres::Named(name) = &gres.value else { return };
    let parts: Vec<&str> = name.split(':').collect();
    let word = |part: &&str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        part.chars().all(inner) && part.contains(|c: char| c.is_ascii_alphabetic())
    };
    if parts.len() > 2 || !parts.iter().all(word) {
        diagnostics.push(
            RULE.finding(format!("`{}` is no name of a resource", name.escape_debug()))
                .label(gres.span, "not a name")
                .help("write the name alone, `\"gpu\"`, or with the type that your site gives it: `\"gpu:gb200\"`"),
        );
    }
}
