//! The plan and what makes it.

pub mod data;
pub mod ir;
pub mod word;

pub use data::Data;
pub use ir::*;
