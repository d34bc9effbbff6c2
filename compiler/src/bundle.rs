//! A bundle as data: a list of files, which somebody else writes to a disk.

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the bundle's folder, with `/`.
    pub path: String,
    pub content: String,
    pub executable: bool,
}
