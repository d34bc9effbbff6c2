//! # A harness that lacks what every test needs
//!
//! The tests are files of the engine's source tree, and take the model out of a folder that has all models. Neither
//! can be guessed: each site has them elsewhere.
//!
//! ```kdl
//!     harness "pytest" { source "/code/TensorRT-LLM" }
//! //  ^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//! ```

use super::value;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("harness/missing", include_str!("missing.rs"), check);

const NEEDED: [(&str, &str); 2] = [
    ("source", "the engine's source tree as the nodes see it: `source \"/code/…\"`"),
    ("models", "the folder with all models: `models \"/models\"`"),
];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(harness) = &subject.topology.harness else { return };
    for (field, what) in NEEDED.iter().filter(|(field, _)| value(harness, field).is_none()) {
        diagnostics.push(
            RULE.finding(format!("the harness has no `{field}`"))
                .label(harness.head, format!("`{field}` is missing"))
                .help(format!("name {what}")),
        );
    }
}
