//! Names that become parts of paths, scripts and job names, and names that must exist.

pub mod pool;
pub mod topology;
pub mod unknown;
