//! What several tests need: compiling texts and examples without a file system.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod dynamo;
pub mod examples;
pub mod imports;
pub mod rehearsal;
pub mod slurm;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use disaggc::bundle::File;
use disaggc::plan::Plan;
use disaggc::source::Files;
use disaggc::stdlib::Stdlib;
use disaggc::{Compilation, Request};

/// The folders of `examples/` that have one topology.
pub fn example_names() -> Vec<String> {
    let folders = fs::read_dir(top().join("examples")).expect("readable");
    let folders = folders.map(|entry| entry.expect("readable").path());
    let mut names: Vec<String> = folders
        .filter(|folder| folder.join("topo.kdl").exists())
        .map(|folder| folder.file_name().expect("a name").to_str().expect("UTF-8").to_owned())
        .collect();
    names.sort();
    names
}

/// The project's top folder.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files by name.
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    pub fn new<const N: usize>(files: [(&str, &str); N]) -> Self {
        Texts(files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
    }
}

impl Files for Texts {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

/// Compiles `files`, of which `topo.kdl` is the main one.
pub fn compile_files(files: &Texts, request: Request) -> Compilation {
    let request = Request { main: "topo.kdl".to_owned(), ..request };
    disaggc::compile(&request, files, &Stdlib::embedded())
}

pub fn compile(text: &str) -> Compilation {
    compile_files(&Texts::new([("topo.kdl", text)]), Request::default())
}

/// The plan of a topology without mistakes.
pub fn plan(text: &str) -> Plan {
    let compilation = compile(text);
    let found: Vec<_> = compilation.diagnostics.iter().collect();
    compilation.plan.unwrap_or_else(|| panic!("{text}\n{found:#?}"))
}

pub fn example(name: &str) -> Plan {
    let path = top().join("examples").join(name).join("topo.kdl");
    plan(&fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// The files of a topology's bundle.
pub fn files_of(text: &str, stdlib: &Stdlib) -> Vec<File> {
    let request = Request { main: "topo.kdl".to_owned(), ..Request::default() };
    let compilation = disaggc::compile(&request, &Texts::new([("topo.kdl", text)]), stdlib);
    let found: Vec<_> = compilation.diagnostics.iter().collect();
    let plan = compilation.plan.unwrap_or_else(|| panic!("{text}\n{found:#?}"));
    disaggc::emit::emit(&plan, &compilation.sources, stdlib).unwrap_or_else(|error| panic!("{error:#?}"))
}

/// Puts a bundle on the disk.
pub fn write_files(folder: &Path, files: &[File]) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(&path, &file.content).expect("writable");
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
    }
}

/// The stdlib with one file changed.
pub fn stdlib_with(path: &str, old: &str, new: &str) -> Stdlib {
    let root = top().join("stdlib");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    let file = files.iter_mut().find(|(name, _)| name == path).unwrap_or_else(|| panic!("no {path}"));
    assert!(file.1.contains(old), "{path} has no {old:?}");
    file.1 = file.1.replacen(old, new, 1);
    Stdlib::from_files(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            if !path.ends_with("__pycache__") {
                collect(root, &path, files);
            }
        } else {
            let name = path.strip_prefix(root).expect("below it").to_str().expect("UTF-8").to_owned();
            files.push((name, fs::read_to_string(&path).expect("UTF-8")));
        }
    }
}

/// `code` and the text under the first label, for every finding.
pub fn findings(compilation: &Compilation) -> Vec<(String, String)> {
    let text = |d: &disaggc::diagnostic::Diagnostic| {
        assert!(d.help.is_some(), "{} has no help", d.code);
        (d.code.to_owned(), compilation.sources.text(d.labels[0].span).to_owned())
    };
    compilation.diagnostics.iter().map(text).collect()
}
