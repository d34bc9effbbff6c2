//! # Fewer requests than are to run at once
//!
//! The concurrency that the result is named after is never reached.
//!
//! ```kdl
//! benchmark { isl 1024; osl 1024; concurrency 64; requests 20 }
//! //                                                       ^^
//! ```
//!
//! Make several times as many as run at once, or leave the number to the client's `rounds`:
//!
//! ```kdl
//! benchmark { isl 1024; osl 1024; concurrency 64; requests 512 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("benchmark/requests", include_str!("requests.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    let Some(requests) = &benchmark.requests else { return };
    for concurrency in benchmark.concurrency.iter().filter(|concurrency| requests.value < concurrency.value) {
        diagnostics.push(
            RULE.finding(format!("{} requests never make {} at once", requests.value, concurrency.value))
                .label(requests.span, "too few")
                .label(concurrency.span, "this concurrency")
                .help(format!("write at least `requests {}`, or leave it out", concurrency.value)),
        );
    }
}
