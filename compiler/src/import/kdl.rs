//! KDL to be written: nodes as a person would write them. The layout comes from `syntax::format`.

use super::yaml::{Comments, Value as Data, Yaml};

/// A line longer than this is broken into a block.
const WIDTH: usize = 110;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    pub name: String,
    /// `(list)` before the name.
    pub list: bool,
    pub arguments: Vec<Value>,
    pub properties: Vec<(String, Value)>,
    /// `None` without braces.
    pub children: Option<Vec<Node>>,
    pub comments: Comments,
    /// An empty line before it.
    pub apart: bool,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    /// A number, `#true`, `#false`, `#null`.
    Word(String),
    /// `(site)"NAME"`.
    Site(String),
}

impl Value {
    pub fn written(&self) -> String {
        match self {
            Value::Text(text) => quoted(text),
            Value::Word(word) => word.clone(),
            Value::Site(name) => format!("(site){}", quoted(name)),
        }
    }

    pub fn truth(truth: bool) -> Self {
        Value::Word(format!("#{truth}"))
    }

    pub fn number(number: impl std::fmt::Display) -> Self {
        Value::Word(number.to_string())
    }
}

impl Node {
    pub fn new(name: impl Into<String>) -> Self {
        Node { name: name.into(), ..Node::default() }
    }

    #[must_use]
    pub fn argument(mut self, value: Value) -> Self {
        self.arguments.push(value);
        self
    }

    #[must_use]
    pub fn property(mut self, name: &str, value: Value) -> Self {
        self.properties.push((name.to_owned(), value));
        self
    }

    #[must_use]
    pub fn child(mut self, node: Node) -> Self {
        self.children.get_or_insert_default().push(node);
        self
    }

    /// Whether it says nothing besides its name.
    pub fn is_bare(&self) -> bool {
        self.arguments.is_empty() && self.properties.is_empty() && self.children.is_none()
    }
}

/// A whole file: comments on top, then nodes.
pub fn file(top: &[String], nodes: &[Node]) -> String {
    let mut out = String::new();
    comment_lines(top, 0, &mut out);
    for node in nodes {
        write(node, 0, &mut out);
    }
    out
}

fn write(node: &Node, depth: usize, out: &mut String) {
    if node.apart {
        out.push('\n');
    }
    comment_lines(&node.comments.above, depth, out);
    let indent = "    ".repeat(depth);
    let behind = node.comments.behind.as_ref().map(|text| format!(" // {}", one_line(text)));
    match inline(node) {
        Some(line) if indent.len() + line.len() <= WIDTH || node.children.is_none() => {
            out.push_str(&format!("{indent}{line}{}\n", behind.unwrap_or_default()));
        }
        _ => {
            out.push_str(&format!("{indent}{} {{{}\n", head(node), behind.unwrap_or_default()));
            for child in node.children.iter().flatten() {
                write(child, depth + 1, out);
            }
            out.push_str(&format!("{indent}}}\n"));
        }
    }
}

/// The node on one line; `None` where it has comments inside, or more than a few words.
fn inline(node: &Node) -> Option<String> {
    let Some(children) = &node.children else { return Some(head(node)) };
    if children.is_empty() {
        return Some(format!("{} {{ }}", head(node)));
    }
    // A block of blocks is easier to read over several lines.
    let plain =
        |child: &Node| child.comments == Comments::default() && child.children.is_none() && !child.apart;
    if children.len() > 6 || !children.iter().all(plain) {
        return None;
    }
    let children: Vec<String> = children.iter().map(head).collect();
    Some(format!("{} {{ {} }}", head(node), children.join("; ")))
}

fn head(node: &Node) -> String {
    let mut head = String::new();
    if node.list {
        head.push_str("(list)");
    }
    head.push_str(&name(&node.name));
    let mut width = head.len();
    for argument in &node.arguments {
        let word = argument.written();
        // A list of a hundred numbers goes on in the next line.
        if width + word.len() > 90 {
            head.push_str(" \\\n   ");
            width = 4;
        }
        head.push(' ');
        head.push_str(&word);
        width += word.len() + 1;
    }
    for (key, value) in &node.properties {
        head.push_str(&format!(" {}={}", name(key), value.written()));
    }
    head
}

fn comment_lines(lines: &[String], depth: usize, out: &mut String) {
    for line in lines {
        let indent = "    ".repeat(depth);
        match one_line(line) {
            line if line.is_empty() => out.push_str(&format!("{indent}//\n")),
            line => out.push_str(&format!("{indent}// {line}\n")),
        }
    }
}

/// Without what would end a comment or is not allowed in KDL.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_odd(c) { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// Line breaks, and what KDL allows nowhere as it is.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name, in quotes where it has to be.
pub fn name(text: &str) -> String {
    // A value of a list.
    if text == "-" {
        return text.to_owned();
    }
    let mut characters = text.chars();
    let plain = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
        && !["true", "false", "null", "inf", "nan"].contains(&text)
        && !text.ends_with(':');
    if plain { text.to_owned() } else { quoted(text) }
}

pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_odd(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A setting of the engine's file; `None` for a number that KDL has no form for.
pub fn setting(key: &str, yaml: &Yaml, comments: &Comments) -> Option<Node> {
    let mut node = Node { comments: comments.clone(), ..Node::new(key) };
    match &yaml.value {
        // In KDL it would be a list.
        Data::Map(map) if map.contains_key("-") => return None,
        Data::Map(map) => {
            let children = map.iter().map(|(key, entry)| setting(key, &entry.value, &entry.comments));
            node.children = Some(children.collect::<Option<_>>()?);
        }
        Data::List(items) => {
            let scalars: Option<Vec<Value>> = items.iter().map(|item| scalar(&item.value)).collect();
            let commented = items.iter().any(|item| item.comments != Comments::default());
            match scalars {
                Some(values) if !commented => {
                    node.list = values.len() < 2;
                    node.arguments = values;
                }
                _ => {
                    let children = items.iter().map(|item| setting("-", &item.value, &item.comments));
                    node.children = Some(children.collect::<Option<_>>()?);
                }
            }
        }
        _ => node.arguments.push(scalar(yaml)?),
    }
    Some(node)
}

/// A value that is no list and no map.
pub fn scalar(yaml: &Yaml) -> Option<Value> {
    Some(match &yaml.value {
        Data::Null => Value::Word("#null".to_owned()),
        Data::Bool(truth) => Value::truth(*truth),
        Data::Integer(number) => Value::number(number),
        Data::Float(number) if number.is_finite() => Value::Word(format!("{number:?}")),
        Data::String(text) => Value::Text(text.clone()),
        Data::Float(_) | Data::List(_) | Data::Map(_) => return None,
    })
}
