//! Which keys of a schema are read: those that are written, so that a short file costs little; and all of them as soon
//! as one is not known, since then others are proposed.

use indexmap::IndexMap;

use super::{Key, Place, Schemas, Section, read};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceMap, Spanned};
use crate::stdlib::Stdlib;
use crate::syntax::Node;
use crate::topology::ast::{ConfigMap, ConfigValue};

/// What an engine has of schemas.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// Where its files are.
    pub folder: &'a str,
    pub version: &'a str,
    /// Those that its description has itself.
    pub own: &'a IndexMap<String, Vec<Node>>,
}

/// Where schemas come from, and where what is wrong with them goes to.
pub struct Loader<'a> {
    stdlib: &'a Stdlib,
    origin: Origin<'a>,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Diagnostics,
    schemas: Schemas,
}

impl<'a> Loader<'a> {
    pub fn new(
        stdlib: &'a Stdlib,
        origin: Origin<'a>,
        sources: &'a mut SourceMap,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Loader { stdlib, origin, sources, diagnostics, schemas: Schemas::default() }
    }

    pub fn finish(self) -> Schemas {
        self.schemas
    }

    /// Reads what a role's settings are compared with; `name` is what the engine's description calls it.
    pub fn settings(&mut self, name: &Spanned<String>, written: &ConfigMap) {
        if !self.file(&name.value, Some(written)) {
            self.diagnostics.push(
                Diagnostic::error("engine/no-schema", format!("there is no schema \"{}\"", name.value))
                    .label(name.span, "named here")
                    .help(format!(
                        "write `schema \"{}\" {{ key … }}` in the engine's description; in the stdlib it may be a file of \
                         its own, {}/schema/{0}.kdl",
                        name.value, self.origin.folder
                    )),
            );
        }
        let mut unknown = false;
        let mut open = vec![(name.value.clone(), written)];
        while let Some((file, written)) = open.pop() {
            self.file(&file, Some(written));
            if let Some(section) = self.schemas.file(&file) {
                unknown |= !sections(section, self.origin.version, written, &mut open);
            }
        }
        if unknown {
            let files = self.stdlib.folder(&format!("{}/schema", self.origin.folder));
            let names = files.into_iter().filter_map(|(path, _)| path.strip_suffix(".kdl"));
            for name in names {
                self.file(name, None);
            }
        }
    }

    /// Reads from a file, or from the description, what is written, or all of it; false if there is none.
    fn file(&mut self, name: &str, written: Option<&ConfigMap>) -> bool {
        let path = format!("{}/schema/{name}.kdl", self.origin.folder);
        let (own, text) = (self.origin.own.get(name), self.stdlib.text(&path));
        if own.is_none() && text.is_none() {
            return false;
        }
        let first = !self.schemas.files.contains_key(name);
        let section = self.schemas.files.entry(name.to_owned()).or_default();
        if let Some(nodes) = own {
            if first {
                read::add(section, nodes, self.diagnostics);
            }
            return true;
        }
        let wanted = |name: &str| match name.strip_prefix('=') {
            Some(variant) => {
                !names(section).any(|name| name == variant) && written.is_none_or(|w| says(w, variant))
            }
            None => {
                !section.keys.contains_key(name) && written.is_none_or(|written| written.contains_key(name))
            }
        };
        let parsed = self.stdlib.schema(&path, self.sources.next(), first, &wanted);
        let mut faults = Diagnostics::default();
        faults.extend(parsed.diagnostics);
        read::add(section, &parsed.nodes, &mut faults);
        // What the result is made of doesn't include a schema, so only one with faults is shown.
        if !faults.is_empty() {
            self.sources.add(format!("stdlib/{path}"), text.unwrap_or_default());
            self.diagnostics.extend(faults.iter().cloned());
        }
        true
    }
}

/// The names of the variants that are read, in all versions.
fn names(section: &Section) -> impl Iterator<Item = &str> {
    section.variants.iter().flat_map(|variant| &variant.names).map(|word| word.text.as_str())
}

/// Whether one of the values is this text.
fn says(written: &ConfigMap, text: &str) -> bool {
    written.values().any(|entry| matches!(&entry.value.value, ConfigValue::String(value) if value == text))
}

/// Collects the written sections that other files describe; false if a key or the variant is not known.
fn sections<'a>(
    section: &Section,
    version: &str,
    written: &'a ConfigMap,
    files: &mut Vec<(String, &'a ConfigMap)>,
) -> bool {
    let mut known =
        section.by.as_ref().is_none_or(|by| match written.get(by).map(|entry| &entry.value.value) {
            Some(ConfigValue::String(variant)) => section.variant(variant, version).is_some(),
            _ => false,
        });
    for (name, entry) in written {
        let of_variants = section.variants.iter().filter_map(|variant| variant.keys.get(name));
        let keys: Vec<&Key> = section.keys.get(name).into_iter().chain(of_variants).flatten().collect();
        known &= !keys.is_empty() || entry.any.is_some();
        let ConfigValue::Map(map) = &entry.value.value else { continue };
        for key in keys {
            match &key.section {
                Some(Place::File(file)) => files.push((file.clone(), map)),
                Some(Place::Here(inner)) => known &= sections(inner, version, map, files),
                None => {}
            }
        }
    }
    known
}
