//! `jenkins { … }`: how a pipeline runs the topology.

pub mod archive;
pub mod branch;
pub mod credential;
pub mod cron;
pub mod hook;
pub mod missing;
pub mod retention;
pub mod secret;
pub mod stage;
pub mod stage_name;
pub mod time_form;
pub mod timeout;
pub mod variable;
