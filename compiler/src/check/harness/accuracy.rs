//! # Accuracy tasks behind tests
//!
//! Servers that run through a test program end when the benchmark's test has left its status (TensorRT-LLM's
//! perf/test_perf_sanity.py): accuracy tasks, which come after the benchmark, would find nobody.
//!
//! ```kdl
//!     harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//!     accuracy { task "gsm8k" }
//! //  ^^^^^^^^
//! ```
//!
//! Measure the accuracy in a topology of its own:
//!
//! ```kdl
//! accuracy { task "gsm8k" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("harness/accuracy", include_str!("accuracy.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    if let (Some(harness), Some(accuracy)) = (&subject.topology.harness, &subject.topology.accuracy) {
        diagnostics.push(
            RULE.finding("the servers end with the tests: no accuracy task can follow")
                .label(accuracy.head, "comes after the benchmark")
                .label(harness.head, "ends the servers with the benchmark")
                .help("measure the accuracy in a topology of its own, without `harness`"),
        );
    }
}
