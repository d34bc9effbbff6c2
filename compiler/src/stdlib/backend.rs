//! `backend "NAME" { … }`: what differs between the programs that an engine can put behind its interface. The
//! nodes of the chosen one stand in the engine's description as if they were written there.

use crate::source::Spanned;
use crate::syntax::{Node, Value};

/// Puts the nodes of the backend that was asked for, or of the first, in the place of all backends.
/// Returns their names and the one that was taken; an unknown name takes the first.
pub fn select(
    nodes: Vec<Node>,
    asked: Option<&str>,
) -> (Vec<Node>, Vec<Spanned<String>>, Option<Spanned<String>>) {
    let names: Vec<Spanned<String>> = nodes.iter().filter_map(name).collect();
    let taken = names.iter().find(|name| Some(name.value.as_str()) == asked).or(names.first()).cloned();
    let (mut common, mut own) = (Vec::new(), Vec::new());
    for mut node in nodes {
        match name(&node) {
            Some(name) if Some(&name) == taken.as_ref() => {
                own.extend(node.children.take().unwrap_or_default())
            }
            Some(_) => {}
            None => common.push(node),
        }
    }
    common.extend(own);
    (common, names, taken)
}

fn name(node: &Node) -> Option<Spanned<String>> {
    match node.arguments.as_slice() {
        [argument] if node.name.value == "backend" => match &argument.value.value {
            Value::String(text) => Some(Spanned::new(text.clone(), argument.value.span)),
            _ => None,
        },
        _ => None,
    }
}
