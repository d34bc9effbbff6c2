//! Engines and clusters: data, not Rust.
//!
//! The files of the top-level `stdlib/` folder are part of the binary, their KDL already parsed;
//! `--stdlib DIR` takes another folder instead.

mod backend;
pub mod client;
pub mod cluster;
mod described;
pub mod engine;
pub mod harness;
pub mod meaning;
pub mod mode;
pub mod rehearsal;
pub mod role;
pub mod schema;
pub mod service;
pub mod template;
mod version;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{FileId, Kind, SourceFile};
use crate::syntax::{self, Node, Parsed};
pub(crate) use described::Described;

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
    /// Read when the first topology uses it; all others share it.
    module: OnceLock<Module>,
}

/// A KDL file of the stdlib.
#[derive(Debug)]
pub(crate) struct Module {
    pub id: FileId,
    pub source: Arc<SourceFile>,
    pub nodes: Vec<Arc<Described>>,
    pub diagnostics: Vec<Diagnostic>,
    pub complete: bool,
}

impl Stdlib {
    /// The stdlib in the binary.
    pub fn embedded() -> Self {
        Stdlib::from(EMBEDDED.iter().map(|f| (f.path.into(), f.content.into(), f.tree)))
    }

    /// A stdlib from a folder's files: paths relative to it, and contents.
    pub fn from_files(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let none: &[u8] = &[];
        Stdlib::from(files.into_iter().map(|(path, content)| (path.into(), content.into(), none)))
    }

    fn from(files: impl Iterator<Item = (Cow<'static, str>, Cow<'static, str>, &'static [u8])>) -> Self {
        let file = |content, tree| File { content, tree, module: OnceLock::new() };
        Stdlib { files: files.map(|(path, content, tree)| (path, file(content, tree))).collect() }
    }

    /// The KDL file that `use "KIND/NAME"` means: `KIND/NAME.kdl`, or for a folder `KIND/NAME/KIND.kdl`.
    pub(crate) fn module(&self, name: &str) -> Option<&Module> {
        let kind = name.split('/').next().unwrap_or_default();
        if is_schema(name) || is_import(name) {
            return None;
        }
        let paths = [format!("{name}.kdl"), format!("{name}/{kind}.kdl")];
        let (path, file) = paths.iter().find_map(|path| self.files.get_key_value(path.as_str()))?;
        let number = || self.files.keys().take_while(|before| *before != path).count();
        Some(file.module.get_or_init(|| read(path, name, file, FileId::shared(number()))))
    }

    /// The files of `import/`: what the formats of other tools mean.
    pub(crate) fn imports(&self) -> impl Iterator<Item = &Module> {
        let numbered = self.files.iter().enumerate().filter(|(_, (path, _))| is_import(path));
        numbered.map(|(number, (path, file))| {
            file.module.get_or_init(|| read(path, path, file, FileId::shared(number)))
        })
    }

    /// All names that `use` knows.
    pub fn modules(&self) -> Vec<&str> {
        self.files
            .keys()
            .filter(|path| !is_schema(path) && !is_import(path))
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

    /// The nodes of a schema's file that are needed: the wanted keys and variants (these with "=" before their names),
    /// and at the first time what has no name. A file that is parsed here is given as a whole then, and not again.
    pub(crate) fn schema(
        &self,
        path: &str,
        id: FileId,
        first: bool,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Parsed {
        let file = &self.files[path];
        let nothing = Parsed { nodes: Vec::new(), diagnostics: Vec::new(), complete: true };
        if file.tree.is_empty() {
            return if first { syntax::parse(&file.content, id) } else { nothing };
        }
        let entries: Vec<(Vec<&str>, &[u8])> =
            postcard::from_bytes(file.tree).expect("build.rs wrote this index with the same types");
        let named = |names: &[&str]| names.iter().any(|name| wanted(name));
        let needed =
            entries.into_iter().filter(|(names, _)| if names.is_empty() { first } else { named(names) });
        let nodes = needed.map(|(_, bytes)| {
            let mut node: Node = postcard::from_bytes(bytes).expect("build.rs wrote this tree");
            node.move_to(id);
            node
        });
        Parsed { nodes: nodes.collect(), ..nothing }
    }
}

/// Schemas are no modules: an engine's description names them.
fn is_schema(path: &str) -> bool {
    path.contains("/schema/")
}

/// Nor are tables of formats.
fn is_import(path: &str) -> bool {
    path.starts_with("import/")
}

fn read(path: &str, name: &str, file: &File, id: FileId) -> Module {
    let parsed = if file.tree.is_empty() {
        syntax::parse(&file.content, id)
    } else {
        let mut nodes: Vec<Node> =
            postcard::from_bytes(file.tree).expect("build.rs wrote this tree with the same types");
        nodes.iter_mut().for_each(|node| node.move_to(id));
        Parsed { nodes, diagnostics: Vec::new(), complete: true }
    };
    let place = format!("stdlib/{path}");
    let source = SourceFile {
        kind: Kind::Stdlib,
        name: place.clone(),
        stable_name: place,
        text: file.content.clone().into_owned(),
    };
    Module {
        id,
        source: Arc::new(source),
        nodes: parsed.nodes.into_iter().map(|node| Arc::new(Described::new(node, name))).collect(),
        diagnostics: parsed.diagnostics,
        complete: parsed.complete,
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
