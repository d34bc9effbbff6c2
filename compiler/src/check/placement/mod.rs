//! Wishes about which servers share nodes; whether they can all be fulfilled is found by the planner.

pub mod node_kinds;
pub mod roles;
pub mod shared;
