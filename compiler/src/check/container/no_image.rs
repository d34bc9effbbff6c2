//! # A container without an image
//!
//! ```kdl
//!     topology "t" {
//! //  ^^^^^^^^^^^^
//!         model "m" path="/models/m"
//!         container { mount "/models" }
//!         agg tp=4
//!         benchmark { isl 1024; osl 1024; concurrency 16 }
//!     }
//! ```
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" { mount "/models" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("container/no-image", include_str!("no_image.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    if subject.complete
        && subject.topology.container.as_ref().is_some_and(|c| c.image.is_none() && !c.unread.has("image"))
    {
        diagnostics.push(
            RULE.finding("`container` needs an image")
                .label(subject.topology.head, "of this topology")
                .help("write it behind the name: `container \"nvcr.io/…\" { … }`"),
        );
    }
}
