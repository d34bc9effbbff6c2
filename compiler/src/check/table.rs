//! All rules, by their codes.

use super::rule::Rule;
use super::{engine, limits, phases, sizes, transfer, workload};

/// What this phase looks for, in the order in which the book lists them: one group after the other.
pub const RULES: &[Rule] = &[
    // Counts and shapes.
    sizes::gpus::RULE,
    sizes::ep::RULE,
    sizes::uneven::RULE,
    sizes::unused::RULE,
    sizes::attention_dp::RULE,
    sizes::domain::RULE,
    sizes::too_many::RULE,
    // Settings of one server.
    engine::requires::RULE,
    limits::batch_tokens::RULE,
    limits::one_token::RULE,
    limits::graph_batch::RULE,
    limits::graph_sizes::RULE,
    limits::memory::RULE,
    // Settings of context and generation servers together.
    transfer::kv_dtype::RULE,
    transfer::block_size::RULE,
    transfer::backend::RULE,
    transfer::speculation::RULE,
    transfer::blocks::RULE,
    transfer::buffer::RULE,
    transfer::buffers::RULE,
    transfer::none::RULE,
    transfer::context_cp::RULE,
    transfer::environment::RULE,
    // What the benchmark asks for.
    workload::prompt::RULE,
    workload::answer::RULE,
    workload::step::RULE,
    workload::idle_ranks::RULE,
    workload::overload::RULE,
    workload::dataset::RULE,
];

/// These, and then what other phases come upon.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(phases::ALL)
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}
