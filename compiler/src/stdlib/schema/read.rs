//! A schema's KDL, typed.

use indexmap::IndexMap;

use super::{Bounds, Key, Kind, Place, Section, Variant, Versions, Word};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::fields::{Fields, choice, suggestion};

const KINDS: [(&str, Kind); 9] = [
    ("bool", Kind::Bool),
    ("int", Kind::Int),
    ("float", Kind::Float),
    ("string", Kind::String),
    ("enum", Kind::Enum),
    ("list", Kind::List),
    ("map", Kind::Map),
    ("section", Kind::Section),
    ("any", Kind::Any),
];

/// Adds the nodes of a file, or of a section's block.
pub(super) fn add(section: &mut Section, nodes: &[Node], diagnostics: &mut Diagnostics) {
    section.keys.extend(keys(nodes, diagnostics));
    for node in nodes.iter().filter(|node| node.name.value != "key") {
        let mut fields = Fields::new(node, diagnostics);
        match node.name.value.as_str() {
            "open" => section.open = true,
            "by" => {
                section.by = fields.required_string("the key that picks the variant").map(|key| key.value)
            }
            "variant" => {
                let variant = variant(&mut fields);
                section.variants.push(variant);
                continue;
            }
            other => {
                let known = ["key", "by", "variant", "open"];
                fields.diagnostics.push(
                    Diagnostic::error("language/unknown-node", format!("a schema has no `{other}`"))
                        .label(node.name.span, "unknown")
                        .help(suggestion(other, &known, "node", "nodes")),
                );
                continue;
            }
        }
        fields.finish();
    }
}

fn keys(nodes: &[Node], diagnostics: &mut Diagnostics) -> IndexMap<String, Vec<Key>> {
    let mut keys: IndexMap<String, Vec<Key>> = IndexMap::new();
    for node in nodes.iter().filter(|node| node.name.value == "key") {
        if let Some((name, key)) = key(node, diagnostics) {
            keys.entry(name).or_default().push(key);
        }
    }
    keys
}

fn variant(fields: &mut Fields) -> Variant {
    let own = Versions::default();
    let names =
        fields.rest_of_strings().into_iter().map(|name| Word { text: name.value, versions: own.clone() });
    let mut names: Vec<Word> = names.collect();
    names.extend(also(fields));
    let versions = versions(fields);
    Variant { names, versions, keys: keys(fields.node.children(), fields.diagnostics) }
}

/// `also "NAME" since="1.2"`.
fn also(fields: &mut Fields) -> Vec<Word> {
    let mut words = Vec::new();
    for node in fields.blocks("also") {
        let mut inner = Fields::new(node, fields.diagnostics);
        let versions = versions(&mut inner);
        let texts = inner.rest_of_strings();
        inner.finish();
        words.extend(texts.into_iter().map(|text| Word { text: text.value, versions: versions.clone() }));
    }
    words
}

fn versions(fields: &mut Fields) -> Versions {
    let mut bound = |name| fields.string(name).map(|version| version.value);
    Versions { since: bound("since"), before: bound("before") }
}

fn key(node: &Node, diagnostics: &mut Diagnostics) -> Option<(String, Key)> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the key's name")?;
    let written = fields.required_string("what its value is")?;
    let null = written.value.ends_with('?');
    let first = kind(&written.map(|word| word.trim_end_matches('?').to_owned()), fields.diagnostics)?;
    let other = fields.string("or").and_then(|word| kind(&word, fields.diagnostics));
    let own =
        fields.rest_of_strings().into_iter().map(|v| Word { text: v.value, versions: Versions::default() });
    let mut values: Vec<Word> = own.collect();
    values.extend(also(&mut fields));
    let kinds: Vec<Kind> = [Some(first), other].into_iter().flatten().collect();
    let text = |value: Option<Spanned<String>>| value.map(|text| text.value);
    let section = match text(fields.string("in")) {
        Some(file) => Some(Place::File(file)),
        None if kinds.contains(&Kind::Section) => {
            fields.blocks("key");
            fields.blocks("open");
            let mut section = Box::<Section>::default();
            add(&mut section, node.children(), fields.diagnostics);
            Some(Place::Here(section))
        }
        None => None,
    };
    let of = fields.string("of").and_then(|word| kind(&word, fields.diagnostics));
    let keys = fields.string("keys").and_then(|word| kind(&word, fields.diagnostics));
    let flag = |value: Option<Spanned<bool>>| value.is_some_and(|flag| flag.value);
    let key = Key {
        versions: versions(&mut fields),
        kinds,
        null,
        of: of.unwrap_or(Kind::Any),
        keys: keys.unwrap_or(Kind::String),
        values,
        loose: flag(fields.boolean("loose")),
        fold_case: flag(fields.boolean("fold-case")),
        bounds: Bounds {
            min: fields.number("min"),
            max: fields.number("max"),
            above: fields.number("above"),
            below: fields.number("below"),
        },
        nonempty: flag(fields.boolean("nonempty")),
        required: flag(fields.boolean("required")),
        deprecated: text(fields.string("deprecated")),
        ignored: text(fields.string("ignored")),
        renamed: text(fields.string("renamed")),
        section,
        default: fields.scalar("default").map(|value| value.value.clone()),
    };
    fields.finish();
    Some((name.value, key))
}

fn kind(word: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<Kind> {
    choice("the kind", word, &KINDS, diagnostics).map(|kind| kind.value)
}
