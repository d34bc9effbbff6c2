//! What a cluster says about itself.

pub mod ephemeral;
pub mod gres;
pub mod incomplete;
pub mod mpi;
pub mod ports;
