//! # A CUDA graph of a size that never occurs
//!
//! As `limits/graph-batch`, for a list of sizes: each one above `max_batch_size` is recorded at start-up, takes
//! memory, and is never used.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 16; cuda_graph_config { batch_sizes 1 2 4 8 16 32 } }
//! //                                                                         ^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 32; cuda_graph_config { batch_sizes 1 2 4 8 16 32 } }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::warning("limits/graph-sizes", include_str!("graph_sizes.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let Some((batch, of_batch)) = subject.number(worker, Meaning::MaxBatchSize) else { continue };
        let Some(sizes) = subject.setting(worker, Meaning::GraphSizes) else { continue };
        let ConfigValue::List(items) = sizes.value else { continue };
        let above: Vec<_> = items
            .iter()
            .filter(|item| matches!(item.value, ConfigValue::Integer(size) if size > i128::from(batch)))
            .collect();
        let Some(first) = above.first() else { continue };
        let mut warning = RULE
            .finding(match above.len() {
                1 => format!("a CUDA graph for more than the {batch} requests that a batch has"),
                n => format!("{n} CUDA graphs for more than the {batch} requests that a batch has"),
            })
            .label(first.span, "recorded in vain");
        if let Some(written) = of_batch.written {
            warning = warning.label(written, "the largest batch");
        }
        diagnostics.push(warning.help(format!(
            "take the sizes above {batch} out, or raise {}, which is {}",
            of_batch.called(),
            of_batch.with_origin()
        )));
    }
}
