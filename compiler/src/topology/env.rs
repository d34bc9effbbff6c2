//! `env { NAME value }`: variables in the order in which they are written.

use super::ast::{EnvBlock, EnvEntry, ROLES};
use super::fields::{duplicate, meant, repeated, suggestion};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::{Node, Value};

/// Reads one block; its arguments limit it to roles where `roles` allows that.
pub fn block(node: &Node, diagnostics: &mut Diagnostics) -> EnvBlock {
    let mut block = EnvBlock { roles: Vec::new(), entries: Vec::new() };
    for argument in &node.arguments {
        match &argument.value.value {
            Value::String(role) if ROLES.contains(&role.as_str()) => {
                block.roles.push(argument.value.clone().map(|_| role.clone()));
            }
            other => {
                let name = if let Value::String(text) = other { text.as_str() } else { "" };
                let error =
                    Diagnostic::error("language/unknown-role", "`env` is limited to roles by their names")
                        .label(argument.value.span, "not a role")
                        .help(suggestion(name, &ROLES, "role", "roles"));
                diagnostics.push(meant(error, argument.value.span, name, &ROLES, "\""));
            }
        }
    }
    let assignments = node
        .properties
        .iter()
        .map(|p| (&p.name, Some(&p.value), p.span))
        .chain(node.children().iter().map(|child| (&child.name, None, child.head())));
    let mut children = node.children().iter();
    for (name, property, span) in assignments {
        let value = match property {
            Some(value) => text(&value.value, value.span, diagnostics),
            None => child(children.next().expect("one child for each"), diagnostics),
        };
        if let Some(first) = block.entries.iter().find(|e| e.name.value == name.value) {
            if value.as_ref() == Ok(&first.value) {
                repeated(&name.value, first.name.span, name.span, span, diagnostics);
            } else {
                duplicate(&name.value, first.name.span, name.span, diagnostics);
            }
            continue;
        }
        if let Ok(value) = value {
            block.entries.push(EnvEntry { name: name.clone(), value, span });
        }
    }
    block
}

/// `NAME value` or `NAME unset=#true`.
fn child(node: &Node, diagnostics: &mut Diagnostics) -> Result<Option<String>, ()> {
    let unset = node.properties.iter().find(|p| p.name.value == "unset");
    for property in node.properties.iter().filter(|p| p.name.value != "unset") {
        diagnostics.push(
            Diagnostic::error("language/unknown-property", "a variable has no such property")
                .label(property.name.span, "unknown")
                .help("write `NAME \"value\"`, or `NAME unset=#true`"),
        );
    }
    match (node.arguments.as_slice(), unset) {
        ([argument], None) => text(&argument.value.value, argument.value.span, diagnostics),
        ([], Some(unset)) if unset.value.value == Value::Bool(true) => Ok(None),
        _ => {
            diagnostics.push(
                Diagnostic::error("language/one-value", format!("`{}` needs one value", node.name.value))
                    .label(node.head(), "not one value")
                    .help("write `NAME \"value\"`, or `NAME unset=#true` to take it out of the environment"),
            );
            Err(())
        }
    }
}

/// The text of a variable: strings as they are, numbers as a shell user would write them, `#true`
/// as 1 and `#false` as 0, which is what programs that read such variables test for.
fn text(value: &Value, span: Span, diagnostics: &mut Diagnostics) -> Result<Option<String>, ()> {
    match value {
        Value::String(text) => Ok(Some(text.clone())),
        Value::Integer(number) => Ok(Some(number.to_string())),
        Value::Float(number) => Ok(Some(number.to_string())),
        Value::Bool(truth) => Ok(Some(if *truth { "1" } else { "0" }.to_owned())),
        Value::Null => {
            diagnostics.push(
                Diagnostic::error("language/type", "a variable can't be #null")
                    .label(span, "this is #null")
                    .help("write `\"\"` for an empty value, or `NAME unset=#true`"),
            );
            Err(())
        }
    }
}
