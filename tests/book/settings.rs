//! The pages of what engines' files may say, as their schemas have it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use disaggc::diagnostic::Diagnostics;
use disaggc::source::{FileId, SourceMap, Span, Spanned};
use disaggc::stdlib::Stdlib;
use disaggc::stdlib::schema::load::{Loader, Origin};
use disaggc::stdlib::schema::{Key, Kind, Place, Schemas, Section, Versions, Word};
use disaggc::syntax::{self, Node, Value};
use disaggc::topology::ast::{ConfigEntry, ConfigMap, ConfigValue};
use indexmap::IndexMap;

/// Each engine whose settings are known: its name, and the page.
pub fn pages() -> Vec<(String, String)> {
    let stdlib = Stdlib::embedded();
    let modules = stdlib.modules();
    let engines = modules.iter().filter_map(|module| module.strip_prefix("engine/"));
    let engines: Vec<String> = engines.filter(|name| !name.contains('/')).map(str::to_owned).collect();
    assert!(!engines.is_empty());
    let known = |name: &String| !stdlib.folder(&format!("engine/{name}/schema")).is_empty();
    engines.into_iter().filter(known).map(|name| (name.clone(), page(&stdlib, &name))).collect()
}

fn page(stdlib: &Stdlib, engine: &str) -> String {
    let page = format!(
        "<!-- Written by tests/book.rs from stdlib/engine/{engine}/schema/. UPDATE_BOOK=1 cargo test --test book -->\n\n\
         # Settings of {engine}\n\nWhat `config` of a role may say, from the engine's own types; the files in \
         stdlib/engine/{engine}/schema/ name them. A key without versions is known to all that the engine's \
         description has. What is not here is refused as [schema/unknown-key](rules.md#schemaunknown-key); `(any)` before \
         a key lets it pass.\n"
    );
    let description = stdlib.text(&format!("engine/{engine}/engine.kdl")).expect("it has one");
    let parsed = syntax::parse(description, FileId(0));
    let mut roles: IndexMap<String, BTreeSet<String>> = IndexMap::new();
    roles_of(&parsed.nodes, &mut roles);
    let names: Vec<String> = roles.keys().cloned().collect();
    let schemas = schemas(stdlib, engine, &names);
    let mut writer = Writer { page: String::new(), files: names.clone() };
    for (name, roles) in &roles {
        let roles = roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(", ");
        write!(writer.page, "\n## {name}\n\nThe file of {roles}.\n").expect("to a string");
        writer.section(schemas.file(name).expect("read"), "");
    }
    let mut done = names.len();
    while done < writer.files.len() {
        let name = writer.files[done].clone();
        write!(writer.page, "\n## {name}\n").expect("to a string");
        writer.section(schemas.file(&name).expect("read"), "");
        done += 1;
    }
    page + &writer.page
}

/// Which schema each role has, also inside of backends.
fn roles_of(nodes: &[Node], roles: &mut IndexMap<String, BTreeSet<String>>) {
    for node in nodes {
        let schema =
            node.children().iter().find(|child| child.name.value == "schema" && child.children.is_none());
        if node.name.value == "role"
            && let Some(Value::String(schema)) = schema.map(|schema| &schema.arguments[0].value.value)
        {
            let names = node.arguments.iter().filter_map(|argument| match &argument.value.value {
                Value::String(name) => Some(name.clone()),
                _ => None,
            });
            roles.entry(schema.clone()).or_default().extend(names);
        }
        roles_of(node.children(), roles);
    }
}

fn schemas(stdlib: &Stdlib, engine: &str, roots: &[String]) -> Schemas {
    let (mut sources, mut faults) = (SourceMap::default(), Diagnostics::default());
    let place = Span::file_start(FileId(0));
    let entry = ConfigEntry { key: place, any: None, value: Spanned::new(ConfigValue::Null, place) };
    // A key that is in no section makes all files be read.
    let unknown = ConfigMap::from_iter([("no such key".to_owned(), entry)]);
    let folder = format!("engine/{engine}");
    let origin = Origin { folder: &folder, version: "0", own: &IndexMap::new() };
    let mut loader = Loader::new(stdlib, origin, &mut sources, &mut faults);
    for root in roots {
        loader.settings(&Spanned::new(root.clone(), place), &unknown);
    }
    let schemas = loader.finish();
    assert!(faults.is_empty(), "{:#?}", faults.iter().collect::<Vec<_>>());
    schemas
}

struct Writer {
    page: String,
    /// Files that have a heading, or will get one.
    files: Vec<String>,
}

impl Writer {
    fn section(&mut self, section: &Section, path: &str) {
        if section.open {
            self.page.push_str("\nIt takes keys that it does not know, and ignores them.\n");
        }
        self.table(&section.keys, path);
        for variant in &section.variants {
            let by = section.by.as_deref().unwrap_or_default();
            let names = words(&variant.names);
            let versions = versions(&variant.versions);
            write!(
                self.page,
                "\nWith `{by}` {names}{}:\n",
                if versions.is_empty() { versions } else { format!(" ({versions})") }
            )
            .expect("to a string");
            self.table(&variant.keys, path);
        }
    }

    fn table(&mut self, keys: &IndexMap<String, Vec<Key>>, path: &str) {
        if keys.is_empty() {
            self.page.push_str("\nNothing besides.\n");
            return;
        }
        self.page.push_str("\n| key | value | |\n| --- | --- | --- |\n");
        let mut inner: Vec<(String, &Section)> = Vec::new();
        for (name, variants) in keys {
            for key in variants {
                let path = format!("{path}{name}");
                let value = match &key.section {
                    Some(Place::File(file)) => {
                        if !self.files.contains(file) {
                            self.files.push(file.clone());
                        }
                        format!("[{file}](#{file})")
                    }
                    Some(Place::Here(section)) => {
                        inner.push((format!("{path}."), section));
                        "section, below".to_owned()
                    }
                    None => kind(key),
                };
                let null = if key.null { ", or `#null`" } else { "" };
                writeln!(self.page, "| `{path}` | {value}{null} | {} |", notes(key)).expect("to a string");
            }
        }
        for (path, section) in inner {
            write!(self.page, "\nInside of `{}`:\n", path.trim_end_matches('.')).expect("to a string");
            self.section(section, &path);
        }
    }
}

fn kind(key: &Key) -> String {
    let plain = |kind: Kind| match kind {
        Kind::Bool => "truth value",
        Kind::Int => "whole number",
        Kind::Float => "number",
        Kind::String | Kind::Enum => "text",
        Kind::List => "list",
        Kind::Map => "map",
        Kind::Section => "section",
        Kind::Any => "any value",
    };
    let one = |kind: &Kind| match kind {
        Kind::Enum => words(&key.values),
        Kind::List | Kind::Map if key.of != Kind::Any => format!("{} of {}s", plain(*kind), plain(key.of)),
        kind => plain(*kind).to_owned(),
    };
    let kinds = key.kinds.iter().map(one).collect::<Vec<_>>().join(", or ");
    let bounds = key.bounds.shown();
    let bounds = if bounds.is_empty() { bounds } else { format!(", {bounds}") };
    format!("{kinds}{}{bounds}", if key.nonempty { ", not empty" } else { "" })
}

fn words(words: &[Word]) -> String {
    let word = |word: &Word| match versions(&word.versions) {
        versions if versions.is_empty() => format!("`\"{}\"`", word.text),
        versions => format!("`\"{}\"` ({versions})", word.text),
    };
    words.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn versions(versions: &Versions) -> String {
    let bound =
        |word: &str, version: &Option<String>| version.as_ref().map(|version| format!("{word} {version}"));
    let bounds = [bound("since", &versions.since), bound("before", &versions.before)];
    bounds.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn notes(key: &Key) -> String {
    let versions = versions(&key.versions);
    let notes = [
        key.default.as_ref().map(|value| format!("default {}", shown(value))),
        (!versions.is_empty()).then_some(versions),
        key.required.then(|| "needed".to_owned()),
        key.loose.then(|| "takes other words, without effect".to_owned()),
        key.fold_case.then(|| "in any capitals".to_owned()),
        key.renamed.as_ref().map(|name| format!("now `{name}`")),
        key.deprecated.as_ref().map(|instead| format!("deprecated: {instead}")),
        key.ignored.as_ref().map(|why| format!("has no effect: {why}")),
    ];
    notes.into_iter().flatten().collect::<Vec<_>>().join("; ").replace('|', "\\|")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`\"{text}\"`"),
        Value::Integer(number) => format!("`{number}`"),
        Value::Float(number) => format!("`{number}`"),
        Value::Bool(truth) => format!("`#{truth}`"),
        Value::Null => "`#null`".to_owned(),
    }
}
