//! # A comma in what the evaluation program is told
//!
//! lm_eval takes its model arguments as one word, `key=value,key=value`, with no way to quote: behind a comma it reads
//! the next key. The model's path is one of these values.
//!
//! ```kdl
//! accuracy { task "gsm8k"; model-args revision="v1,v2" }
//! //                                           ^^^^^^^
//! ```
//!
//! ```kdl
//! accuracy { task "gsm8k"; model-args revision="v1" }
//! ```

use super::model_arguments;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("accuracy/comma", include_str!("comma.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let accuracy = &subject.topology.accuracy;
    let model = subject.topology.model.as_ref().filter(|_| accuracy.is_some());
    let path = model.map(|model| ("the model's path", model.path.as_ref().unwrap_or(&model.name)));
    let arguments = model_arguments(accuracy).map(|a| ("a model argument's value", &a.value));
    for (what, value) in path.into_iter().chain(arguments).filter(|(_, value)| value.value.contains(',')) {
        diagnostics.push(
            RULE.finding(format!("{what} can't hold a comma here"))
                .label(value.span, "holds a comma")
                .help("the evaluation program takes its model arguments as `key=value,key=value`, with no way to quote"),
        );
    }
}
