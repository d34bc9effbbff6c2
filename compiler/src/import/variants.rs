//! Files that hold several topologies: a base with what replaces parts of it, and sweeps over values.

use super::table::{Table, Variants};
use super::yaml::{Document, Entry, Item, Map, Value, Yaml};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;

/// More topologies of one file than that nobody means.
const MAX_VARIANTS: usize = 512;

/// One topology of a file.
pub struct Variant {
    pub root: Yaml,
    pub place: Span,
    pub name: String,
    pub path: String,
}

/// All topologies of a file; `None` where they don't go together, which was said.
pub fn parts(
    table: &Table,
    document: &Document,
    name: &str,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Variant>> {
    let root = &document.root;
    let whole = |root: Yaml| Variant { place: root.span, name: name.to_owned(), path: path.to_owned(), root };
    let Some(variants) = &table.variants else { return Some(vec![whole(root.clone())]) };
    let all = match root.at(&variants.base) {
        Some(_) => overridden(variants, root, name, path, diagnostics)?,
        None => vec![whole(root.clone())],
    };
    let mut swept = Vec::new();
    for variant in all {
        swept.extend(sweep(variants, variant, diagnostics)?);
        if swept.len() > MAX_VARIANTS {
            too_many(root.span, diagnostics);
            return None;
        }
    }
    Some(swept)
}

fn too_many(span: Span, diagnostics: &mut Diagnostics) {
    let message = format!("the file stands for more than {MAX_VARIANTS} topologies");
    diagnostics.push(
        Diagnostic::error("import/too-large", message)
            .label(Span { end: span.start, ..span }, "this file")
            .help("split it, or take values out of its sweeps"),
    );
}

/// A base and its variants: deep merges, and lists whose values go together.
fn overridden(
    variants: &Variants,
    root: &Yaml,
    name: &str,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Variant>> {
    let base = &root.at(&variants.base)?.value;
    let base_name = base.at("name").and_then(|entry| entry.value.text()).unwrap_or(name).to_owned();
    let make = |suffix: &str, over: &Yaml, named: bool, place: Span| {
        let mut merged = merge(base, over);
        if !named && let Value::Map(map) = &mut merged.value {
            let text = format!("{base_name}_{suffix}");
            let entry = Entry { key: place, value: text_at(text, place), comments: Default::default() };
            map.insert("name".to_owned(), entry);
        }
        // `schema` stands beside the base.
        if let (Value::Map(map), Some(schema)) = (&mut merged.value, root.at("schema")) {
            map.entry("schema".to_owned()).or_insert_with(|| schema.clone());
        }
        Variant { root: merged, place, name: format!("{name}_{suffix}"), path: format!("{path}_{suffix}") }
    };
    let mut all = Vec::new();
    for (key, entry) in root.map()? {
        if let Some(suffix) = key.strip_prefix(&variants.zip) {
            let Some(length) = zip_length(&entry.value) else {
                diagnostics.push(
                    Diagnostic::error("import/variants", format!("the lists of `{key}` don't go together"))
                        .label(entry.key, "these")
                        .help("all its lists have one length, or the length 1; a list that is meant as one is written `[[1, 2]]`"),
                );
                return None;
            };
            if length > MAX_VARIANTS {
                too_many(entry.key, diagnostics);
                return None;
            }
            let named = matches!(entry.value.at("name").map(|name| &name.value.value), Some(Value::List(_)));
            for index in 0..length {
                all.push(make(&format!("{suffix}_{index}"), &slice(&entry.value, index), named, entry.key));
            }
        } else if let Some(suffix) = key.strip_prefix(&variants.replaces) {
            all.push(make(suffix, &entry.value, entry.value.at("name").is_some(), entry.key));
        } else if *key != variants.base && key != "schema" {
            diagnostics.push(
                Diagnostic::warning("import/unknown-key", format!("`{key}` is unknown"))
                    .label(entry.key, "not imported")
                    .help(format!(
                        "beside `{}` stand `{}…` and `{}…`",
                        variants.base, variants.replaces, variants.zip
                    )),
            );
        }
    }
    if all.is_empty() {
        let place = base.span;
        all.push(Variant { root: base.clone(), place, name: name.to_owned(), path: path.to_owned() });
    }
    Some(all)
}

fn text_at(text: String, span: Span) -> Yaml {
    Yaml { written: text.clone(), value: Value::String(text), span, plain: false }
}

/// Maps are merged, everything else is replaced, and nothing at all takes a key out.
fn merge(base: &Yaml, over: &Yaml) -> Yaml {
    let (Value::Map(under), Value::Map(upper)) = (&base.value, &over.value) else { return over.clone() };
    let mut map: Map = under.clone();
    for (key, entry) in upper {
        if entry.value.value == Value::Null {
            map.shift_remove(key);
            continue;
        }
        match map.get_mut(key) {
            Some(old) => {
                old.value = merge(&old.value, &entry.value);
                old.key = entry.key;
                old.comments.above.extend(entry.comments.above.iter().cloned());
                old.comments.behind = entry.comments.behind.clone().or(old.comments.behind.take());
            }
            None => {
                map.insert(key.clone(), entry.clone());
            }
        }
    }
    Yaml { value: Value::Map(map), ..base.clone() }
}

/// How many topologies the lists in a map stand for.
fn zip_length(yaml: &Yaml) -> Option<usize> {
    fn lengths(yaml: &Yaml, all: &mut Vec<usize>) {
        match &yaml.value {
            Value::Map(map) => map.values().for_each(|entry| lengths(&entry.value, all)),
            Value::List(items) => all.push(items.len()),
            _ => {}
        }
    }
    let mut all = Vec::new();
    lengths(yaml, &mut all);
    let longest = all.iter().copied().max().filter(|length| *length > 0)?;
    all.iter().all(|length| *length == 1 || *length == longest).then_some(longest)
}

fn slice(yaml: &Yaml, index: usize) -> Yaml {
    match &yaml.value {
        Value::Map(map) => {
            let entry = |(key, entry): (&String, &Entry)| {
                (key.clone(), Entry { value: slice(&entry.value, index), ..entry.clone() })
            };
            Yaml { value: Value::Map(map.iter().map(entry).collect()), ..yaml.clone() }
        }
        Value::List(items) => items[if items.len() == 1 { 0 } else { index }].value.clone(),
        _ => yaml.clone(),
    }
}

/// Every combination of a sweep's values, put where their names stand in braces.
fn sweep(variants: &Variants, variant: Variant, diagnostics: &mut Diagnostics) -> Option<Vec<Variant>> {
    let Some(section) = variant.root.at(&variants.sweep) else { return Some(vec![variant]) };
    let mut combinations: Vec<Vec<(String, Yaml)>> = vec![Vec::new()];
    let Some(parameters) = section.value.map() else {
        diagnostics.push(not_lists(section));
        return None;
    };
    for (name, entry) in parameters {
        let Value::List(values) = &entry.value.value else {
            diagnostics.push(not_lists(entry));
            return None;
        };
        if combinations.len() * values.len() > MAX_VARIANTS {
            too_many(entry.key, diagnostics);
            return None;
        }
        let with = |one: &Vec<(String, Yaml)>, value: &Item| {
            let mut one = one.clone();
            one.push((name.clone(), value.value.clone()));
            one
        };
        combinations =
            combinations.iter().flat_map(|one| values.iter().map(|value| with(one, value))).collect();
    }
    let base =
        variant.root.at("name").and_then(|entry| entry.value.text()).unwrap_or(&variant.name).to_owned();
    let made = combinations.into_iter().map(|values| {
        let suffix: Vec<String> =
            values.iter().map(|(name, value)| format!("{name}{}", plain(value))).collect();
        let suffix = suffix.join("_");
        let mut root = filled(&variant.root, &values);
        if let Value::Map(map) = &mut root.value {
            map.shift_remove(&variants.sweep);
            if let Some(name) = map.get_mut("name") {
                name.value = text_at(format!("{base}_{suffix}"), name.value.span);
            }
        }
        Variant {
            root,
            place: variant.place,
            name: format!("{}_{suffix}", variant.name),
            path: format!("{}_{}", variant.path, suffix.replace('/', "-")),
        }
    });
    Some(made.collect())
}

fn not_lists(entry: &Entry) -> Diagnostic {
    Diagnostic::error("import/variants", "a sweep has a list of values for each name")
        .label(entry.value.span, format!("this is {}", entry.value.kind()))
        .help("write `sweep: {NAME: [1, 2]}`, and `{NAME}` where the values belong")
}

fn plain(yaml: &Yaml) -> String {
    match &yaml.value {
        Value::List(items) => items.iter().map(|item| plain(&item.value)).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        _ => yaml.written.clone(),
    }
}

fn filled(yaml: &Yaml, values: &[(String, Yaml)]) -> Yaml {
    match &yaml.value {
        // `{name}` without quotes is a map with a key and nothing behind it.
        Value::Map(map) if map.len() == 1 => {
            let (key, entry) = map.first().expect("one entry");
            let value = values.iter().find(|(name, _)| name == key);
            match value {
                Some((_, value)) if entry.value.value == Value::Null => {
                    Yaml { span: yaml.span, ..value.clone() }
                }
                _ => filled_map(yaml, map, values),
            }
        }
        Value::Map(map) => filled_map(yaml, map, values),
        Value::List(items) => {
            let item = |item: &Item| Item { value: filled(&item.value, values), ..item.clone() };
            Yaml { value: Value::List(items.iter().map(item).collect()), ..yaml.clone() }
        }
        Value::String(text) => {
            for (name, value) in values {
                if *text == format!("{{{name}}}") {
                    return Yaml { span: yaml.span, ..value.clone() };
                }
            }
            let replaced = values.iter().fold(text.clone(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), &plain(value))
            });
            Yaml { value: Value::String(replaced.clone()), written: replaced, ..yaml.clone() }
        }
        _ => yaml.clone(),
    }
}

fn filled_map(yaml: &Yaml, map: &Map, values: &[(String, Yaml)]) -> Yaml {
    let entry = |(key, entry): (&String, &Entry)| {
        (key.clone(), Entry { value: filled(&entry.value, values), ..entry.clone() })
    };
    Yaml { value: Value::Map(map.iter().map(entry).collect()), ..yaml.clone() }
}
