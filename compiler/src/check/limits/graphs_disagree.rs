//! # A list of CUDA graphs that ends elsewhere than its largest size
//!
//! Written both ways, the list's largest size has to be the largest batch: TensorRT-LLM's own validator
//! (CudaGraphConfig in llmapi/llm_args.py) ends the server at its start otherwise.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 64; cuda_graph_config { batch_sizes 1 2 4 8 16 32; max_batch_size 64 } }
//! //                                                                                            ^^
//! }
//! ```
//!
//! Write one of them:
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 64; cuda_graph_config { batch_sizes 1 2 4 8 16 32 64 } }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::error("limits/graphs-disagree", include_str!("graphs_disagree.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let most = subject.number(worker, Meaning::GraphBatchSize);
        let sizes = subject.setting(worker, Meaning::GraphSizes);
        let (Some((most, of_most)), Some(sizes)) = (most, sizes) else { continue };
        let ConfigValue::List(items) = sizes.value else { continue };
        let size = |item: &crate::source::Spanned<ConfigValue>| match item.value {
            ConfigValue::Integer(size) => Some((size, item.span)),
            _ => None,
        };
        let Some((largest, at)) = items.iter().filter_map(size).max_by_key(|(size, _)| *size) else {
            continue;
        };
        if largest != i128::from(most) {
            diagnostics.push(
                RULE.finding(format!("CUDA graphs up to {largest}, but {} says {most}", of_most.called()))
                    .label(of_most.place(worker), "another size")
                    .label(at, "the largest of the list")
                    .help("write one of them; where both stand they must agree"),
            );
        }
    }
}
