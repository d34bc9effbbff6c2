//! The plan and what makes it.
//!
//! [`ir`] is the result; [`place`] puts servers on nodes, [`ports`] gives each its port, [`scope`]
//! fills an engine's commands and files, [`build`] puts it all together, and [`laws`] checks the
//! finished plan, whatever built it.

mod accuracy;
mod build;
mod container;
pub mod data;
mod harness;
pub mod ir;
pub mod laws;
pub mod place;
mod ports;
mod prepare;
mod scope;
pub mod word;

pub use build::build;
pub use data::Data;
pub use ir::*;
