//! What the chosen version of the engine can't do.

pub mod requires;
