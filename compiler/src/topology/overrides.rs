//! `--set ctx.replicas=3`: edits the tree before it is read, so that an override is checked like the
//! file, and an error about it points at the argument itself.

use super::fields::suggestion;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Kind, SourceFile, SourceMap, Span, Spanned};
use crate::syntax::{self, Argument, MAX_DEPTH, MAX_WORDS, Node, Property, Value};

/// Blocks whose children are all `name value`, with names that the language doesn't know.
const OPEN_BLOCKS: [&str; 2] = ["config", "env"];

/// Each one searches the tree.
const MAX_SETS: usize = 1000;

/// Applies each `PATH=VALUE` to every topology that was read. Returns the places of the new values, each with
/// that of a value which it took the place of.
pub fn apply(
    sets: &[String],
    topologies: &mut [Node],
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Vec<(Span, Span)> {
    let mut replaced = Vec::new();
    for (index, set) in sets.iter().enumerate() {
        let file = sources.add_file(SourceFile {
            kind: Kind::Argument,
            name: "--set".to_owned(),
            stable_name: format!("--set {set}"),
            text: set.clone(),
        });
        if index == MAX_SETS {
            diagnostics.push(
                Diagnostic::error("set/too-many", "too many `--set` are given")
                    .label(Span::new(file, 0, set.len()), "one too many")
                    .help(format!("the limit is {MAX_SETS}; write the values into the file")),
            );
            break;
        }
        match parse(set, file) {
            Ok((path, value)) => {
                for topology in topologies.iter_mut() {
                    match put(topology, &path, &value, false) {
                        Ok(old) => replaced.extend(value.first().map(|v| v.span).zip(old)),
                        Err(error) => diagnostics.push(error),
                    }
                }
            }
            Err(error) => diagnostics.push(error),
        }
    }
    replaced
}

/// One step of a path: `ctx`, or `ctx[long]` for the pool of that name.
#[derive(Debug, Clone)]
struct Segment {
    name: Spanned<String>,
    which: Option<String>,
}

type Parsed = (Vec<Segment>, Vec<Spanned<Value>>);

fn parse(set: &str, file: FileId) -> Result<Parsed, Diagnostic> {
    let whole = Span::new(file, 0, set.len());
    let form = |what: &str| {
        Diagnostic::error("set/form", what.to_owned())
            .label(whole, "this argument")
            .help("write `--set PATH=VALUE`: `--set ctx.replicas=3`, `--set 'ctx[long].tp=8'`, `--set gen.config.max_batch_size=64`")
    };
    let (path, value) = set.split_once('=').ok_or_else(|| form("an override needs a `=`"))?;
    // As deep as a file may be: later phases walk the tree by recursion.
    if path.split('.').count() >= MAX_DEPTH {
        return Err(form(&format!("the path is too deep: the limit is {MAX_DEPTH} parts")));
    }
    let mut segments = Vec::new();
    let mut start = 0;
    for part in path.split('.') {
        let span = Span::new(file, start, start + part.len());
        start += part.len() + 1;
        let (name, which) = match part.strip_suffix(']').and_then(|p| p.split_once('[')) {
            Some((name, which)) => (name, Some(which.to_owned())),
            None => (part, None),
        };
        if name.is_empty() {
            return Err(form("a part of the path is empty"));
        }
        segments.push(Segment { name: Spanned::new(name.to_owned(), span), which });
    }
    let span = Span::new(file, path.len() + 1, set.len());
    Ok((segments, values(value, span)?))
}

/// The value as KDL (`3`, `"x"`, `#true`, `256 1024`), else the text as it stands: a shell user
/// doesn't want to quote twice.
fn values(text: &str, span: Span) -> Result<Vec<Spanned<Value>>, Diagnostic> {
    let word = match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ => None,
    };
    if let Some(value) = word {
        return Ok(vec![Spanned::new(value, span)]);
    }
    let parsed = syntax::parse(&format!("v {text}"), span.file);
    if parsed.diagnostics.iter().any(|d| d.code == "syntax/too-many") {
        return Err(Diagnostic::error("set/too-many", "an override has too many values")
            .label(span, "these")
            .help(format!("the limit is {MAX_WORDS}; write the values into the file")));
    }
    if let (true, [node]) = (parsed.complete, parsed.nodes.as_slice())
        && !node.arguments.is_empty()
        && node.properties.is_empty()
        && node.children.is_none()
    {
        return Ok(node.arguments.iter().map(|a| Spanned::new(a.value.value.clone(), span)).collect());
    }
    Ok(vec![Spanned::new(Value::String(text.to_owned()), span)])
}

/// Returns the place of what was there before.
fn put(
    node: &mut Node,
    path: &[Segment],
    values: &[Spanned<Value>],
    open: bool,
) -> Result<Option<Span>, Diagnostic> {
    let [segment, rest @ ..] = path else { unreachable!("a path has at least one part") };
    let name = segment.name.value.as_str();
    if rest.is_empty() {
        return Ok(set_value(node, segment, values, open));
    }
    let open_child = open || OPEN_BLOCKS.contains(&name);
    let children = node.children.get_or_insert_default();
    let matching: Vec<usize> = (0..children.len())
        .filter(|&i| children[i].name.value == name)
        .filter(|&i| match (&segment.which, children[i].arguments.first().map(|a| &a.value.value)) {
            (None, _) => true,
            (Some(which), Some(Value::String(text))) => text == which,
            (Some(_), _) => false,
        })
        .collect();
    match matching.as_slice() {
        [index] => put(&mut children[*index], rest, values, open_child),
        [] if open_child => {
            children.push(bare(segment));
            put(children.last_mut().expect("just pushed"), rest, values, true)
        }
        [] => {
            let known: Vec<&str> = children.iter().map(|c| c.name.value.as_str()).collect();
            Err(Diagnostic::error("set/no-such-node", format!("there is no `{name}` to change"))
                .label(segment.name.span, "not in the topology")
                .help(suggestion(name, &known, "node", "nodes")))
        }
        several => Err(Diagnostic::error("set/ambiguous", format!("there are {} `{name}`", several.len()))
            .label(segment.name.span, "which one?")
            .label(children[several[0]].head(), "this one")
            .label(children[several[1]].head(), "or this one")
            .help(format!("name the pool: `{name}[NAME].…`"))),
    }
}

/// Replaces the value where it is written, else adds it in the form that the place takes.
fn set_value(node: &mut Node, segment: &Segment, values: &[Spanned<Value>], open: bool) -> Option<Span> {
    let name = &segment.name;
    let arguments = || values.iter().map(|v| Argument { value: v.clone(), ty: None }).collect::<Vec<_>>();
    if let Some(child) = node.children.iter_mut().flatten().find(|c| c.name.value == name.value) {
        let old = child.head();
        if open {
            *child = Node { arguments: arguments(), ..bare(segment) };
        } else {
            child.arguments = arguments();
        }
        return Some(old);
    }
    let old = node.properties.iter().find(|p| p.name.value == name.value).map(|p| p.span);
    node.properties.retain(|p| p.name.value != name.value);
    if let ([value], false) = (values, open) {
        node.properties.push(Property {
            name: name.clone(),
            value: value.clone(),
            ty: None,
            span: name.span,
        });
    } else {
        let child = Node { arguments: arguments(), ..bare(segment) };
        node.children.get_or_insert_default().push(child);
    }
    old
}

fn bare(segment: &Segment) -> Node {
    Node {
        name: segment.name.clone(),
        ty: None,
        arguments: Vec::new(),
        properties: Vec::new(),
        children: None,
        span: segment.name.span,
    }
}
