//! Engines and clusters: data, not Rust.
//!
//! The files of the top-level `stdlib/` folder are part of the binary, their KDL already parsed;
//! `--stdlib DIR` takes another folder instead.

mod backend;
pub mod client;
pub mod cluster;
pub mod engine;
pub mod harness;
pub mod meaning;
pub mod mode;
pub mod rehearsal;
pub mod role;
pub mod service;
pub mod template;
mod version;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::diagnostic::nearest;
use crate::source::FileId;
use crate::syntax::{self, Node, Parsed};

/// One file of the embedded stdlib; the table is written by `build.rs`.
struct Embedded {
    path: &'static str,
    content: &'static str,
    /// The syntax tree, serialised, of a KDL file; empty for others.
    tree: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/stdlib.rs"));

/// The files of a stdlib by their paths, such as `cluster/local.kdl`.
#[derive(Debug, Default)]
pub struct Stdlib {
    files: BTreeMap<Cow<'static, str>, File>,
}

#[derive(Debug)]
struct File {
    content: Cow<'static, str>,
    tree: &'static [u8],
}

impl Stdlib {
    /// The stdlib in the binary.
    pub fn embedded() -> Self {
        let files = EMBEDDED
            .iter()
            .map(|f| (f.path.into(), File { content: f.content.into(), tree: f.tree }))
            .collect();
        Stdlib { files }
    }

    /// A stdlib from a folder's files: paths relative to it, and contents.
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, content)| (path.into(), File { content: content.into(), tree: &[] }))
            .collect();
        Stdlib { files }
    }

    /// The KDL file that `use "KIND/NAME"` means: `KIND/NAME.kdl`, or for a folder `KIND/NAME/KIND.kdl`.
    pub fn module(&self, name: &str) -> Option<(&str, &str)> {
        let kind = name.split('/').next().unwrap_or_default();
        [format!("{name}.kdl"), format!("{name}/{kind}.kdl")]
            .iter()
            .find_map(|path| self.files.get_key_value(path.as_str()))
            .map(|(path, file)| (path.as_ref(), file.content.as_ref()))
    }

    /// All names that `use` knows.
    pub fn modules(&self) -> Vec<&str> {
        self.files
            .keys()
            .filter_map(|path| {
                let kind = path.split('/').next().unwrap_or_default();
                path.strip_suffix(&format!("/{kind}.kdl")).or_else(|| path.strip_suffix(".kdl"))
            })
            .collect()
    }

    /// A file that is no KDL: a template or a script of an engine.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.content.as_ref())
    }

    /// The files below `folder/`, with paths relative to it.
    pub fn folder(&self, folder: &str) -> Vec<(&str, &str)> {
        let prefix = format!("{folder}/");
        self.files
            .iter()
            .filter_map(|(path, file)| Some((path.strip_prefix(&prefix)?, file.content.as_ref())))
            .collect()
    }

    /// The syntax tree of a KDL file, its spans moved to `id`.
    pub(crate) fn tree(&self, path: &str, id: FileId) -> Parsed {
        let file = &self.files[path];
        if file.tree.is_empty() {
            return syntax::parse(&file.content, id);
        }
        let mut nodes: Vec<Node> =
            postcard::from_bytes(file.tree).expect("build.rs wrote this tree with the same types");
        nodes.iter_mut().for_each(|node| node.move_to(id));
        Parsed { nodes, diagnostics: Vec::new(), complete: true }
    }
}

/// What to say about a `use` of an unknown name.
pub(crate) fn nearest_module(stdlib: &Stdlib, name: &str) -> String {
    let modules = stdlib.modules();
    match nearest(name, modules.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!(
            "it has {}; a file of your own is written with its path: \"./{name}\"",
            modules.join(", ")
        ),
    }
}
