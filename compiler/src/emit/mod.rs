//! The backend for Slurm: a plan becomes the files of a bundle. It decides nothing.
//!
//! `stdlib/bundle/` holds the bundle's text. Its layout is that of the bundle: `runtime/` is copied as
//! it is; `job.sbatch` and `steps/` are templates.

mod exports;
pub mod jenkins;
mod job;
mod manifest;
mod quote;
mod steps;
mod template;
mod words;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;

use crate::bundle::{File, digest};
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::source::SourceMap;
use crate::stdlib::Stdlib;
use template::Templates;

/// All files of the bundle, ordered by path.
///
/// # Errors
/// A template of the stdlib that can't be rendered, or a value that a file of the bundle can't hold.
pub fn emit(plan: &Plan, sources: &SourceMap, stdlib: &Stdlib) -> Result<Vec<File>, Diagnostic> {
    emit_with(plan, sources, stdlib, Vec::new())
}

/// The same with other files in it.
///
/// # Errors
/// As of [`emit`].
pub fn emit_with(
    plan: &Plan,
    sources: &SourceMap,
    stdlib: &Stdlib,
    others: Vec<File>,
) -> Result<Vec<File>, Diagnostic> {
    let templates = Templates::load(stdlib)?;
    let plan_file = plan_file(plan);
    let mut files = vec![job::script(plan, digest(&plan_file.content), &templates)?, plan_file];
    files.extend(job::hostfiles(plan));
    files.extend(runtime(stdlib));
    files.extend(others);
    for role in &plan.roles {
        files.extend(steps::scripts(plan, role, &templates, stdlib)?);
    }
    if !plan.exports.is_empty() {
        files.push(exports::file(plan, &templates)?);
    }
    for config in &plan.configs {
        files.push(yaml::file(config)?);
    }
    // Roles may share a reducer.
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    files.push(manifest::file(&files, sources));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The part of the bundle's shell code that is the same in every bundle.
fn runtime(stdlib: &Stdlib) -> impl Iterator<Item = File> {
    stdlib.folder("bundle/runtime").into_iter().map(|(path, text)| File {
        path: format!("runtime/{path}"),
        content: text.to_owned(),
        executable: false,
    })
}

fn plan_file(plan: &Plan) -> File {
    File { path: "plan.json".to_owned(), content: manifest::json(plan), executable: false }
}
