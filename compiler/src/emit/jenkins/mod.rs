//! The backend for Jenkins: plans become a pipeline that builds and submits their bundles (`pipeline`), or stages of the
//! engine's own pipeline (`fragment`). It decides nothing.

mod fragment;
mod groovy;
mod pipeline;

pub use fragment::fragment;
pub use groovy::quote as groovy_quote;
pub use pipeline::{Stage, pipeline};
