//! # No name of an image
//!
//! ```kdl
//! container "registry.example/team/serving/image: 1.2.0" { mount "/models" }
//! //        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! Write a registry's name with its tag, or the path of a `.sqsh` file:
//!
//! ```kdl
//! container "registry.example/team/serving/image:1.2.0" { mount "/models" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("container/image", include_str!("image.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(image) = subject.topology.container.as_ref().and_then(|c| c.image.as_ref()) else { return };
    if image.value.is_empty() || image.value.contains(|c: char| c.is_control() || c.is_whitespace()) {
        diagnostics.push(
            RULE.finding("this is no name of an image")
                .label(image.span, "empty, or with blanks")
                .help("write a registry's name (`nvcr.io/…:TAG`) or the path of a `.sqsh` file"),
        );
    }
}
