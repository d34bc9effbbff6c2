//! A bundle as data: a list of files, which somebody else writes to a disk, and the manifest by which it is
//! known again.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative to the bundle's folder, with `/`.
    pub path: String,
    pub content: String,
    pub executable: bool,
}

/// `manifest.json`: what the bundle is made of and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this structure.
    pub manifest: u32,
    /// The version of disaggc.
    pub compiler: String,
    /// The digest of every source, by its stable name.
    #[serde(default)]
    pub sources: IndexMap<String, String>,
    /// The digest of every file but this one, ordered by path.
    pub files: IndexMap<String, String>,
}

impl Manifest {
    pub const NAME: &str = "manifest.json";
    /// The structure that this version reads and writes.
    pub const VERSION: u32 = 1;
}

/// SHA-256 in hexadecimal digits.
pub fn digest(content: impl AsRef<[u8]>) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}
