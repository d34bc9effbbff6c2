//! # A choice of tests that contradicts itself
//!
//! A run is one `test`, or the `test-list` of which `splits` makes so many groups and `group` takes one. A group that
//! doesn't exist would run no test at all.
//!
//! ```kdl
//! harness "pytest" {
//!     source "/code/TensorRT-LLM"
//!     models "/models"
//!     test-list "/code/tests.txt"
//!     splits 2
//!     group 3
//! //        ^
//! }
//! ```
//!
//! ```kdl
//! harness "pytest" {
//!     source "/code/TensorRT-LLM"
//!     models "/models"
//!     test-list "/code/tests.txt"
//!     splits 2
//!     group 2
//! }
//! ```

use super::value;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;

pub const RULE: Rule = Rule::error("harness/selection", include_str!("selection.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(harness) = &subject.topology.harness else { return };
    let list = value(harness, "test-list");
    if let (Some(test), Some(list)) = (value(harness, "test"), list) {
        diagnostics.push(
            RULE.finding("`test` and `test-list` at the same time")
                .label(test.span, "one test")
                .label(list.span, "a list of tests")
                .help("keep one of them"),
        );
    }
    let (splits, group) = (value(harness, "splits"), value(harness, "group"));
    for split in [splits, group].into_iter().flatten().filter(|_| list.is_none()) {
        diagnostics.push(
            RULE.finding("there is no list to split")
                .label(split.span, "needs `test-list`")
                .help("add `test-list \"/path/to/list.txt\"`, or leave it out"),
        );
    }
    let number = |value: Option<&Spanned<String>>| value.map_or(1, |v| v.value.parse::<u32>().unwrap_or(1));
    if let Some(group) = group.filter(|_| number(group) > number(splits)) {
        diagnostics.push(
            RULE.finding(format!("there is no group {}", group.value))
                .label(group.span, format!("of {} groups", number(splits)))
                .help("groups are counted from 1 to `splits`"),
        );
    }
}
