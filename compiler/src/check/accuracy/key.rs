//! # A model argument without a proper name
//!
//! Model arguments become the names of parameters in the evaluation program, which is written in Python.
//!
//! ```kdl
//! accuracy { task "gsm8k"; model-args max-retries=3 }
//! //                                  ^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! accuracy { task "gsm8k"; model-args max_retries=3 }
//! ```

use super::model_arguments;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("accuracy/key", include_str!("key.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for argument in model_arguments(&subject.topology.accuracy) {
        if !is_key(&argument.key.value) {
            diagnostics.push(
                RULE.finding("this is no name of a model argument")
                    .label(argument.key.span, "not a name")
                    .help("a name has letters, digits and `_`, and begins with no digit"),
            );
        }
    }
}

fn is_key(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
