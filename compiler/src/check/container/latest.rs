//! # An image without a fixed version
//!
//! Without a tag, or with `latest`, the registry decides on the day of the run what is measured: two runs of the same
//! file can't be compared, and nodes may even get different images.
//!
//! ```kdl
//! container "registry.example/team/serving/image:latest" { mount "/models" }
//! //        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" { mount "/models" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("container/latest", include_str!("latest.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(image) = subject.topology.container.as_ref().and_then(|c| c.image.as_ref()) else { return };
    let text = image.value.as_str();
    // A file or a name that the site gives it has no tag; a registry's name has a host.
    if text.starts_with('/') || text.ends_with(".sqsh") || !text.contains('/') || text.contains('@') {
        return;
    }
    let last = text.rsplit('/').next().unwrap_or_default();
    let tag = last.split_once(':').map(|(_, tag)| tag);
    if tag.is_none_or(|tag| tag == "latest") {
        diagnostics.push(
            RULE.finding("this image can be another one tomorrow")
                .label(image.span, if tag.is_none() { "has no tag" } else { "follows the newest" })
                .help("write the version as its tag: `…:1.2.0`, or a digest: `…@sha256:…`"),
        );
    }
}
