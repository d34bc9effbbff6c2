//! # Several pools of one kind behind tests
//!
//! The tests are told one size for all context servers, and one for all generation servers: TensorRT-LLM's
//! jenkins/scripts/perf exports one `gpusPerCtxServer` and one `gpusPerGenServer`.
//!
//! ```kdl
//!     ctx "long" tp=8
//!     ctx "short" tp=2
//! //  ^^^^^^^^^^^^^^^^
//!     harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//! ```
//!
//! ```kdl
//! ctx replicas=2 tp=4
//! harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::WorkerKind;

pub const RULE: Rule = Rule::error("harness/pools", include_str!("pools.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(harness) = &subject.topology.harness else { return };
    for kind in WorkerKind::ALL {
        let mut pools = subject.topology.workers.iter().filter(|worker| worker.kind == kind);
        if let (Some(first), Some(second)) = (pools.next(), pools.next()) {
            diagnostics.push(
                RULE.finding(format!("the tests know one shape of `{}` servers", kind.name()))
                    .label(second.head, format!("{} is another pool", second.role()))
                    .label(first.head, "the first pool")
                    .label(harness.head, "run through the tests")
                    .help("keep one pool of each kind, or serve directly: take `harness` out"),
            );
        }
    }
}
