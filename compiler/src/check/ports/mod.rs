//! Ports that are written by hand; what the planner gives away is checked by it.

pub mod reserved;
