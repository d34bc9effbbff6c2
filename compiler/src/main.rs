//! The `disaggc` command.

fn main() {}
