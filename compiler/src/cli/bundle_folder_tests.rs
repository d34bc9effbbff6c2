//! The rules of replacing a folder, with small bundles made by hand.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use super::*;
use disaggc::bundle::digest;

/// A bundle of `files`, with its manifest.
fn bundle(files: &[(&str, &str)]) -> Vec<File> {
    let digests: BTreeMap<&str, String> =
        files.iter().map(|(path, content)| (*path, digest(content.as_bytes()))).collect();
    let manifest = serde_json::json!({
        "manifest": 1, "compiler": "0.1.0", "sources": {"topo.kdl": "00"}, "files": digests,
    });
    files
        .iter()
        .map(|(path, content)| (*path, (*content).to_owned()))
        .chain([("manifest.json", manifest.to_string())])
        .map(|(path, content)| File { path: path.into(), content, executable: path.ends_with(".sh") })
        .collect()
}

fn small() -> Vec<File> {
    bundle(&[("job.sbatch", "one"), ("steps/ctx.sh", "step")])
}

fn other() -> Vec<File> {
    bundle(&[("job.sbatch", "two"), ("config/ctx.yaml", "a: 1")])
}

/// Every path below `folder`, with the content of files and the target of links.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_symlink() {
                found.insert(name, format!("-> {}", path.read_link().unwrap().display()));
            } else if path.is_dir() {
                found.insert(name + "/", String::new());
                open.push(path);
            } else {
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// Writes without Ctrl-C.
fn put_bundle(target: &Path, files: &[File], force: bool) -> Result<(), Error> {
    let left = write(target, files, force, &AtomicBool::new(false))?;
    assert_eq!(left, None);
    Ok(())
}

/// Writing `files` is refused with what `expected` says, and nothing below `root` changes.
#[track_caller]
fn refused(root: &Path, target: &str, files: &[File], force: bool, expected: &str) {
    let before = tree(root);
    let message = put_bundle(&root.join(target), files, force).unwrap_err().to_string();
    assert!(message.contains(expected), "{message:?} does not say {expected:?}");
    assert!(message.contains(target.trim_end_matches('/')), "{message:?} does not name {target:?}");
    assert_eq!(tree(root), before);
}

#[test]
fn a_bundle_is_written_with_its_folders_and_modes() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    put_bundle(&target, &small(), false).unwrap();
    let tree = tree(root.path());
    let paths: Vec<&str> = tree.keys().map(String::as_str).collect();
    assert_eq!(paths, ["out/", "out/job.sbatch", "out/manifest.json", "out/steps/", "out/steps/ctx.sh"]);
    assert_eq!(tree["out/job.sbatch"], "one");

    let mode = |path: &str| target.join(path).metadata().unwrap().permissions().mode() & 0o777;
    // A new folder and file show what the umask leaves.
    fs::create_dir(root.path().join("folder")).unwrap();
    fs::write(root.path().join("file"), "").unwrap();
    assert_eq!(mode(""), mode("../folder"));
    assert_eq!(mode("job.sbatch"), mode("../file"));
    assert_eq!(mode("steps/ctx.sh") & 0o100, 0o100);
}

#[test]
fn an_unchanged_bundle_is_replaced_as_a_whole() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    put_bundle(&target, &small(), false).unwrap();
    put_bundle(&target, &other(), false).unwrap();
    let paths: Vec<String> = tree(root.path()).into_keys().collect();
    assert_eq!(paths, ["out/", "out/config/", "out/config/ctx.yaml", "out/job.sbatch", "out/manifest.json"]);
}

#[test]
fn a_changed_bundle_is_replaced_only_by_force() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    put_bundle(&target, &small(), false).unwrap();
    fs::write(target.join("job.sbatch"), "edited").unwrap();
    fs::remove_file(target.join("steps/ctx.sh")).unwrap();
    symlink("/etc/hostname", target.join("steps/ctx.sh")).unwrap();
    refused(root.path(), "out", &other(), false, "was changed since disaggc wrote it");
    let message = put_bundle(&target, &other(), false).unwrap_err().to_string();
    let named: Vec<&str> = message.lines().filter(|line| line.starts_with("    ")).map(str::trim).collect();
    assert_eq!(named, ["job.sbatch (changed)", "steps/ctx.sh (changed)"]);

    put_bundle(&target, &other(), true).unwrap();
    assert_eq!(tree(&target)["job.sbatch"], "two");
}

/// A run folder, for one, appears where `sbatch` was called.
#[test]
fn what_others_put_into_a_bundle_is_never_removed() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    put_bundle(&target, &small(), false).unwrap();
    fs::create_dir_all(target.join("run-12/logs")).unwrap();
    fs::write(target.join("run-12/logs/gen_0.log"), "measured").unwrap();
    fs::write(target.join("steps/mine.sh"), "").unwrap();
    for force in [false, true] {
        refused(
            root.path(),
            "out",
            &other(),
            force,
            "holds what disaggc did not write:\n    run-12/\n    steps/mine.sh",
        );
    }
}

#[test]
fn a_missing_file_is_a_change_too() {
    let root = tempfile::tempdir().unwrap();
    put_bundle(&root.path().join("out"), &small(), false).unwrap();
    fs::remove_dir_all(root.path().join("out/steps")).unwrap();
    refused(root.path(), "out", &other(), false, "steps/ctx.sh (missing)");
}

#[test]
fn a_long_list_of_changes_is_cut() {
    let root = tempfile::tempdir().unwrap();
    put_bundle(&root.path().join("out"), &small(), false).unwrap();
    for number in 0..15 {
        fs::write(root.path().join(format!("out/extra{number}")), "").unwrap();
    }
    refused(root.path(), "out", &other(), false, "and 5 more");
}

#[test]
fn a_folder_of_somebody_else_is_never_touched() {
    let root = tempfile::tempdir().unwrap();
    let foreign = [
        ("plain", "notes.txt", "mine", "it has no manifest.json"),
        ("web", "manifest.json", r#"{"manifest_version": 3, "name": "x"}"#, "is not one of disaggc"),
        ("broken", "manifest.json", "{", "is not one of disaggc"),
        ("newer", "manifest.json", r#"{"manifest": 2, "compiler": "9", "files": {}}"#, "another version"),
    ];
    for (folder, file, content, why) in foreign {
        fs::create_dir(root.path().join(folder)).unwrap();
        fs::write(root.path().join(folder).join(file), content).unwrap();
        for force in [false, true] {
            refused(root.path(), folder, &small(), force, why);
        }
    }
    // A manifest that is a link may belong to another bundle.
    put_bundle(&root.path().join("real"), &small(), false).unwrap();
    fs::create_dir(root.path().join("linked")).unwrap();
    symlink("../real/manifest.json", root.path().join("linked/manifest.json")).unwrap();
    refused(root.path(), "linked", &small(), true, "it has no manifest.json");
}

#[test]
fn an_empty_folder_is_used_and_keeps_its_mode() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    fs::create_dir(&target).unwrap();
    fs::set_permissions(&target, Permissions::from_mode(0o2750)).unwrap();
    put_bundle(&target, &small(), false).unwrap();
    assert_eq!(target.metadata().unwrap().permissions().mode() & 0o7777, 0o2750);
    assert_eq!(tree(root.path()).len(), 5);
}

#[test]
fn what_is_no_folder_is_refused() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("file"), "mine").unwrap();
    symlink("nowhere", root.path().join("dangling")).unwrap();
    symlink("circle", root.path().join("circle")).unwrap();
    for force in [false, true] {
        refused(root.path(), "file", &small(), force, "is a file");
        refused(root.path(), "file/below", &small(), force, "a part of the path is a file");
        refused(root.path(), "dangling", &small(), force, "is a link to nothing");
        refused(root.path(), "circle", &small(), force, "too many levels of symbolic links");
        refused(root.path(), "gone/out", &small(), force, "there is no folder");
        refused(root.path(), "gone/..", &small(), force, "is no name of a folder");
    }
    let message = |target: &str| put_bundle(Path::new(target), &small(), true).unwrap_err().to_string();
    assert_eq!(message("/"), "/ is the root of the file system");
    assert!(message("").contains("is no name of a folder"));
    assert!(message(".").contains("holds the folder that you are in"));
    assert!(message("..").contains("holds the folder that you are in"));
}

#[test]
fn a_link_to_a_bundle_stays_a_link() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("elsewhere")).unwrap();
    put_bundle(&root.path().join("elsewhere/run1"), &small(), false).unwrap();
    symlink("elsewhere/run1", root.path().join("latest")).unwrap();
    put_bundle(&root.path().join("latest"), &other(), false).unwrap();
    let tree = tree(root.path());
    assert_eq!(tree["latest"], "-> elsewhere/run1");
    assert_eq!(tree["elsewhere/run1/job.sbatch"], "two");
}

#[test]
fn dots_in_a_path_lead_where_they_say() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    put_bundle(&root.path().join("a/../out"), &small(), false).unwrap();
    put_bundle(&root.path().join("a/./../out/"), &other(), false).unwrap();
    assert_eq!(tree(root.path())["out/job.sbatch"], "two");
}

#[test]
fn a_failure_midway_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    put_bundle(&root.path().join("out"), &small(), false).unwrap();
    let before = tree(root.path());
    let broken = [
        // A file where the next one needs a folder.
        bundle(&[("steps", "a file"), ("steps/ctx.sh", "x")]),
        bundle(&[("job.sbatch", "x"), (&"n".repeat(300), "the name is too long")]),
        bundle(&[("job.sbatch", "x"), ("../escaped", "x")]),
        bundle(&[("/escaped", "x")]),
    ];
    for files in broken {
        for target in ["out", "new"] {
            put_bundle(&root.path().join(target), &files, true).unwrap_err();
            assert_eq!(tree(root.path()), before);
        }
    }
}

#[test]
fn an_interrupt_leaves_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    put_bundle(&target, &small(), false).unwrap();
    let before = tree(root.path());
    let result = write(&target, &other(), false, &AtomicBool::new(true));
    assert!(matches!(result, Err(Error::Interrupted)));
    assert_eq!(tree(root.path()), before);
}

#[test]
fn a_failing_exchange_moves_the_earlier_bundle_back() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    put_bundle(&target, &small(), false).unwrap();
    let before = tree(root.path());
    // The new folder is on another file system, so that no rename can bring it here.
    let far = tempfile::tempdir_in("/dev/shm").unwrap();
    let error = exchange(far, &target, &Present::Bundle).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(tree(root.path()), before);
}

#[test]
fn a_folder_that_was_filled_meanwhile_is_not_replaced() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("mine"), "").unwrap();
    for present in [Present::Nothing, Present::EmptyFolder] {
        let fresh = beside(root.path(), &target).unwrap();
        exchange(fresh, &target, &present).unwrap_err();
        let paths: Vec<String> = tree(root.path()).into_keys().collect();
        assert_eq!(paths, ["out/", "out/mine"]);
    }
}

#[test]
fn a_file_system_that_takes_no_folder_is_an_error() {
    let message = put_bundle(Path::new("/proc/out"), &small(), false).unwrap_err().to_string();
    assert!(message.starts_with("/proc/out can't be written: "), "{message}");
}
