//! # An option that this cluster's Slurm doesn't know
//!
//! sbatch ends with an error at an option that it doesn't know: one that is mistyped, or one that came with a later
//! Slurm or a plugin (`--segment`: 23.11 and later, with a topology plugin).
//!
//! ```kdl
//! slurm { option "--reservaton=debug" }
//! //             ^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! slurm { option "--reservation=debug" }
//! ```

use super::option_form::is_name;
use super::planned::why;
use super::unfamiliar::KNOWN;
use super::written;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostics, nearest};

pub const RULE: Rule = Rule::error("slurm/unknown-option", include_str!("unknown_option.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mut clusters = subject.cluster.into_iter().chain(subject.node_kinds().map(|kind| &kind.cluster));
    let segments = clusters.any(|c| c.segment.as_ref().is_some_and(|s| s.value));
    for option in written(subject) {
        let name = option.name.value.as_str();
        if name == "segment" && !segments && subject.cluster.is_some() {
            diagnostics.push(
                RULE.finding("this cluster's Slurm doesn't know `--segment`")
                    .label(option.name.span, "not accepted there")
                    .help("leave it out, or write `segment #true` in the site's `cluster` if it does"),
            );
        } else if is_name(name)
            && why(name).is_none()
            && !KNOWN.contains(&name)
            && let Some(near) = nearest(name, KNOWN)
        {
            diagnostics.push(
                RULE.finding(format!("sbatch has no option `--{name}`"))
                    .label(option.name.span, "unknown")
                    .help(format!("did you mean `--{near}`?")),
            );
        }
    }
}
