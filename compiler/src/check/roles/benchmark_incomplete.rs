//! # A benchmark that doesn't say what it measures
//!
//! How many requests run at once, and how long prompts and answers are, decides every number of the result; so nothing
//! is assumed. A `dataset` brings its own lengths, and tests their own benchmark.
//!
//! ```kdl
//!     benchmark { osl 1024; concurrency 16 }
//! //  ^^^^^^^^^
//! ```
//!
//! ```kdl
//! benchmark { isl 1024; osl 1024; concurrency 16 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule =
    Rule::error("roles/benchmark-incomplete", include_str!("benchmark_incomplete.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let benchmark = topology.benchmark.as_ref().filter(|_| topology.harness.is_none() && subject.complete);
    let Some(benchmark) = benchmark else { return };
    let mut missing = |what: &str, help: &str| {
        if benchmark.unread.has(what) {
            return; // It is written, but could not be read.
        }
        diagnostics.push(
            RULE.finding(format!("the benchmark has no `{what}`"))
                .label(benchmark.head, format!("`{what}` is missing"))
                .help(help),
        );
    };
    if benchmark.concurrency.is_empty() {
        missing(
            "concurrency",
            "say how many requests run at once: `concurrency 64`, or several to try in turn",
        );
    }
    if benchmark.dataset.is_none() && !benchmark.unread.has("dataset") {
        if benchmark.isl.is_none() {
            missing("isl", "say how many tokens a prompt has: `isl 1024`; or name a `dataset`");
        }
        if benchmark.osl.is_none() && subject.mode().is_none_or(|mode| mode.osl.is_none()) {
            missing("osl", "say how many tokens an answer has: `osl 1024`; or name a `dataset`");
        }
    }
}
