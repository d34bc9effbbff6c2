//! # A path that can't be mounted
//!
//! pyxis takes mounts as `FROM:TO,FROM:TO`, with no way to quote: a path can't hold these signs.
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" {
//!     mount "/models"
//!     mount "/data/2026:01" to="/data"
//! //        ^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" {
//!     mount "/models"
//!     mount "/data/2026-01" to="/data"
//! }
//! ```

use super::target::mounts;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("container/mount", include_str!("mount.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for mount in mounts(subject) {
        for path in [Some(&mount.from), mount.to.as_ref()].into_iter().flatten() {
            if path.value.starts_with('/') && path.value.contains([':', ',', '\n', '\0']) {
                diagnostics.push(
                    RULE.finding("a mount's path can't hold `:`, `,` or a line break")
                        .label(path.span, "not mountable")
                        .help("the container plugin separates mounts by these signs; use another folder or a link to it"),
                );
            }
        }
    }
}
