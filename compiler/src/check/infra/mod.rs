//! The backend and the services: whether the engine has them, and whether one is missed.

pub mod missing;
pub mod no_backend;
pub mod no_services;
