//! What several tests need: compiling texts and examples without a file system.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use disaggc::plan::Plan;
use disaggc::source::Files;
use disaggc::stdlib::Stdlib;
use disaggc::{Compilation, Request};

/// The folders in `examples/`.
pub const EXAMPLES: [&str; 5] = ["quickstart", "deepseek-r1", "gpt-oss", "odd-shapes", "one-gpu"];

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
    plan(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}
