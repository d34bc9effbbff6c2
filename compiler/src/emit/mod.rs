//! The backend for Slurm: a plan becomes the files of a bundle. It decides nothing.

use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::source::SourceMap;
use crate::stdlib::Stdlib;

/// All files of the bundle, ordered by path.
///
/// # Errors
/// A template of the stdlib that can't be rendered.
pub fn emit(_plan: &Plan, _sources: &SourceMap, _stdlib: &Stdlib) -> Result<Vec<File>, Diagnostic> {
    Ok(Vec::new())
}
