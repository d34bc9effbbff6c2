//! The codes that stand in the compiler's sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use disaggc::check::table;
use disaggc::diagnostic::Severity;

use crate::support::top;

/// What the phases besides `check` may find, where it stands, and how bad it is.
pub fn elsewhere() -> BTreeMap<String, (Severity, PathBuf)> {
    let groups: Vec<&str> = table::all().filter_map(|rule| rule.code.split('/').next()).collect();
    let mut codes = BTreeMap::new();
    for (path, text) in sources("") {
        for (before, code) in literals(&text) {
            let warning = before.ends_with("Diagnostic::warning(");
            // A code that is chosen first, or handed on, is known by its group.
            let known = groups.iter().any(|group| code.split('/').next() == Some(group));
            if known || warning || before.ends_with("Diagnostic::error(") {
                let severity = if warning { Severity::Warning } else { Severity::Error };
                codes.insert(code.to_owned(), (severity, path.clone()));
            }
        }
    }
    codes
}

/// The codes of the rules that files of the check phase define.
pub fn rules() -> Vec<String> {
    let mut codes = Vec::new();
    for (_, text) in sources("check") {
        let kinds = ["error", "warning", "planned", "afterwards"].map(|kind| format!("Rule::{kind}("));
        let defined = |before: &str| kinds.iter().any(|kind| before.ends_with(kind));
        codes.extend(literals(&text).filter(|(before, _)| defined(before)).map(|(_, code)| code.to_owned()));
    }
    codes
}

/// The library's sources without tests: those of `folder`, or all but the check phase's.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    collect(&top().join("compiler/src").join(folder), &mut paths);
    let text = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("UTF-8");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        (path, text)
    };
    paths.into_iter().map(text).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    /// These emit nothing that has a code: the library is what is left, with the check phase apart.
    const OTHERS: [&str; 4] = ["check", "cli", "follow", "rehearse"];
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !OTHERS.contains(&name) && name != "tests" {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !name.ends_with("tests") {
            paths.push(path);
        }
    }
}

/// The texts of the form `group/name` in a source, each with what stands before it.
fn literals(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('"').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        let word = &rest[..rest.find('"')?];
        let (group, name) = word.split_once('/')?;
        let fits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        (fits(group) && fits(name)).then(|| (text[..at].trim_end(), word))
    })
}
