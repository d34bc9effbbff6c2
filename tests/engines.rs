//! Engines, clients, their backends and services are data, and so are clusters: the compiler's Rust names none of them.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

/// What `engine`, `client`, `backend` and `service` nodes of the stdlib are called.
fn names() -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["engine", "client"] {
        sources(&support::top().join("stdlib").join(folder), "kdl", &mut files);
    }
    let mut names = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).expect("UTF-8");
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [kind, name, "{"] = words[..]
                && ["engine", "client", "backend", "service"].contains(&kind)
            {
                names.push(name.trim_matches('"').to_owned());
            }
        }
    }
    names
}

/// The clusters of the stdlib that are called after their hardware.
fn clusters() -> Vec<String> {
    let mut files = Vec::new();
    sources(&support::top().join("stdlib/cluster"), "kdl", &mut files);
    let stem = |file: &PathBuf| file.file_stem().expect("a file").to_string_lossy().into_owned();
    files.iter().map(stem).filter(|name| name != "local").collect()
}

fn sources(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        // Tests speak of what they test.
        let is_test = path.file_stem().and_then(|n| n.to_str()).is_some_and(|n| n.ends_with("tests"));
        if path.is_dir() && !is_test {
            sources(&path, extension, files);
        } else if path.extension().is_some_and(|e| e == extension) && !is_test {
            files.push(path);
        }
    }
}

#[test]
fn no_rust_names_an_engine() {
    let names = names();
    let clusters = clusters();
    assert!(clusters.len() > 3, "{clusters:?}");
    for known in
        ["trtllm", "benchmark_serving", "dynamo", "mocker", "vllm", "sglang", "etcd", "nats", "aiperf"]
    {
        assert!(names.iter().any(|name| name == known), "{known} is not in {names:?}");
    }
    let mut files = vec![support::top().join("compiler/build.rs")];
    sources(&support::top().join("compiler/src"), "rs", &mut files);
    assert!(files.len() > 80, "{}", files.len());
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("UTF-8");
        // Tests at the end of a file, too.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let cluster = clusters.iter().any(|name| line.to_lowercase().contains(name));
            if cluster
                || words.into_iter().any(|word| names.iter().any(|name| name.eq_ignore_ascii_case(word)))
            {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
