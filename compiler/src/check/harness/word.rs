//! # A value of the harness that a shell would change
//!
//! Older launchers (TensorRT-LLM's, in tensorrt_llm/llmapi) expand the command behind them
//! unquoted: a blank in a path makes two words of it, and `*` or `?` becomes the names of files. Nothing that is
//! written here can be quoted against that.
//!
//! ```kdl
//! harness "pytest" { source "/code/my tree"; models "/models" }
//! //                        ^^^^^^^^^^^^^^^
//! ```
//!
//! Use another name, or a link to it:
//!
//! ```kdl
//! harness "pytest" { source "/code/my-tree"; models "/models" }
//! ```

use super::is_word;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("harness/word", include_str!("word.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let values = subject.topology.harness.iter().flat_map(|harness| &harness.values);
    for (field, value) in values.filter(|(_, value)| !is_word(&value.value)) {
        diagnostics.push(
            RULE.finding(format!("`{field}` must be one plain word"))
                .label(value.span, "empty, or with blanks or `*`, `?`")
                .help("the launcher splits and expands the command behind it like an unquoted variable; use another name"),
        );
    }
}
