//! A place in a file as a person finds it: file, line, and the blocks around it.

use disaggc::source::{SourceMap, Span, line_column};
use disaggc::syntax::{self, Node, Value};

/// Bytes that are shown of a longer line.
const WIDTH: usize = 100;

pub struct Described {
    /// `topo.kdl:12:9`.
    pub location: String,
    /// Line and column.
    pub start: (usize, usize),
    /// The nodes around it, the outermost first: `topology "x"`, `gen`, `env`.
    pub nodes: Vec<String>,
    /// The line that it is on.
    pub line: String,
}

impl Described {
    pub fn of(span: Span, sources: &SourceMap) -> Self {
        let text = &sources.get(span.file).text;
        let at = text.floor_char_boundary(span.start as usize);
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next().unwrap_or_default().trim();
        let mut nodes = Vec::new();
        around(&syntax::parse(text, span.file).nodes, span, &mut nodes);
        Described {
            location: sources.location(span),
            start: line_column(text, at),
            nodes,
            line: window(line, text[start..at].trim_start().len()),
        }
    }

    /// `in topology "x" › gen › env`.
    pub fn inside(&self) -> String {
        if self.nodes.is_empty() {
            "on the command line".to_owned()
        } else {
            format!("in {}", self.nodes.join(" › "))
        }
    }
}

/// The part of a line around the byte `at`.
fn window(line: &str, at: usize) -> String {
    if line.len() <= WIDTH {
        return line.to_owned();
    }
    let start = line.floor_char_boundary(at.saturating_sub(WIDTH / 3).min(line.len() - WIDTH));
    let end = line.floor_char_boundary(start + WIDTH);
    let cut = |cut: bool| if cut { "…" } else { "" };
    format!("{}{}{}", cut(start > 0), &line[start..end], cut(end < line.len()))
}

/// Collects the nodes around `span`, but not the one that it is itself.
fn around(nodes: &[Node], span: Span, found: &mut Vec<String>) {
    let node = nodes.iter().find(|node| node.span.start < span.start && span.end <= node.span.end);
    if let Some(node) = node {
        let mut words = vec![node.name.value.clone()];
        for argument in &node.arguments {
            if let Value::String(text) = &argument.value.value {
                words.push(format!("\"{text}\""));
            }
        }
        found.push(words.join(" "));
        around(node.children(), span, found);
    }
}
