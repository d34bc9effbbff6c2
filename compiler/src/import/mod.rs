//! Today's configurations as topologies: texts in, a list of files and findings out.
//!
//! A file goes this way, one module each:
//!
//! 1. `yaml` reads it as Python does, with places and comments.
//! 2. `table` finds its format: `stdlib/import/` says what each key means, and formats are told by their keys.
//! 3. `variants` makes several of one that holds several: overrides and sweeps.
//! 4. `reader` makes a `draft` of it, `put` key by key; one that finds no place is reported where it stands.
//! 5. `site` takes out what belongs to the site, `worker` the sizes of servers, and `topology` puts the rest in order.
//! 6. `kdl` writes it down.
//!
//! `verify` compiles what was written, and compares it with the source.

mod convert;
mod draft;
pub mod kdl;
mod perf_test;
mod put;
mod reader;
mod site;
mod table;
mod topology;
mod variants;
pub mod verify;
mod worker;
pub mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::names::TestId;
use crate::source::{FileId, Kind, SourceFile, SourceMap, Span, Spanned};
use crate::stdlib::Stdlib;
use crate::stdlib::engine::Engine;

use draft::Draft;
use table::Table;

/// A file that is to be imported.
#[derive(Debug, Clone)]
pub struct Input {
    /// As the person names it.
    pub name: String,
    /// Where its topology goes: below the output folder, without an ending.
    pub path: String,
    pub text: String,
}

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The engine that is to serve, if not the one that the file names.
    pub engine: Option<String>,
    /// Of perf tests, only these, each in its mode.
    pub tests: Vec<TestId>,
    /// Puts what topologies share into a file of its own.
    pub factor: bool,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Below the output folder.
    pub path: String,
    pub text: String,
}

/// A topology that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The output that has it.
    pub path: String,
    /// Where it comes from.
    pub place: Span,
    draft: Draft,
    engine: Arc<Engine>,
}

/// What became of the inputs.
#[derive(Debug, Default)]
pub struct Imported {
    pub sources: SourceMap,
    /// Ordered by place.
    pub diagnostics: Diagnostics,
    pub files: Vec<Output>,
    pub topologies: Vec<Made>,
    /// The site's file with a value for whatever is open, for those who only want to see what would be.
    stand_ins: Option<String>,
    /// How many inputs gave nothing.
    pub failed: usize,
}

/// Imports all of them together: what they share is found, and one that can't be read doesn't stop the others.
pub fn import(inputs: &[Input], options: &Options, stdlib: &Stdlib) -> Imported {
    let mut imported = Imported::default();
    let Imported { sources, diagnostics, .. } = &mut imported;
    let tables = Table::all(stdlib, sources, diagnostics);
    let mut engines = Engines { stdlib, known: BTreeMap::new() };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut given = site::Given::default();
    let mut failed = 0;
    for input in inputs {
        let file = SourceFile {
            kind: Kind::File,
            name: input.name.clone(),
            stable_name: input.name.clone(),
            text: input.text.clone(),
        };
        let id = sources.add_file(file);
        let made = drafts_of(input, id, &tables, options, diagnostics);
        failed += usize::from(made.is_none());
        for (mut draft, is_site) in made.into_iter().flatten() {
            if is_site {
                given.drafts.push(draft);
            } else if let Some(engine) = engines.get(&draft, diagnostics) {
                draft.fronted = engine.roles.get("agg").is_some_and(|role| role.behind_server);
                drafts.push(draft);
            } else {
                failed += 1;
            }
        }
    }
    unique_paths(&mut drafts);
    drafts.iter_mut().for_each(topology::merge_env);
    let like: Vec<(String, String)> = tables.iter().flat_map(|table| table.like.iter().cloned()).collect();
    let plan = site::plan(&mut drafts, &given, &like, options.factor, stdlib);
    let mut files = Vec::new();
    let mut stand_ins = None;
    if let Some(nodes) = &plan.file {
        let top = vec!["What belongs to the site, for all topologies beside this file and below.".to_owned()];
        files.push(Output { path: site::FILE.to_owned(), text: topology::text(&top, nodes) });
        stand_ins = Some(topology::text(&top, &site::filled(nodes, &drafts)));
    }
    if let Some(nodes) = &plan.common {
        let top = vec!["What topologies beside this file and below share.".to_owned()];
        files.push(Output { path: site::COMMON.to_owned(), text: topology::text(&top, nodes) });
    }
    let mut topologies = Vec::new();
    for (draft, seat) in drafts.into_iter().zip(&plan.seats) {
        let engine = engines.get(&draft, diagnostics).expect("it was there before");
        let nodes = topology::nodes(&draft, seat, &engine, diagnostics);
        let text = topology::text(&top(&draft, seat, sources), &nodes);
        let path = format!("{}.kdl", draft.path);
        files.push(Output { path: path.clone(), text });
        topologies.push(Made { path, place: draft.place, draft, engine });
    }
    diagnostics.sort();
    imported.files = files;
    imported.stand_ins = stand_ins;
    imported.topologies = topologies;
    imported.failed = failed;
    imported
}

/// The topologies of a file, each with whether it is a site's; `None` where it gives none.
fn drafts_of(
    input: &Input,
    id: FileId,
    tables: &[Table],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<(Draft, bool)>> {
    let document = yaml::read(&input.text, id, diagnostics)?;
    let Some(table) = tables.iter().find(|table| table.recognises(&document.root)) else {
        diagnostics.push(unknown_format(&document.root, tables));
        return None;
    };
    let name = input.path.rsplit('/').next().unwrap_or_default();
    let parts = variants::parts(table, &document, name, &input.path, diagnostics)?;
    let mut drafts = Vec::new();
    for variant in &parts {
        let part = reader::Part {
            root: &variant.root,
            place: variant.place,
            name: variant.name.clone(),
            path: variant.path.clone(),
            last: &document.last,
        };
        let mut draft = reader::read(table, &part, options.engine.as_deref(), diagnostics)?;
        let is_test = table.tests.as_ref().is_some_and(|section| variant.root.at(section).is_some());
        if options.tests.is_empty() || table.site || !is_test {
            draft.multiply();
            drafts.push((draft, table.site));
            continue;
        }
        for test in options.tests.iter().filter(|test| perf_test::is_of(test, name)) {
            let mut draft = draft.clone();
            perf_test::apply(&mut draft, test);
            drafts.push((draft, false));
        }
    }
    Some(drafts)
}

fn unknown_format(root: &yaml::Yaml, tables: &[Table]) -> Diagnostic {
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let keys: Vec<&String> = root.map().into_iter().flat_map(|map| map.keys()).take(8).collect();
    let found = match keys.as_slice() {
        [] => "it has no keys".to_owned(),
        keys => format!(
            "its keys are {}",
            keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    let nearest = tables.iter().max_by_key(|table| {
        let sections = table.sections();
        keys.iter().filter(|key| sections.contains(&key.as_str())).count()
    });
    let help = match nearest {
        Some(table) => format!(
            "known are {}; a file of {}, the nearest, has {}",
            names.join(", "),
            table.name,
            table.sections().join(", ")
        ),
        None => "the stdlib has no table of any format".to_owned(),
    };
    let start = Span { end: root.span.start, ..root.span };
    Diagnostic::error("import/format", "this file is of no known format").label(start, found).help(help)
}

/// Two inputs may be called the same.
fn unique_paths(drafts: &mut [Draft]) {
    let mut taken = std::collections::BTreeSet::from(
        [site::FILE, site::COMMON].map(|file| file.trim_end_matches(".kdl").to_owned()),
    );
    for draft in drafts {
        let wanted = draft.path.clone();
        let mut number = 1;
        while !taken.insert(draft.path.clone()) {
            number += 1;
            draft.path = format!("{wanted}-{number}");
        }
    }
}

/// The comment at the top of a topology's file: where it comes from, and what is only told to people.
fn top(draft: &Draft, seat: &site::Seat, sources: &SourceMap) -> Vec<String> {
    let source = &sources.get(draft.source).name;
    let file = source.rsplit('/').next().unwrap_or(source);
    let mut top = vec![format!("Imported from {file}.")];
    let homes = topology::homes(draft, seat);
    for (section, lines) in &draft.comments {
        if !homes.contains(&section.as_str()) {
            top.extend(lines.iter().cloned());
        }
    }
    top.extend(draft.top.iter().cloned());
    top
}

/// The engines of the stdlib that drafts are served by.
struct Engines<'a> {
    stdlib: &'a Stdlib,
    /// By name, backend and version.
    known: BTreeMap<EngineKey, Option<Arc<Engine>>>,
}

type EngineKey = (String, Option<String>, Option<String>);

impl Engines<'_> {
    fn get(&mut self, draft: &Draft, diagnostics: &mut Diagnostics) -> Option<Arc<Engine>> {
        let choice = &draft.engine;
        let key = (choice.name.clone(), choice.backend.clone(), draft.version.clone());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let module = self.stdlib.module(&format!("engine/{}", choice.name));
        let described = module.and_then(|module| module.nodes.iter().find(|n| n.node.name.value == "engine"));
        let version = draft.version.clone().map(|version| Spanned::new(version, draft.place));
        let engine =
            described.and_then(|d| d.engine(version.as_ref(), choice.backend.as_deref(), diagnostics));
        if engine.is_none() {
            let known: Vec<&str> =
                self.stdlib.modules().into_iter().filter_map(|name| name.strip_prefix("engine/")).collect();
            diagnostics.push(
                Diagnostic::error("import/engine", format!("the stdlib has no engine \"{}\"", choice.name))
                    .label(Span { end: draft.place.start, ..draft.place }, "served by it")
                    .help(format!("it has {}", known.join(", "))),
            );
        }
        self.known.insert(key, engine.clone());
        engine
    }
}
