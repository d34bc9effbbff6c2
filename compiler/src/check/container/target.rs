//! # Two folders at one place of the container
//!
//! The later mount hides the earlier one.
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" {
//!     mount "/lustre/models" to="/models"
//!     mount "/scratch/models" to="/models"
//! //                             ^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" {
//!     mount "/lustre/models" to="/models"
//!     mount "/scratch/models" to="/scratch-models"
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::topology::ast::Mount;

pub const RULE: Rule = Rule::error("container/target", include_str!("target.rs"), check);

/// The site's mounts, then the topology's.
pub(super) fn mounts<'a>(subject: &Subject<'a>) -> Vec<&'a Mount> {
    let site = subject.cluster.map(|cluster| cluster.mounts.as_slice()).unwrap_or_default();
    let own = subject.topology.container.as_ref().map(|c| c.mounts.as_slice()).unwrap_or_default();
    site.iter().chain(own).collect()
}

/// Where a mount appears in the container.
pub(super) fn inside(mount: &Mount) -> &Spanned<String> {
    mount.to.as_ref().unwrap_or(&mount.from)
}

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mounts = mounts(subject);
    for (index, mount) in mounts.iter().enumerate() {
        let place = |mount: &Mount| inside(mount).value.trim_end_matches('/').to_owned();
        let Some(first) = mounts[..index].iter().find(|first| place(first) == place(mount)) else { continue };
        if first.from.value == mount.from.value {
            continue; // The site mounts it already.
        }
        diagnostics.push(
            RULE.finding(format!("two folders at `{}`", inside(mount).value))
                .label(inside(mount).span, "hides the first one")
                .label(inside(first).span, "first one")
                .help("mount one of them elsewhere: `mount \"FROM\" to=\"/other\"`"),
        );
    }
}
