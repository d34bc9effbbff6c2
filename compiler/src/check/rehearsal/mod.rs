//! What a rehearsal is told.

pub mod startup;
