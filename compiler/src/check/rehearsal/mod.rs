//! What a rehearsal is told.

pub mod startup;
pub mod untold;
