//! `stdlib/import/NAME.kdl`: what the keys of a format mean. A format is data; this reads it.

use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::source::{SourceMap, Span};
use crate::stdlib::Stdlib;
use crate::syntax::{Node, Value as Scalar};

use super::yaml::{Value, Yaml};

/// One format.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    /// Keys at the top of a file that give it away: all of one list.
    recognise: Vec<Vec<String>>,
    /// It is a site's file, and holds no topology.
    pub site: bool,
    pub variants: Option<Variants>,
    /// The section that says that the file is one of the perf tests.
    pub tests: Option<String>,
    /// Hardware that the stdlib has no cluster for, and what it is like.
    pub like: Vec<(String, String)>,
    /// How its tool counts nodes.
    pub counts: Option<String>,
    /// Where the file itself says how many there are.
    pub declared: Vec<String>,
    /// The keys that say which engine is meant.
    pub engine_keys: Vec<String>,
    /// Which one it is where they don't.
    pub usual_engine: Option<String>,
    lines: Vec<Line>,
}

/// Several topologies in one file.
#[derive(Debug, Clone)]
pub struct Variants {
    pub base: String,
    pub replaces: String,
    pub zip: String,
    pub sweep: String,
}

#[derive(Debug, Clone)]
enum Line {
    Key(Key),
    When { paths: Vec<String>, values: Vec<Scalar>, absent: bool, lines: Vec<Line> },
    Engine(EngineChoice),
    Write(String, String),
}

/// What the keys at some paths mean.
#[derive(Debug, Clone)]
pub struct Key {
    pub paths: Vec<String>,
    /// Where it goes in a topology.
    pub to: Option<String>,
    /// How it is read.
    pub form: String,
    /// The pool for each of whose servers its numbers count, where the source's tool multiplies them.
    pub each: Option<String>,
    /// The variable that it sets.
    pub variable: Option<String>,
    /// Values that ask for nothing: that is how it is anyway.
    pub is: Vec<Scalar>,
    /// The value that nobody has to write.
    pub default: Option<Scalar>,
    /// What its tool takes where the key is not there.
    pub absent: Option<Scalar>,
    /// Words of the format and what they are here; nothing is written for `#null`.
    pub values: Vec<(Scalar, Scalar)>,
    /// What it would have meant, where there is no place for it.
    pub says: Option<String>,
    /// It tells people something, and goes into a comment.
    pub note: bool,
    /// Nothing is to be done for it alone.
    pub used: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EngineChoice {
    pub name: String,
    pub backend: Option<String>,
}

/// What of a table holds for one file.
#[derive(Debug, Default)]
pub struct Active<'t> {
    pub keys: Vec<&'t Key>,
    pub engine: Option<&'t EngineChoice>,
    /// Nodes to write besides, as block and name.
    pub writes: Vec<(&'t str, &'t str)>,
}

impl Table {
    /// All formats of a stdlib, by name.
    pub fn all(stdlib: &Stdlib, sources: &mut SourceMap, diagnostics: &mut Diagnostics) -> Vec<Table> {
        let mut tables = Vec::new();
        for module in stdlib.imports() {
            sources.share(module.id, Arc::clone(&module.source));
            diagnostics.extend(module.diagnostics.iter().cloned());
            let nodes = module.nodes.iter().map(|described| &described.node);
            tables.extend(nodes.filter(|node| node.name.value == "import").filter_map(table));
        }
        tables
    }

    pub fn recognises(&self, root: &Yaml) -> bool {
        let has = |keys: &Vec<String>| keys.iter().all(|key| root.at(key).is_some());
        self.recognise.iter().any(has)
    }

    /// The lines that hold for a file.
    pub fn active(&self, root: &Yaml) -> Active<'_> {
        let mut active = Active::default();
        collect(&self.lines, root, &mut active);
        active
    }

    /// All keys at the top of its files.
    pub fn sections(&self) -> Vec<&str> {
        let mut sections = Vec::new();
        fn walk<'t>(lines: &'t [Line], sections: &mut Vec<&'t str>) {
            for line in lines {
                match line {
                    Line::Key(key) => {
                        sections.extend(key.paths.iter().filter_map(|path| path.split('.').next()))
                    }
                    Line::When { lines, .. } => walk(lines, sections),
                    _ => {}
                }
            }
        }
        walk(&self.lines, &mut sections);
        sections.sort_unstable();
        sections.dedup();
        sections
    }
}

fn collect<'t>(lines: &'t [Line], root: &Yaml, active: &mut Active<'t>) {
    for line in lines {
        match line {
            Line::Key(key) => active.keys.push(key),
            Line::Engine(engine) => active.engine = active.engine.or(Some(engine)),
            Line::Write(block, name) => active.writes.push((block, name)),
            Line::When { paths, values, absent, lines } => {
                // A map that has its say further inside counts as not being there.
                let found =
                    paths.iter().filter_map(|path| root.at(path)).find(|entry| entry.value.map().is_none());
                let holds = match found {
                    Some(entry) => values.iter().any(|value| equal(value, &entry.value)),
                    None => *absent,
                };
                if holds {
                    collect(lines, root, active);
                }
            }
        }
    }
}

/// Whether a value of the table and one of a file are the same.
pub fn equal(scalar: &Scalar, yaml: &Yaml) -> bool {
    match (scalar, &yaml.value) {
        (Scalar::Null, Value::Null) => true,
        (Scalar::Bool(a), Value::Bool(b)) => a == b,
        (Scalar::Integer(a), Value::Integer(b)) => a == b,
        (Scalar::Float(a), Value::Float(b)) => a == b,
        (Scalar::Integer(a), Value::Float(b)) => *a as f64 == *b,
        (Scalar::String(a), Value::String(b)) => a == b,
        // An empty text and nothing at all are the same to the tools.
        (Scalar::String(a), Value::Null) => a.is_empty(),
        // A number in quotes is what it says.
        (Scalar::Integer(a), Value::String(b)) => a.to_string() == *b,
        _ => false,
    }
}

fn table(node: &Node) -> Option<Table> {
    let flag = |name: &str| node.children().iter().find(|child| child.name.value == name);
    let text = |name: &str| flag(name).and_then(|child| strings(child).into_iter().next());
    let all = |name: &str| flag(name).map(strings).unwrap_or_default();
    let recognise = node.children().iter().filter(|child| child.name.value == "recognise").map(strings);
    Some(Table {
        name: strings(node).into_iter().next()?,
        recognise: recognise.collect(),
        site: flag("site").is_some(),
        variants: flag("variants").and_then(|child| {
            let property = |name: &str| property(child, name).and_then(as_text);
            Some(Variants {
                base: property("base")?,
                replaces: property("override")?,
                zip: property("zip")?,
                sweep: property("sweep")?,
            })
        }),
        tests: text("tests"),
        like: {
            let like = node.children().iter().filter(|child| child.name.value == "like").map(strings);
            like.filter_map(|words| Some((words.first()?.clone(), words.get(1)?.clone()))).collect()
        },
        counts: text("counts"),
        declared: all("declared"),
        engine_keys: all("needs-engine"),
        usual_engine: flag("needs-engine").and_then(|child| property(child, "default")).and_then(as_text),
        lines: lines(node),
    })
}

fn lines(node: &Node) -> Vec<Line> {
    let line = |child: &Node| match child.name.value.as_str() {
        "key" => Some(Line::Key(key(child))),
        "engine" => Some(Line::Engine(EngineChoice {
            name: strings(child).into_iter().next()?,
            backend: property(child, "backend").and_then(as_text),
        })),
        "write" => {
            let mut words = strings(child).into_iter();
            Some(Line::Write(words.next()?, words.next()?))
        }
        "when" => Some(Line::When {
            paths: strings(child),
            values: properties(child, "is"),
            absent: property(child, "or-absent").is_some(),
            lines: lines(child),
        }),
        _ => None,
    };
    node.children().iter().filter_map(line).collect()
}

fn key(node: &Node) -> Key {
    let text = |name: &str| property(node, name).and_then(as_text);
    let value = |child: &Node| match child.arguments.as_slice() {
        [from, to] => Some((from.value.value.clone(), to.value.value.clone())),
        _ => None,
    };
    Key {
        paths: strings(node),
        to: text("to"),
        form: text("as").unwrap_or_default(),
        each: text("each"),
        variable: text("variable"),
        is: properties(node, "is"),
        default: property(node, "default"),
        absent: property(node, "absent"),
        values: node
            .children()
            .iter()
            .filter(|child| child.name.value == "value")
            .filter_map(value)
            .collect(),
        says: text("says"),
        note: property(node, "note").is_some(),
        used: property(node, "used").is_some(),
    }
}

fn strings(node: &Node) -> Vec<String> {
    node.arguments.iter().filter_map(|argument| as_text(argument.value.value.clone())).collect()
}

fn properties(node: &Node, name: &str) -> Vec<Scalar> {
    let named = node.properties.iter().filter(|property| property.name.value == name);
    named.map(|property| property.value.value.clone()).collect()
}

fn property(node: &Node, name: &str) -> Option<Scalar> {
    properties(node, name).into_iter().next()
}

fn as_text(value: Scalar) -> Option<String> {
    match value {
        Scalar::String(text) => Some(text),
        _ => None,
    }
}

/// A value of the table where a file has none.
pub fn as_yaml(scalar: &Scalar, span: Span) -> Yaml {
    let value = match scalar {
        Scalar::String(text) => Value::String(text.clone()),
        Scalar::Integer(number) => Value::Integer(*number),
        Scalar::Float(number) => Value::Float(*number),
        Scalar::Bool(truth) => Value::Bool(*truth),
        Scalar::Null => Value::Null,
    };
    Yaml { value, span, written: String::new(), plain: true }
}
