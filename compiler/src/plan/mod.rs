//! The plan and what makes it.
//!
//! `ir` is the result. `place` puts servers on nodes as `wishes` has it from the topology, `assertions` compares
//! that with the numbers that were written, `seats` finds nodes for programs without GPUs. `ports` gives each its
//! port, `roles` says what each role's steps do, for which `scope` fills an engine's commands and files and `flags`
//! makes words of settings; `services` puts what they find each other through before them; `prepare`, `accuracy`
//! and `harness` add or change roles where the topology asks for it; `jenkins` is how a pipeline runs the job; `provenance` remembers
//! where each value comes from. `build` puts it all together, and `laws` checks the finished plan, whatever built it.

mod accuracy;
mod assertions;
mod build;
mod container;
pub mod data;
mod flags;
mod harness;
pub mod ir;
pub mod jenkins;
mod json;
pub mod laws;
pub mod place;
mod ports;
mod prepare;
pub mod provenance;
mod roles;
#[cfg(test)]
mod schema;
mod scope;
mod seats;
mod services;
mod wishes;
pub mod word;

pub use build::build;
pub use data::Data;
pub use ir::*;
