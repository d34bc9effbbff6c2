//! The language: from the syntax tree to what the person wrote, typed.

pub mod accuracy;
pub mod allow;
pub mod ast;
mod config;
pub mod env;
pub mod fields;
pub mod harness;
pub mod infra;
pub mod jenkins;
mod load;
mod lower;
mod overrides;
pub mod placement;
pub mod prepare;
pub mod rehearsal;
mod roles;
pub mod site;

pub use ast::*;
pub use config::{block as config_block, scalar as config_scalar, value as config_value};
pub use load::{Program, load};
pub use lower::{container as container_block, slurm_options};
