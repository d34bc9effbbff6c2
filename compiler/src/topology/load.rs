//! Reads a file with everything that it uses.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::ast::Topology;
use super::{lower, overrides, site};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Files, Kind, SourceFile, SourceMap, Span, Spanned};
use crate::stdlib::{Described, Stdlib, nearest_module};
use crate::syntax::{self, Node};

/// Files that a compilation reads; far more than anybody needs, and few enough to be read at once.
const MAX_FILES: usize = 256;

/// How long a chain of files that use each other may be. Each takes a part of the stack.
const MAX_CHAIN: usize = 32;

/// What the main file and the files that it uses contain.
#[derive(Debug, Default)]
pub struct Program {
    pub topologies: Vec<Topology>,
    /// `cluster "NAME" { … }` nodes; typed when one is chosen.
    pub clusters: Vec<Arc<Described>>,
    /// With the version that the `use` line asked for.
    pub engines: Vec<(Arc<Described>, Option<Spanned<String>>)>,
    /// Names of environment variables that programs are known to read.
    pub variables: Vec<Spanned<String>>,
    /// How names of variables begin that both ends of a transfer read.
    pub transports: Vec<Spanned<String>>,
    /// Clients for all engines.
    pub clients: Vec<Arc<Described>>,
    /// Places that wait for a value of the site.
    pub open: Vec<Span>,
    /// What `--set` says, and what it took the place of.
    pub replaced: Vec<(Span, Span)>,
    /// False after syntax errors or a file that could not be read: then "missing" says nothing.
    pub complete: bool,
}

/// Loads `main` and everything it uses; `sets` are the `--set` arguments.
pub fn load(
    main: &str,
    sets: &[String],
    files: &dyn Files,
    stdlib: &Stdlib,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Program {
    let main = Utf8Path::new(main);
    let mut loader = Loader {
        files,
        root: folder_of(main),
        stdlib,
        sources,
        diagnostics,
        program: Program { complete: true, ..Program::default() },
        open: Vec::new(),
        done: BTreeSet::new(),
        read: 0,
        bytes: 0,
        values: 0,
        full: false,
        topologies: Vec::new(),
        sites: Vec::new(),
    };
    let stable = main.file_name().unwrap_or(main.as_str());
    match files.read(main.as_str()) {
        Ok(text) => {
            let key = files.identity(main.as_str());
            loader.file(Module::Path(stable.into()), key, text, None);
        }
        Err(why) => {
            let file = loader.sources.add_file(SourceFile {
                kind: Kind::File,
                name: main.to_string(),
                stable_name: stable.to_owned(),
                text: String::new(),
            });
            loader.program.complete = false;
            loader.diagnostics.push(
                Diagnostic::error("file/unreadable", format!("{main} can't be read: {why}"))
                    .label(Span::file_start(file), "this file")
                    .help("is it the right path, and may you read the file?"),
            );
        }
    }
    let Loader { mut program, sources, diagnostics, mut topologies, sites, .. } = loader;
    program.replaced = overrides::apply(sets, &mut topologies, sources, diagnostics);
    program.open = site::fill(&sites, &mut topologies, &mut program.clusters, diagnostics);
    for node in &topologies {
        if let Some(topology) = lower::topology(node, diagnostics) {
            if let Some(first) = program.topologies.iter().find(|t| t.name.value == topology.name.value) {
                super::fields::duplicate(
                    &format!("topology \"{}\"", topology.name.value),
                    first.head,
                    topology.head,
                    diagnostics,
                );
            }
            program.topologies.push(topology);
        }
    }
    program
}

/// What a `use` names.
#[derive(Debug, Clone)]
enum Module {
    /// Relative to the main file's folder, so that a bundle names it alike wherever it is built.
    Path(Utf8PathBuf),
    Stdlib(String),
}

struct Loader<'a> {
    files: &'a dyn Files,
    /// The main file's folder.
    root: &'a Utf8Path,
    stdlib: &'a Stdlib,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Diagnostics,
    program: Program,
    /// The chain of files that are being read, each with its key: one that is used again is a cycle.
    open: Vec<(String, Module)>,
    /// The keys of what was read: whatever its paths, a file is read once.
    done: BTreeSet<String>,
    /// How many files it was tried to read, and what they hold together.
    read: usize,
    bytes: usize,
    values: usize,
    /// That there are too many files was said: no more are read.
    full: bool,
    topologies: Vec<Node>,
    /// `site { … }`: values that others ask for.
    sites: Vec<Node>,
}

impl Loader<'_> {
    /// `used` is where it is used; `None` for the main file.
    fn file(&mut self, module: Module, key: String, text: String, used: Option<Span>) {
        let Module::Path(path) = &module else { unreachable!("files have paths") };
        self.bytes += text.len();
        let id = self.sources.add_file(SourceFile {
            kind: Kind::File,
            name: self.place(path).into_string(),
            stable_name: path.to_string(),
            text,
        });
        // The main file alone is measured by `syntax`.
        if let Some(span) = used
            && self.bytes > syntax::MAX_BYTES
        {
            return self.too_much(span, &format!("{} MiB", syntax::MAX_BYTES >> 20));
        }
        let parsed = syntax::parse(&self.sources.get(id).text, id);
        self.diagnostics.extend(parsed.diagnostics);
        self.program.complete &= parsed.complete;
        self.values += parsed.nodes.iter().map(Node::values).sum::<usize>();
        if let Some(span) = used
            && self.values > syntax::MAX_WORDS
        {
            return self.too_much(span, &format!("{} names and values", syntax::MAX_WORDS));
        }
        let folder = folder_of(path).to_string();
        let nodes = parsed.nodes.into_iter().map(|node| Arc::new(Described::new(node, &folder)));
        self.nodes(module, key, nodes, None);
    }

    /// Says once that the files are too many or too large.
    fn too_much(&mut self, span: Span, limit: &str) {
        self.program.complete = false;
        if !std::mem::replace(&mut self.full, true) {
            self.diagnostics.push(
                Diagnostic::error("file/too-much", "the file and those that it uses are too much")
                    .label(span, "from here on none was read")
                    .help(format!(
                        "the limit is {limit} together; does each `use` name the file that is meant?"
                    )),
            );
        }
    }

    fn nodes(
        &mut self,
        module: Module,
        key: String,
        nodes: impl Iterator<Item = Arc<Described>>,
        version: Option<&Spanned<String>>,
    ) {
        self.open.push((key.clone(), module.clone()));
        for described in nodes {
            let node = &described.node;
            match node.name.value.as_str() {
                "use" => self.use_line(&module, node),
                "topology" => self.topologies.push(match Arc::try_unwrap(described) {
                    Ok(described) => described.node,
                    Err(shared) => shared.node.clone(),
                }),
                "site" => self.sites.push(node.clone()),
                "cluster" => self.program.clusters.push(described),
                "engine" => self.program.engines.push((described, version.cloned())),
                "client" => self.program.clients.push(described),
                kind @ ("variables" | "transports") => {
                    let mut fields = super::fields::Fields::new(node, self.diagnostics);
                    let list = match kind {
                        "variables" => &mut self.program.variables,
                        _ => &mut self.program.transports,
                    };
                    list.extend(fields.rest_of_strings());
                    fields.finish();
                }
                other => {
                    let known =
                        ["use", "topology", "cluster", "site", "engine", "client", "variables", "transports"];
                    let error =
                        Diagnostic::error("language/unknown-node", format!("a file has no `{other}`"))
                            .label(node.name.span, "unknown at the top of a file")
                            .help(super::fields::suggestion(other, &known, "node", "nodes"));
                    self.diagnostics.push(super::fields::meant(error, node.name.span, other, &known, ""));
                }
            }
        }
        self.open.pop();
        self.done.insert(key);
    }

    fn use_line(&mut self, from: &Module, node: &Node) {
        let mut fields = super::fields::Fields::new(node, self.diagnostics);
        let target =
            fields.required_string("what to use: \"cluster/NAME\", \"engine/NAME\" or \"./file.kdl\"");
        let version = fields.string("version");
        fields.finish();
        let Some(target) = target else { return };
        let is_path = target.value.starts_with(['.', '/']);
        let module = if is_path {
            let folder = match from {
                Module::Path(path) => folder_of(path),
                Module::Stdlib(_) => Utf8Path::new(""),
            };
            Module::Path(normal(&folder.join(&target.value)))
        } else {
            Module::Stdlib(target.value.clone())
        };
        let key = match &module {
            Module::Path(path) => self.files.identity(self.place(path).as_str()),
            Module::Stdlib(name) => format!("stdlib {name}"),
        };
        if let Some(first) = self.open.iter().position(|(open, _)| *open == key) {
            self.program.complete = false;
            let circle = self.open[first..].iter().map(|(_, m)| m).chain([&module]);
            let chain: Vec<String> = circle.map(|m| self.name(m)).collect();
            self.diagnostics.push(
                Diagnostic::error("file/cycle", "this file uses itself")
                    .label(target.span, "closes the circle")
                    .help(format!("the chain is {}; take one `use` out", chain.join(" → "))),
            );
        } else if !self.done.contains(&key) {
            match module {
                Module::Path(_) => self.used_file(module, key, target.span),
                Module::Stdlib(name) => self.stdlib_module(&name, key, &target, version),
            }
        }
    }

    fn used_file(&mut self, module: Module, key: String, span: Span) {
        let Module::Path(path) = &module else { unreachable!("files have paths") };
        let place = self.place(path);
        if self.full {
            return;
        }
        if self.open.len() >= MAX_CHAIN {
            self.program.complete = false;
            self.done.insert(key);
            self.diagnostics.push(
                Diagnostic::error("file/chain", "the chain of files that use each other is too long")
                    .label(span, "this one was not read")
                    .help(format!("the limit is {MAX_CHAIN} files in a row; `use` the last ones directly")),
            );
            return;
        }
        self.read += 1;
        if self.read >= MAX_FILES {
            return self.too_much(span, &format!("{MAX_FILES} files"));
        }
        match self.files.read(place.as_str()) {
            Ok(text) => self.file(module, key, text, Some(span)),
            Err(why) => {
                self.done.insert(key);
                self.unreadable(&place, &why, span);
            }
        }
    }

    fn stdlib_module(
        &mut self,
        name: &str,
        key: String,
        target: &Spanned<String>,
        version: Option<Spanned<String>>,
    ) {
        let Some(found) = self.stdlib.module(name) else {
            self.program.complete = false;
            let help = if name.ends_with(".kdl") {
                format!("a file beside this one is written with its path: \"./{name}\"")
            } else {
                nearest_module(self.stdlib, name)
            };
            let error = Diagnostic::error("file/unknown-module", format!("the stdlib has no \"{name}\""))
                .label(target.span, "unknown")
                .help(help);
            let known = self.stdlib.modules();
            self.diagnostics.push(super::fields::meant(error, target.span, name, &known, "\""));
            return;
        };
        self.sources.share(found.id, Arc::clone(&found.source));
        self.diagnostics.extend(found.diagnostics.iter().cloned());
        self.program.complete &= found.complete;
        self.nodes(Module::Stdlib(name.to_owned()), key, found.nodes.iter().cloned(), version.as_ref());
    }

    fn unreadable(&mut self, path: &Utf8Path, why: &str, span: Span) {
        self.program.complete = false;
        self.diagnostics.push(
            Diagnostic::error("file/unreadable", format!("{path} can't be read: {why}"))
                .label(span, "used here")
                .help("a path starting with `.` is relative to the file that says `use`"),
        );
    }

    /// How a file is reached from the current folder.
    fn place(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.root.join(path)
    }

    fn name(&self, module: &Module) -> String {
        match module {
            Module::Path(path) => self.place(path).to_string(),
            Module::Stdlib(name) => name.clone(),
        }
    }
}

fn folder_of(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(Utf8Path::new(""))
}

/// Takes `.` and inner `..` out, so that one file has one name.
fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut parts: Vec<Utf8Component> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Utf8Component::CurDir, _) => {}
            (Utf8Component::ParentDir, Some(Utf8Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    if parts.is_empty() { Utf8PathBuf::from(".") } else { parts.iter().collect() }
}
