//! # A model argument that follows from the plan
//!
//! The tasks ask the topology's own model, at the address that its own server gets. Another one would measure
//! something else, and nobody would see it in the result.
//!
//! ```kdl
//! accuracy { task "gsm8k"; model-args base_url="http://node7:8000/v1" }
//! //                                  ^^^^^^^^
//! ```
//!
//! ```kdl
//! accuracy { task "gsm8k" }
//! ```

use super::model_arguments;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("accuracy/planned", include_str!("planned.rs"), check);

/// What the plan tells the evaluation program by itself.
const PLANNED: [&str; 2] = ["model", "base_url"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for argument in model_arguments(&subject.topology.accuracy) {
        let key = argument.key.value.as_str();
        if PLANNED.contains(&key) {
            diagnostics.push(
                RULE.finding(format!("`{key}` follows from the plan"))
                    .label(argument.key.span, "set by hand")
                    .help("the tasks ask the topology's own model at its own address; leave it out"),
            );
        }
    }
}
