//! What no quoting can save: everything else reaches programs as it is written.

pub mod nul;
