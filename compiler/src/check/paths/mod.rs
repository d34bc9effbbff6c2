//! Paths inside the job.

pub mod relative;
