//! `config { … }`: KDL as data for the engine's own YAML file.
//!
//! | KDL | YAML |
//! | --- | --- |
//! | `key 1` | `key: 1` |
//! | `key 1 2 3`, or `key { - 1; - 2 }` | a list |
//! | `key { a 1; b 2 }`, or `key a=1 b=2` | a map |
//! | `(list)key 1`, `(list)key` | a list of one, an empty one |
//! | `key { }` | an empty map |
//! | `(any)key 1` | `key: 1`, whatever the engine's schema says |

use super::ast::{ConfigBlock, ConfigEntry, ConfigMap, ConfigValue};
use super::fields::{duplicate, repeated};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::stdlib::template::literal;
use crate::syntax::{Node, Value};

pub fn block(node: &Node, diagnostics: &mut Diagnostics) -> ConfigBlock {
    for argument in &node.arguments {
        diagnostics.push(
            Diagnostic::error("language/unexpected-argument", "`config` takes no argument")
                .label(argument.value.span, "not expected here")
                .help("write the engine's settings inside: `config { max_batch_size 16 }`"),
        );
    }
    let (items, keys): (Vec<&Node>, Vec<&Node>) = node.children().iter().partition(|c| c.name.value == "-");
    for item in items {
        diagnostics.push(
            Diagnostic::error("language/config-list", "`config` is a map, not a list")
                .label(item.head(), "a list item")
                .help("give the list a key: `batch_sizes 1 2`, or `batch_sizes { - 1; - 2 }`"),
        );
    }
    ConfigBlock { entries: map(node, &keys, diagnostics) }
}

/// The entry that a node of a config stands for.
fn entry(node: &Node, diagnostics: &mut Diagnostics) -> ConfigEntry {
    let any = node.ty.as_ref().filter(|ty| ty.value == "any").map(|ty| ty.span);
    ConfigEntry { key: node.name.span, any, value: value(node, diagnostics) }
}

/// The value that a node of a config stands for.
pub fn value(node: &Node, diagnostics: &mut Diagnostics) -> Spanned<ConfigValue> {
    let as_list = match node.ty.as_ref().map(|ty| (ty.value.as_str(), ty.span)) {
        None | Some(("any", _)) => false,
        Some(("list", _)) => true,
        Some((_, span)) => {
            diagnostics.push(
                Diagnostic::error("language/type-annotation", "unknown type annotation")
                    .label(span, "unknown")
                    .help(
                        "`(list)` makes a list of one value or of none, `(any)` a setting that the engine's schema \
                         doesn't know; nothing else has a meaning",
                    ),
            );
            false
        }
    };
    let section = |value: ConfigValue| Spanned::new(value, node.name.span);
    for argument in &node.arguments {
        if let Some(ty) = &argument.ty {
            diagnostics.push(
                Diagnostic::error(
                    "language/type-annotation",
                    "a value's type annotation has no meaning here",
                )
                .label(ty.span, "this annotation")
                .help("write text in quotes and numbers without; `(list)` stands before the key"),
            );
        }
    }
    let items = node.arguments.iter().map(|a| scalar(&a.value));
    let nested = node.children.is_some() || !node.properties.is_empty();
    if !node.arguments.is_empty() && nested {
        diagnostics.push(
            Diagnostic::error("language/config-shape", "values and nested keys at the same time")
                .label(node.head(), "is this a list, or a map?")
                .help("write a list as `key 1 2`, a map as `key { a 1 }`"),
        );
    }
    if nested {
        return section(children(node, as_list, diagnostics));
    }
    match node.arguments.len() {
        0 if as_list => section(ConfigValue::List(Vec::new())),
        0 => {
            diagnostics.push(
                Diagnostic::error("language/one-value", format!("`{}` has no value", node.name.value))
                    .label(node.head(), "no value")
                    .help("write a value, `#null`, `{ }` for an empty map, or `(list)` before the key for an empty list"),
            );
            section(ConfigValue::Null)
        }
        1 if !as_list => scalar(&node.arguments[0].value),
        _ => section(ConfigValue::List(items.collect())),
    }
}

fn children(node: &Node, as_list: bool, diagnostics: &mut Diagnostics) -> ConfigValue {
    let (items, keys): (Vec<&Node>, Vec<&Node>) = node.children().iter().partition(|c| c.name.value == "-");
    if !items.is_empty() && (!keys.is_empty() || !node.properties.is_empty()) {
        diagnostics.push(
            Diagnostic::error("language/config-shape", "list items and keys in one block")
                .label(items[0].head(), "a list item")
                .label(keys.first().map_or(node.head(), |k| k.head()), "beside a key")
                .help("a block is a list (`- …` only) or a map"),
        );
    }
    if !items.is_empty() || (as_list && keys.is_empty()) {
        return ConfigValue::List(items.iter().map(|item| value(item, diagnostics)).collect());
    }
    ConfigValue::Map(map(node, &keys, diagnostics))
}

/// The properties of `node`, then `keys`.
fn map(node: &Node, keys: &[&Node], diagnostics: &mut Diagnostics) -> ConfigMap {
    let mut map = ConfigMap::new();
    let mut put =
        |name: &str, entry: ConfigEntry, whole: Span, diagnostics: &mut Diagnostics| match map.get(name) {
            Some(first) if literal(&first.value.value) == literal(&entry.value.value) => {
                repeated(name, first.key, entry.key, whole, diagnostics);
            }
            Some(first) => duplicate(name, first.key, entry.key, diagnostics),
            None => {
                map.insert(name.to_owned(), entry);
            }
        };
    for property in &node.properties {
        let entry = ConfigEntry { key: property.name.span, any: None, value: scalar(&property.value) };
        put(&property.name.value, entry, property.span, diagnostics);
    }
    for key in keys {
        let entry = entry(key, diagnostics);
        put(&key.name.value, entry, key.span, diagnostics);
    }
    map
}

pub fn scalar(value: &Spanned<Value>) -> Spanned<ConfigValue> {
    let plain = match &value.value {
        Value::String(text) => ConfigValue::String(text.clone()),
        Value::Integer(number) => ConfigValue::Integer(*number),
        Value::Float(number) => ConfigValue::Float(*number),
        Value::Bool(truth) => ConfigValue::Bool(*truth),
        Value::Null => ConfigValue::Null,
    };
    Spanned::new(plain, value.span)
}
