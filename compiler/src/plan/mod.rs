//! The plan and what makes it.
//!
//! `ir` is the result. `place` puts servers on nodes, `ports` gives each its port, `roles` says what
//! each role's steps do, for which `scope` fills an engine's commands and files; `prepare`, `accuracy` and
//! `harness` add or change roles where the topology asks for it. `build` puts it all together, and
//! `laws` checks the finished plan, whatever built it.

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
mod roles;
mod scope;
pub mod word;

pub use build::build;
pub use data::Data;
pub use ir::*;
