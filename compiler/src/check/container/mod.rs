//! Images and mounts.

pub mod image;
pub mod latest;
pub mod mount;
pub mod no_image;
pub mod no_pyxis;
pub mod target;
pub mod unmounted;
