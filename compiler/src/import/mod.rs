//! Today's configurations as topologies: text in, a list of files and findings out.

pub mod yaml;
