//! # A segment larger than an NVLink domain
//!
//! `--segment=N` asks for groups of N nodes in one block of the topology; no block has more nodes than its domain.
//!
//! ```kdl
//! slurm { option "--segment=36" }
//! //             ^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! slurm { option "--segment=18" }
//! ```

use super::values;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;

pub const RULE: Rule = Rule::error("slurm/segment", include_str!("segment.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for (cluster, segment, _) in values(subject, "segment") {
        if let Some(domain) = &cluster.domain_nodes {
            size(domain, segment, diagnostics);
        }
    }
}

fn size(domain: &Spanned<u32>, segment: &Spanned<String>, diagnostics: &mut Diagnostics) {
    match segment.value.parse::<u32>() {
        Ok(nodes) if (1..=domain.value).contains(&nodes) => {}
        Ok(nodes) => diagnostics.push(
            RULE.finding(format!("no NVLink domain has {nodes} nodes"))
                .label(segment.span, "a segment")
                .label(domain.span, format!("{} nodes a domain", domain.value))
                .help(format!("write from 1 to {}; a server may not leave its segment", domain.value)),
        ),
        Err(_) => diagnostics.push(
            RULE.finding("a segment is a number of nodes")
                .label(segment.span, "no number")
                .help(format!("write `--segment=N` with N from 1 to {}", domain.value)),
        ),
    }
}
