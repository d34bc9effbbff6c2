//! The one layout of KDL: nodes on lines of their own, blocks indented by four blanks, one blank between values.
//!
//! Only blanks, line breaks and `;` change. Every name and value stays as it is written (`0x10`, `1.50`, `#"raw"#`),
//! every comment and `/-` part stays, and so does a block that is written on one line, as long as it fits there.
//! kdl's own formatter loses comments and `/-` values and rewrites numbers, so this one walks the tokens instead.

mod layout;
mod read;

use super::{Node, parse};
use crate::diagnostic::Diagnostic;
use crate::source::FileId;

/// The text in that layout.
///
/// # Errors
/// What is wrong with the text: one that can't be read has no layout.
pub fn format(text: &str, file: FileId) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse(text, file);
    if !parsed.complete {
        return Err(parsed.diagnostics);
    }
    let mut formatted = layout::lines(&read::document(text));
    // A file keeps its kind of line breaks.
    if text.split('\n').next().is_some_and(|line| line.ends_with('\r')) {
        formatted = formatted.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    debug_assert!(same(&parsed.nodes, &parse(&formatted, file).nodes), "{text:?} became {formatted:?}");
    Ok(formatted)
}

/// Whether two trees say the same, wherever it is written.
pub fn same(a: &[Node], b: &[Node]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            let ty = |node: &Node| node.ty.as_ref().map(|ty| ty.value.clone());
            a.name.value == b.name.value
                && ty(a) == ty(b)
                && a.arguments.len() == b.arguments.len()
                && a.arguments.iter().zip(&b.arguments).all(|(a, b)| {
                    a.value.value == b.value.value
                        && a.ty.as_ref().map(|t| &t.value) == b.ty.as_ref().map(|t| &t.value)
                })
                && a.properties.len() == b.properties.len()
                && a.properties.iter().zip(&b.properties).all(|(a, b)| {
                    a.name.value == b.name.value
                        && a.value.value == b.value.value
                        && a.ty.as_ref().map(|t| &t.value) == b.ty.as_ref().map(|t| &t.value)
                })
                && a.children.is_some() == b.children.is_some()
                && same(a.children(), b.children())
        })
}
