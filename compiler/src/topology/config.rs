//! `config { … }`: KDL as data for the engine's own YAML file.
//!
//! | KDL | YAML |
//! | --- | --- |
//! | `key 1` | `key: 1` |
//! | `key 1 2 3`, or `key { - 1; - 2 }` | a list |
//! | `key { a 1; b 2 }`, or `key a=1 b=2` | a map |
//! | `(list)key 1`, `(list)key` | a list of one, an empty one |
//! | `key { }` | an empty map |

use indexmap::IndexMap;

use super::ast::{ConfigBlock, ConfigEntry, ConfigValue};
use super::fields::duplicate;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::{Node, Value};

pub fn block(node: &Node, diagnostics: &mut Diagnostics) -> ConfigBlock {
    for argument in &node.arguments {
        diagnostics.push(
            Diagnostic::error("language/unexpected-argument", "`config` takes no argument")
                .label(argument.value.span, "not expected here")
                .help("write the engine's settings inside: `config { max_batch_size 16 }`"),
        );
    }
    let mut entries: IndexMap<String, ConfigEntry> = IndexMap::new();
    let mut put = |name: &str, key: Span, value: ConfigValue, diagnostics: &mut Diagnostics| {
        if let Some(first) = entries.get(name) {
            duplicate(name, first.key, key, diagnostics);
        } else {
            entries.insert(name.to_owned(), ConfigEntry { key, value });
        }
    };
    for property in &node.properties {
        put(&property.name.value, property.name.span, scalar(&property.value.value), diagnostics);
    }
    for child in node.children() {
        if child.name.value == "-" {
            diagnostics.push(
                Diagnostic::error("language/config-list", "`config` is a map, not a list")
                    .label(child.head(), "a list item")
                    .help("give the list a key: `cuda_graph_batch_sizes { - 1; - 2 }`"),
            );
            continue;
        }
        let value = value(child, diagnostics);
        put(&child.name.value, child.name.span, value, diagnostics);
    }
    ConfigBlock { entries }
}

/// The value that a node of a config stands for.
pub fn value(node: &Node, diagnostics: &mut Diagnostics) -> ConfigValue {
    let as_list = match node.ty.as_ref().map(|ty| (ty.value.as_str(), ty.span)) {
        None => false,
        Some(("list", _)) => true,
        Some((_, span)) => {
            diagnostics.push(
                Diagnostic::error("language/type-annotation", "unknown type annotation")
                    .label(span, "unknown")
                    .help("`(list)` makes a list of one value or of none; nothing else is known"),
            );
            false
        }
    };
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
    let items = node.arguments.iter().map(|a| scalar(&a.value.value));
    let nested = node.children.is_some() || !node.properties.is_empty();
    if !node.arguments.is_empty() && nested {
        diagnostics.push(
            Diagnostic::error("language/config-shape", "values and nested keys at the same time")
                .label(node.head(), "is this a list, or a map?")
                .help("write a list as `key 1 2`, a map as `key { a 1 }`"),
        );
    }
    if nested {
        return children(node, as_list, diagnostics);
    }
    match node.arguments.len() {
        0 if as_list => ConfigValue::List(Vec::new()),
        0 => {
            diagnostics.push(
                Diagnostic::error("language/one-value", format!("`{}` has no value", node.name.value))
                    .label(node.head(), "no value")
                    .help("write a value, `#null`, `{ }` for an empty map, or `(list)` before the key for an empty list"),
            );
            ConfigValue::Null
        }
        1 if !as_list => scalar(&node.arguments[0].value.value),
        _ => ConfigValue::List(items.collect()),
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
    let mut map = IndexMap::new();
    let mut seen: IndexMap<&str, Span> = IndexMap::new();
    for property in &node.properties {
        let name = property.name.value.as_str();
        if let Some(first) = seen.insert(name, property.name.span) {
            duplicate(name, first, property.name.span, diagnostics);
        }
        map.insert(name.to_owned(), scalar(&property.value.value));
    }
    for key in keys {
        let name = key.name.value.as_str();
        if let Some(first) = seen.insert(name, key.name.span) {
            duplicate(name, first, key.name.span, diagnostics);
        }
        map.insert(name.to_owned(), value(key, diagnostics));
    }
    ConfigValue::Map(map)
}

fn scalar(value: &Value) -> ConfigValue {
    match value {
        Value::String(text) => ConfigValue::String(text.clone()),
        Value::Integer(number) => ConfigValue::Integer(*number),
        Value::Float(number) => ConfigValue::Float(*number),
        Value::Bool(truth) => ConfigValue::Bool(*truth),
        Value::Null => ConfigValue::Null,
    }
}
