//! # Lengths beside a data set
//!
//! Prompts come out of the data set with the lengths that they have there; `isl` and `osl` have no say then.
//!
//! ```kdl
//! benchmark { dataset "/data/prompts.json"; isl 1024; concurrency 16 }
//! //                                            ^^^^
//! ```
//!
//! ```kdl
//! benchmark { dataset "/data/prompts.json"; concurrency 16 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("workload/dataset", include_str!("dataset.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    let Some(dataset) = &benchmark.dataset else { return };
    for (name, length) in [("isl", &benchmark.isl), ("osl", &benchmark.osl)] {
        if let Some(length) = length {
            diagnostics.push(
                RULE.finding(format!("`{name}` has no say beside a data set"))
                    .label(length.span, "not used")
                    .label(dataset.span, "has lengths of its own")
                    .help(format!("leave `{name}` out, or `dataset`")),
            );
        }
    }
}
