//! From kdl's document to our tree: what kdl keeps of the layout becomes spans.

use super::tree::{Argument, Node, Property, Value};
use crate::source::{FileId, Span, Spanned};

/// `text` is what kdl read: comments in it are blanks, so a node's last blanks can be cut off.
pub(super) fn document(document: &kdl::KdlDocument, text: &str, file: FileId) -> Vec<Node> {
    document.nodes().iter().map(|n| node(n, text, file)).collect()
}

fn node(node: &kdl::KdlNode, text: &str, file: FileId) -> Node {
    let start = node.span().offset();
    let end = start + node.span().len();
    let written = text.get(start..end).unwrap_or("").trim_end();
    let mut arguments = Vec::new();
    let mut properties = Vec::new();
    for entry in node.entries() {
        let start = entry.span().offset();
        let end = start + entry.span().len();
        // There is no span for a value alone, but an entry ends with it.
        let length = entry.format().map_or(end - start, |format| format.value_repr.len());
        let value = Spanned::new(value(entry.value()), Span::new(file, end - length, end));
        let ty = entry.ty().map(|ty| identifier(ty, file));
        match entry.name() {
            None => arguments.push(Argument { value, ty }),
            Some(name) => properties.push(Property {
                name: identifier(name, file),
                value,
                ty,
                span: Span::new(file, start, end),
            }),
        }
    }
    Node {
        name: identifier(node.name(), file),
        ty: node.ty().map(|ty| identifier(ty, file)),
        arguments,
        properties,
        children: node.children().map(|children| document(children, text, file)),
        span: Span::new(file, start, start + written.len()),
    }
}

fn identifier(identifier: &kdl::KdlIdentifier, file: FileId) -> Spanned<String> {
    let span = identifier.span();
    let span = Span::new(file, span.offset(), span.offset() + span.len());
    Spanned::new(identifier.value().to_string(), span)
}

fn value(value: &kdl::KdlValue) -> Value {
    match value {
        kdl::KdlValue::String(text) => Value::String(text.clone()),
        kdl::KdlValue::Integer(number) => Value::Integer(*number),
        // `word` lets none through that isn't finite.
        kdl::KdlValue::Float(number) => Value::Float(*number),
        kdl::KdlValue::Bool(truth) => Value::Bool(*truth),
        kdl::KdlValue::Null => Value::Null,
    }
}
