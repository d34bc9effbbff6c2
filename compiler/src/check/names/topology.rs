//! # A topology's name that can't be a folder
//!
//! The name is that of the job, of the bundle's folder and of the run folder.
//!
//! ```kdl
//! topology "dsr1 1k/1k" {
//! //       ^^^^^^^^^^^^
//!     model "m" path="/models/m"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! topology "dsr1-1k1k" {
//!     model "m" path="/models/m"
//!     agg tp=4
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("names/topology", include_str!("topology.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let name = &subject.topology.name;
    if !is_file_name(&name.value) {
        diagnostics.push(
            RULE.finding("this name can't be a folder and a job name")
                .label(name.span, "not usable")
                .help("use up to 100 letters, digits, `.`, `_` and `-`, beginning with a letter or digit"),
        );
    }
}

fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=100).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}
