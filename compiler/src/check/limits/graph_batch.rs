//! # CUDA graphs for batches that never occur
//!
//! A graph is recorded for each batch size up to the given one. Those above `max_batch_size` cost start-up time and
//! memory that the KV cache could have, and are never used. 59 of 423 published recipes do it (InferenceX 2596,
//! TensorRT-LLM issue 10225), so it is a warning.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 64; cuda_graph_config { max_batch_size 128 } }
//! //                                                                 ^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 64; cuda_graph_config { max_batch_size 64 } }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("limits/graph-batch", include_str!("graph_batch.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let batch = subject.number(worker, Meaning::MaxBatchSize);
        let graph = subject.number(worker, Meaning::GraphBatchSize);
        let (Some((batch, of_batch)), Some((graph, of_graph))) = (batch, graph) else { continue };
        if graph > batch {
            let mut warning = RULE
                .finding(format!("CUDA graphs for up to {graph} requests, but a batch has at most {batch}"))
                .label(of_graph.place(worker), "recorded in vain");
            if let Some(written) = of_batch.written {
                warning = warning.label(written, "the largest batch");
            }
            diagnostics.push(warning.help(format!(
                "write {batch}, or raise {}, which is {}",
                of_batch.called(),
                of_batch.with_origin()
            )));
        }
    }
}
