//! Settings of the engine's files against its schema: one rule for each way in which they can be wrong.

pub mod converted;
pub mod deprecated;
pub mod ignored;
pub mod missing;
pub mod needless_any;
pub mod range;
pub mod types;
pub mod unknown_key;
pub mod unlisted;
pub mod value;
pub mod variant;
pub mod version;

use super::Subject;
use crate::diagnostic::Diagnostics;
use crate::source::{SourceMap, Span, Spanned};
use crate::stdlib::Stdlib;
use crate::stdlib::engine::Engine;
use crate::stdlib::schema::load::{Loader, Origin};
use crate::stdlib::schema::{Fit, Key, Part, Schemas, Section, Variant};
use crate::topology::Topology;
use crate::topology::ast::{ConfigBlock, ConfigEntry, ConfigMap, ConfigValue};

/// Reads what a topology's settings are compared with.
pub fn load(
    topology: &Topology,
    engine: &Engine,
    stdlib: &Stdlib,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Schemas {
    let origin = Origin { folder: &engine.folder, version: &engine.version, own: &engine.schemas };
    let mut loader = Loader::new(stdlib, origin, sources, diagnostics);
    for (schema, config) in configs(topology, engine) {
        loader.settings(schema, &config.entries);
    }
    loader.finish()
}

/// What is written, and the schema that the engine has for it.
fn configs<'a>(
    topology: &'a Topology,
    engine: &'a Engine,
) -> impl Iterator<Item = (&'a Spanned<String>, &'a ConfigBlock)> {
    let workers = topology.workers.iter().map(|worker| (worker.kind.name(), worker.config.as_ref()));
    let server = topology.server.iter().map(|server| ("server", server.config.as_ref()));
    workers.chain(server).filter_map(|(role, config)| Some((engine.role(role)?.schema.as_ref()?, config?)))
}

/// A section that is written, with what is known of it.
#[derive(Clone, Copy)]
struct Written<'a> {
    root: &'a Section,
    section: &'a Section,
    variant: Option<&'a Variant>,
    map: &'a ConfigMap,
    /// Its name from the top of the file on; empty there.
    path: &'a str,
    /// The key that opens it.
    place: Option<Span>,
    engine: &'a Engine,
    schemas: &'a Schemas,
}

impl<'a> Written<'a> {
    fn version(&self) -> &'a str {
        &self.engine.version
    }

    /// "TensorRT 1.2", as a topology names it.
    fn engine(&self) -> String {
        format!("{} {}", self.engine.name.value, self.engine.version)
    }

    /// What a key is in this version, and with this variant.
    fn key(&self, name: &str) -> Option<&'a Key> {
        self.section.key(name, self.variant, self.version())
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// What is compared: not what `(any)` stands before.
    fn entries(&self) -> impl Iterator<Item = (&'a str, &'a ConfigEntry)> {
        let entries = self.map.iter().filter(|(_, entry)| entry.any.is_none());
        entries.map(|(name, entry)| (name.as_str(), entry))
    }

    /// The keys that the engine knows in this version, with what is written for them.
    fn known(&self) -> impl Iterator<Item = (&'a str, &'a ConfigEntry, &'a Key)> {
        let written = *self;
        self.entries().filter_map(move |(name, entry)| Some((name, entry, written.key(name)?)))
    }

    /// Their values, one by one, each with its key's name.
    fn parts(&self) -> impl Iterator<Item = (&'a str, &'a Key, Part<'a>)> {
        self.known().flat_map(|(name, entry, key)| {
            let parts = key.parts(&entry.value).unwrap_or_default();
            parts.into_iter().map(move |part| (name, key, part))
        })
    }

    /// What a key of another version or place is told.
    fn any(&self, name: &str) -> String {
        format!("`(any){name} …` passes it on as it is")
    }
}

/// Shows every section of every file to a rule.
fn each(subject: &Subject, visit: &mut dyn FnMut(&Written)) {
    let Some(engine) = subject.engine else { return };
    for (schema, config) in configs(subject.topology, engine) {
        let Some(root) = subject.schemas.file(&schema.value) else { continue };
        let written = Written {
            root,
            section: root,
            variant: None,
            map: &config.entries,
            path: "",
            place: None,
            engine,
            schemas: subject.schemas,
        };
        descend(&written, visit);
    }
}

fn descend(outer: &Written, visit: &mut dyn FnMut(&Written)) {
    let picked = outer.section.by.as_ref().and_then(|by| outer.map.get(by));
    let variant = match picked.map(|entry| &entry.value.value) {
        Some(ConfigValue::String(name)) => outer.section.variant(name, outer.version()),
        _ => None,
    };
    let written = Written { variant, ..*outer };
    visit(&written);
    for (name, entry, key) in written.known() {
        if let (Some(section), ConfigValue::Map(map)) = (written.schemas.section(key), &entry.value.value) {
            let path = written.path_of(name);
            descend(
                &Written { section, variant: None, map, path: &path, place: Some(entry.key), ..written },
                visit,
            );
        }
    }
}

/// Whether a section's variant is not known, so that nothing can be said of its keys.
fn undecided(written: &Written) -> bool {
    written.section.by.is_some() && written.variant.is_none()
}

/// A value as a person would write it.
fn shown(value: &ConfigValue) -> String {
    match value {
        ConfigValue::Null => "`#null`".to_owned(),
        ConfigValue::Bool(truth) => format!("`#{truth}`"),
        ConfigValue::Integer(number) => format!("`{number}`"),
        ConfigValue::Float(number) => format!("`{number:?}`"),
        ConfigValue::String(text) => format!("the text \"{text}\""),
        ConfigValue::List(_) => "a list".to_owned(),
        ConfigValue::Map(_) => "a section".to_owned(),
    }
}

/// The part of a rule that looks at single values.
fn values(subject: &Subject, found: &mut dyn FnMut(&Written, &str, &Key, &Part)) {
    each(subject, &mut |written| {
        for (name, key, part) in written.parts() {
            found(written, name, key, &part);
        }
    });
}

/// Whether a value is of a kind that the engine takes.
fn fits(part: &Part) -> bool {
    part.fit != Fit::No
}
