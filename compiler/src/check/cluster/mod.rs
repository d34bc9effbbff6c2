//! What a cluster says about itself.

pub mod alike;
pub mod ephemeral;
pub mod gres;
pub mod incomplete;
pub mod mpi;
pub mod node_kind;
pub mod ports;
