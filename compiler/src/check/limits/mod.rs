//! Settings of one server against each other.

pub mod batch_tokens;
pub mod graph_batch;
pub mod graph_sizes;
pub mod graphs_disagree;
pub mod memory;
pub mod one_token;
