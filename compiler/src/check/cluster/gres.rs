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
                .help("write the name alone, `\"gpu\"`, or with the type that your site gives it: `\"gpu:TYPE\"`"),
        );
    }
}
