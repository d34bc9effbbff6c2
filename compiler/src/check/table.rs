//! All rules, by their codes.

use super::rule::Rule;
use super::{phases, sizes};

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
];

/// These, and then what other phases come upon.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain(phases::SYNTAX)
}

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}
