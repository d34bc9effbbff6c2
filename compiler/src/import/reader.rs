//! From a file's tree to a draft, by its format's table: every key is used, or reported where it stands.

use super::convert;
use super::draft::{ClusterDraft, Draft};
use super::kdl::{Node, Value};
use super::table::{Active, Key, Table, as_yaml, equal};
use super::yaml::{Comments, Entry, Map, Value as Data, Yaml};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::Span;
use crate::syntax::Value as Scalar;

/// A file, or one of its variants, that becomes a topology.
pub struct Part<'a> {
    pub root: &'a Yaml,
    pub place: Span,
    /// How the file is called where it is not said otherwise.
    pub name: String,
    pub path: String,
    /// Comments that stand before nothing.
    pub last: &'a [String],
}

/// Reads one part; `None` without an engine, which was said. A site's file needs none.
pub fn read(
    table: &Table,
    part: &Part,
    engine: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Option<Draft> {
    let active = table.active(part.root);
    let chosen = match (active.engine, engine) {
        (chosen, Some(name)) => {
            let same = chosen.filter(|chosen| chosen.name == name).cloned();
            same.unwrap_or(super::table::EngineChoice { name: name.to_owned(), backend: None })
        }
        (Some(chosen), None) => chosen.clone(),
        (None, None) if table.site => super::table::EngineChoice { name: String::new(), backend: None },
        (None, None) => {
            no_engine(table, part, diagnostics);
            return None;
        }
    };
    // Services are the engine's that the file names.
    let writes = if active.engine.is_some_and(|own| own.name == chosen.name) {
        active.writes.clone()
    } else {
        Vec::new()
    };
    let mut draft = Draft {
        source: part.place.file,
        place: part.place,
        name: part.name.clone(),
        path: part.path.clone(),
        top: Vec::new(),
        engine: chosen,
        version: None,
        model: None,
        model_path: None,
        image: None,
        mounts: Vec::new(),
        slurm: Vec::new(),
        options: Vec::new(),
        cluster: ClusterDraft::default(),
        workers: indexmap::IndexMap::new(),
        env: Vec::new(),
        blocks: indexmap::IndexMap::new(),
        comments: indexmap::IndexMap::new(),
        site: indexmap::IndexMap::new(),
        ready: (None, None),
        fronted: false,
        declared: declared(table, part.root),
        counts: table.counts.clone(),
        each: None,
    };
    for (block, name) in writes {
        draft.add(block, Node::new(name));
    }
    let before = diagnostics.iter().count();
    let mut reader = Reader { table, active, draft, diagnostics };
    if let Some(map) = part.root.map() {
        reader.walk("", map);
    } else {
        let message = format!("the file is {}, not a map", part.root.kind());
        reader.diagnostics.push(
            Diagnostic::error("import/format", message)
                .label(part.place, "read as this")
                .help("a configuration has keys: `name: value`"),
        );
        return None;
    }
    reader.absent(part.root);
    let Reader { mut draft, diagnostics, .. } = reader;
    draft.top.extend(part.last.iter().cloned());
    let failed = diagnostics.iter().skip(before).any(|d| d.severity == crate::diagnostic::Severity::Error);
    (!failed).then_some(draft)
}

fn no_engine(table: &Table, part: &Part, diagnostics: &mut Diagnostics) {
    let said = table.engine_keys.iter().filter_map(|path| part.root.at(path));
    let said: Vec<&Entry> = said.filter(|entry| entry.value.map().is_none()).collect();
    let names: Vec<String> = said.iter().map(|entry| convert::shown(&entry.value)).collect();
    let what = match (&table.usual_engine, names.len()) {
        (Some(usual), 0) => format!("no engine is named, which means {usual}"),
        (None, 0) => "no engine is named".to_owned(),
        _ => names.join(" with "),
    };
    let place = said.first().map_or(part.place, |entry| entry.value.span);
    let mut error = Diagnostic::error("import/engine", format!("the workers can't be imported: {what}"))
        .label(place, "this engine's settings have no table yet");
    for entry in said.iter().skip(1) {
        error = error.label(entry.value.span, "with this");
    }
    diagnostics.push(error.help(format!(
        "a format's table, stdlib/import/{}.kdl, says which engines' settings are known; all other files go on",
        table.name
    )));
}

/// The nodes that a file gives itself; `None` where kinds of workers share them, for which formats have a word or a 0.
fn declared(table: &Table, root: &Yaml) -> Option<u32> {
    let mut sum: u32 = 0;
    let entries: Vec<&Entry> = table.declared.iter().filter_map(|path| root.at(path)).collect();
    for entry in &entries {
        match entry.value.value {
            Data::Integer(number) if number > 0 => sum = sum.checked_add(u32::try_from(number).ok()?)?,
            Data::Null => {}
            _ => return None,
        }
    }
    (sum > 0).then_some(sum)
}

pub(super) struct Reader<'a, 'd> {
    table: &'a Table,
    pub(super) active: Active<'a>,
    pub(super) draft: Draft,
    pub(super) diagnostics: &'d mut Diagnostics,
}

impl<'a> Reader<'a, '_> {
    fn key(&self, path: &str) -> Option<&'a Key> {
        let covers = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => path.starts_with(start),
            None => path
                .strip_prefix(pattern.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        };
        self.active.keys.iter().copied().find(|key| key.paths.iter().any(covers))
    }

    /// Whether the table has lines for what is inside.
    fn goes_on(&self, path: &str) -> bool {
        let inside = |pattern: &String| {
            pattern.strip_prefix(path).is_some_and(|rest| rest.starts_with('.') && rest != ".*")
        };
        self.active.keys.iter().any(|key| key.paths.iter().any(inside))
    }

    fn walk(&mut self, above: &str, map: &Map) {
        for (name, entry) in map {
            let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            let exact = self.active.keys.iter().copied().find(|key| key.paths.contains(&path));
            let section =
                entry.value.map().filter(|_| exact.is_none_or(|key| key.used) && self.goes_on(&path));
            match (section, exact.or_else(|| self.key(&path))) {
                (Some(map), _) => {
                    self.remark(&path, &entry.comments);
                    self.walk(&path, map);
                }
                (None, Some(key)) => self.entry(key, &path, entry),
                // An empty section says nothing.
                (None, None) if entry.value.value == Data::Null && self.goes_on(&path) => {
                    self.remark(&path, &entry.comments);
                }
                (None, None) => self.unknown(&path, name, above, entry),
            }
        }
    }

    fn unknown(&mut self, path: &str, name: &str, above: &str, entry: &Entry) {
        self.remark(path, &entry.comments);
        let prefix = if above.is_empty() { String::new() } else { format!("{above}.") };
        let known = self.active.keys.iter().flat_map(|key| &key.paths);
        let known: Vec<&str> = known
            .filter_map(|path| path.strip_prefix(prefix.as_str()))
            .filter_map(|rest| rest.split('.').next())
            .filter(|word| *word != "*")
            .collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("is `{prefix}{near}` meant? That one is known"),
            None => format!(
                "the format {} has no such key that disaggc knows: nothing was made of it",
                self.table.name
            ),
        };
        self.diagnostics.push(
            Diagnostic::warning("import/unknown-key", format!("`{path}` is unknown"))
                .label(entry.key, "not imported")
                .help(help),
        );
    }

    /// Comments of what has no line of its own in the topology.
    pub(super) fn remark(&mut self, path: &str, comments: &Comments) {
        let section = path.split('.').next().unwrap_or_default().to_owned();
        let all = comments.above.iter().chain(&comments.behind);
        let lines: Vec<String> = all
            .filter(|line| !line.is_empty())
            .map(|line| if path == section { line.clone() } else { format!("{path}: {line}") })
            .collect();
        if !lines.is_empty() {
            self.draft.comments.entry(section).or_default().extend(lines);
        }
    }

    /// Comments inside of a value that is not written as it is.
    fn remark_inside(&mut self, path: &str, yaml: &Yaml) {
        match &yaml.value {
            Data::Map(map) => {
                for (name, entry) in map {
                    let path = format!("{path}.{name}");
                    self.remark(&path, &entry.comments);
                    self.remark_inside(&path, &entry.value);
                }
            }
            Data::List(items) => {
                for item in items {
                    self.remark(path, &item.comments);
                    self.remark_inside(path, &item.value);
                }
            }
            _ => {}
        }
    }

    fn entry(&mut self, key: &'a Key, path: &str, entry: &Entry) {
        // What goes over as it is keeps its comments where they are.
        let whole = key.to.as_deref().is_some_and(|to| to.ends_with(".config") || to.starts_with("env."));
        if !whole {
            self.remark_inside(path, &entry.value);
        }
        if key.note {
            self.remark(path, &entry.comments);
            return self.note(path, &entry.value);
        }
        if key.used || key.is.iter().any(|value| equal(value, &entry.value)) {
            return self.remark(path, &entry.comments);
        }
        if let Some((_, to)) = key.values.iter().find(|(from, _)| equal(from, &entry.value)) {
            if *to == Scalar::Null {
                return self.remark(path, &entry.comments);
            }
            let translated = Entry { value: as_yaml(to, entry.value.span), ..entry.clone() };
            return self.put(key, path, &translated);
        }
        if key.default.as_ref().is_some_and(|default| equal(default, &entry.value)) {
            return self.remark(path, &entry.comments);
        }
        match (&key.to, &key.says) {
            (Some(_), None) => self.put(key, path, entry),
            (Some(_), Some(_)) if key.values.is_empty() => self.put(key, path, entry),
            _ => self.not_used(key, path, entry),
        }
    }

    pub(super) fn not_used(&mut self, key: &Key, path: &str, entry: &Entry) {
        self.remark(path, &entry.comments);
        let says = key.says.as_deref().unwrap_or("a value that has no place here");
        let value = convert::shown(&entry.value);
        self.diagnostics.push(
            Diagnostic::warning("import/not-used", format!("`{path}` {value} is not imported"))
                .label(Span { end: entry.value.span.end.max(entry.key.end), ..entry.key }, "not imported")
                .help(says.to_owned()),
        );
    }

    fn note(&mut self, path: &str, yaml: &Yaml) {
        match &yaml.value {
            Data::Map(map) => {
                for (name, entry) in map {
                    self.note(&format!("{path}.{name}"), &entry.value);
                }
            }
            Data::List(items) => {
                let all: Vec<String> = items.iter().filter_map(|item| convert::text(&item.value)).collect();
                self.draft.top.push(format!("{path}: {}", all.join(", ")));
            }
            _ => self.draft.top.extend(convert::text(yaml).map(|text| format!("{path}: {text}"))),
        }
    }

    /// What the tool takes where the file says nothing.
    fn absent(&mut self, root: &Yaml) {
        for key in self.active.keys.clone() {
            let Some(absent) = &key.absent else { continue };
            if key.paths.iter().any(|path| root.at(path).is_some()) {
                continue;
            }
            let span = self.draft.place;
            let value = as_yaml(absent, span);
            let entry = Entry { key: span, value, comments: Comments::default() };
            self.put(key, &key.paths[0], &entry);
        }
    }

    pub(super) fn wrong(&mut self, path: &str, entry: &Entry, wanted: &str) {
        self.diagnostics.push(
            Diagnostic::error("import/value", format!("`{path}` can't be {}", convert::shown(&entry.value)))
                .label(entry.value.span, format!("this is {}", entry.value.kind()))
                .help(format!("{wanted} belongs here; correct it in this file, then import it again")),
        );
    }

    pub(super) fn number(&mut self, path: &str, entry: &Entry) -> Option<u32> {
        let number = match &entry.value.value {
            Data::Integer(number) => u32::try_from(*number).ok(),
            Data::String(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong(path, entry, "a whole number");
        }
        number
    }

    pub(super) fn truth(&mut self, path: &str, entry: &Entry) -> Option<bool> {
        match entry.value.value {
            Data::Bool(truth) => Some(truth),
            _ => {
                self.wrong(path, entry, "`true` or `false`");
                None
            }
        }
    }

    /// A text, and what Python would make another one of.
    pub(super) fn text(&mut self, path: &str, entry: &Entry) -> Option<String> {
        let Some(text) = convert::text(&entry.value) else {
            self.wrong(path, entry, "a text");
            return None;
        };
        let read = match &entry.value.value {
            Data::Integer(number) => number.to_string(),
            Data::Float(number) => format!("{number:?}"),
            Data::Bool(true) => "True".to_owned(),
            Data::Bool(false) => "False".to_owned(),
            _ => text.clone(),
        };
        if read != text && entry.value.plain {
            self.diagnostics.push(
                Diagnostic::warning("import/text", format!("Python reads `{text}` as {read}"))
                    .label(entry.value.span, "imported as it is written")
                    .help(format!("write it in quotes to mean the text: \"{text}\"")),
            );
        }
        Some(text)
    }

    /// A text of the site, or what the site has to give.
    pub(super) fn site_text(&mut self, path: &str, entry: &Entry) -> Option<Value> {
        let text = self.text(path, entry)?;
        Some(match convert::placeholder(&text) {
            Some(name) => self.draft.ask_site(&name, None, path),
            None => Value::Text(text),
        })
    }

    /// A path, which belongs to the site.
    pub(super) fn path(&mut self, path: &str, entry: &Entry) -> Option<Value> {
        match self.site_text(path, entry)? {
            Value::Text(text) if text.starts_with('/') => {
                let name = convert::site_name(&text);
                Some(self.draft.ask_site(&name, Some(Value::Text(text)), path))
            }
            // It depends on a folder that the file doesn't name.
            Value::Text(text) if text.contains('/') && !text.contains(':') => {
                Some(self.draft.ask_site(&text, None, format!("{path}, in a folder of the site")))
            }
            value => Some(value),
        }
    }
}
