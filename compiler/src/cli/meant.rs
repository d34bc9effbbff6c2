//! What somebody meant who named a path that is not there, or is not what is meant to be named.

use std::fs;
use std::path::{Path, PathBuf};

use disaggc::bundle::Manifest;
use disaggc::diagnostic::nearest;

/// How many files of a folder are named.
const NAMED: usize = 3;

/// The end of a sentence that says why `path` can't be read.
pub fn file(path: &Path) -> Option<String> {
    if path.is_dir() {
        return folder(path);
    }
    if path.exists() || path.as_os_str().is_empty() {
        return None;
    }
    near(path, Path::is_file).map(|near| format!("; did you mean {}?", near.display()))
}

/// # Errors
/// A sentence: nothing is at the path.
pub fn there(path: &Path) -> Result<(), String> {
    if path.exists() {
        return Ok(());
    }
    let near = near(path, Path::is_dir).map(|near| format!("; did you mean {}?", near.display()));
    let instead = near.unwrap_or_default();
    Err(format!("{} can't be read: there is no such file or folder{instead}", path.display()))
}

fn folder(path: &Path) -> Option<String> {
    if path.join(Manifest::NAME).is_file() {
        return Some(": the one that it was built from; this folder is what `build` wrote".to_owned());
    }
    let mut files = entries(path);
    files.retain(|name| name.ends_with(".kdl"));
    let shown: Vec<String> =
        files.iter().take(NAMED).map(|name| path.join(name).display().to_string()).collect();
    let more = if files.len() > NAMED { ", …" } else { "" };
    (!shown.is_empty()).then(|| format!(", such as {}{more}", shown.join(", ")))
}

/// What is there and fits, and of which each part of the path is most like the one that was named.
fn near(path: &Path, fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let mut found = PathBuf::new();
    for part in path.components() {
        let there = found.join(part);
        if there.exists() {
            found = there;
            continue;
        }
        let name = part.as_os_str().to_str()?;
        let around = entries(if found.as_os_str().is_empty() { Path::new(".") } else { &found });
        let near = nearest(name, around.iter().map(String::as_str))?;
        found.push(near);
    }
    fits(&found).then_some(found)
}

/// Names in a folder, but for hidden ones, in order.
fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_path_may_be_misspelt() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("quickstart")).unwrap();
        fs::write(folder.path().join("quickstart/topo.kdl"), "").unwrap();
        let meant = |path: &str| file(&folder.path().join(path));
        let says = |path: &str| format!("; did you mean {}?", folder.path().join(path).display());
        for near in ["quickstart/topo.kd", "quikstart/topo.kdl", "quikstart/tpoo.kdl", "quickstart/topo"] {
            assert_eq!(meant(near), Some(says("quickstart/topo.kdl")), "{near}");
        }
        for far in ["quickstart/gone.kdl", "elsewhere/topo.kdl", "quickstart/topo.kdl/x", "quickstar"] {
            assert_eq!(meant(far), None, "{far}");
        }
        assert_eq!(meant("quickstart/topo.kdl"), None, "something else is wrong with it");
        let says = |path: &str| there(&folder.path().join(path)).unwrap_err();
        assert!(
            says("quikstart")
                .ends_with(&format!("did you mean {}?", folder.path().join("quickstart").display()))
        );
        assert!(says("elsewhere").ends_with("there is no such file or folder"));
        assert_eq!(there(folder.path()), Ok(()));
    }

    #[test]
    fn a_folder_says_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        assert_eq!(file(folder.path()), None);
        for name in ["d.kdl", "b.kdl", "a.kdl", "c.txt"] {
            fs::write(place(name), "").unwrap();
        }
        let expected = |names: &[&str]| {
            names.iter().map(|name| place(name).display().to_string()).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            file(folder.path()),
            Some(format!(", such as {}", expected(&["a.kdl", "b.kdl", "d.kdl"])))
        );
        fs::write(place("e.kdl"), "").unwrap();
        assert!(file(folder.path()).unwrap().ends_with("d.kdl, …"));
        fs::write(place(Manifest::NAME), "").unwrap();
        assert!(file(folder.path()).unwrap().contains("what `build` wrote"));
    }
}
