//! From the parser's events to the tree.

use std::collections::HashMap;

use granit_parser::{Event, Parser, Placement, ScalarStyle, Span as At};

use super::scalar::{Plain, plain};
use super::{Comments, Document, Entry, Item, Map, Value, Yaml};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// Maps and lists in each other; no configuration comes near it.
const MAX_DEPTH: usize = 64;

/// Values in all, those that aliases repeat counted each time: a few lines can stand for billions.
const MAX_VALUES: usize = 50_000;

/// The one document of a file; `None` if it can't be read, which is then said.
pub fn read(text: &str, file: FileId, diagnostics: &mut Diagnostics) -> Option<Document> {
    let mut reader = Reader {
        text,
        file,
        diagnostics,
        open: Vec::new(),
        anchors: HashMap::new(),
        values: 0,
        above: Vec::new(),
        line: None,
        root: None,
        documents: 0,
        failed: false,
    };
    let options = granit_parser::options! {
        // As libyaml reads it.
        block_scalar_eof_without_line_feed: true,
        max_buffered_comment_events: 100_000,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, at)) => reader.event(event, &at),
            Err(error) => {
                reader.unreadable(&error);
                return None;
            }
        }
        if reader.failed {
            return None;
        }
    }
    let last = std::mem::take(&mut reader.above);
    match reader.root.take() {
        Some(root) => Some(Document { root, last }),
        None => {
            reader.error(
                Span::file_start(file),
                "import/empty",
                "there is nothing in this file",
                "no YAML here",
                "is it the right file?",
            );
            None
        }
    }
}

/// A map or list that isn't at its end.
struct Open {
    value: Container,
    span: Span,
    anchor: usize,
    comments: Comments,
}

enum Container {
    List(Vec<Item>),
    Map {
        map: Map,
        /// What `<<` brings; what is written wins over it.
        merged: Vec<Yaml>,
        key: Option<(String, Span, Comments)>,
    },
}

struct Reader<'a, 'd> {
    text: &'a str,
    file: FileId,
    diagnostics: &'d mut Diagnostics,
    open: Vec<Open>,
    anchors: HashMap<usize, Option<Yaml>>,
    values: usize,
    /// Comments that wait for what they stand above.
    above: Vec<String>,
    /// The line of what a comment behind would belong to.
    line: Option<usize>,
    root: Option<Yaml>,
    documents: usize,
    failed: bool,
}

impl Reader<'_, '_> {
    fn span(&self, at: &At) -> Span {
        let byte = |marker: &granit_parser::Marker| marker.byte_offset().unwrap_or(0).min(self.text.len());
        Span::new(self.file, byte(&at.start), byte(&at.end))
    }

    fn error(
        &mut self,
        span: Span,
        code: &'static str,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::error(code, message).label(span, label).help(help));
        self.failed = true;
    }

    fn unreadable(&mut self, error: &granit_parser::ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let start = self.text.floor_char_boundary(at);
        let end = self.text.ceil_char_boundary((start + 1).min(self.text.len()));
        let line = self.text[..start].rsplit('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        let (start, end, tab) = match line[..indent].find('\t') {
            Some(tab) => (start - line.len() + tab, start - line.len() + tab + 1, true),
            None => (start, end, self.text[start..].starts_with('\t')),
        };
        let help = if tab {
            "a tab is no indentation in YAML: write blanks".to_owned()
        } else {
            "Python can't read it either: correct it there, then import it again".to_owned()
        };
        self.error(
            Span::new(self.file, start, end),
            "import/yaml",
            format!("this is no YAML: {}", error.info()),
            "up to here it is",
            help,
        );
    }

    fn event(&mut self, event: Event, at: &At) {
        match event {
            Event::Comment(text, placement) => self.comment(text.trim(), placement, at),
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let help = "Python reads one document of a file: split it at its `---`";
                    let span = self.span(at);
                    self.error(span, "import/yaml", "the file has several documents", "the second one", help);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.span(at);
                let tag = tag.map(|tag| self.tag(&tag, at)).unwrap_or(Tag::None);
                let value = self.scalar(&text, style, tag, span);
                let yaml =
                    Yaml { value, span, written: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.line = Some(at.end.line());
                self.finished(yaml, anchor, style == ScalarStyle::Plain);
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(Some(yaml)) => {
                    let yaml = yaml.clone();
                    self.count(&yaml, self.span(at));
                    self.line = Some(at.end.line());
                    if !self.failed {
                        self.finished(yaml, 0, false);
                    }
                }
                _ => {
                    let help = "Python would build a value that contains itself: write the value out";
                    let span = self.span(at);
                    self.error(span, "import/yaml", "the alias is inside of its own anchor", "here", help);
                }
            },
            Event::SequenceStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    self.tag(&tag, at);
                }
                self.start(Container::List(Vec::new()), anchor, at);
            }
            Event::MappingStart(_, anchor, tag) => {
                if let Some(tag) = tag {
                    self.tag(&tag, at);
                }
                self.start(Container::Map { map: Map::new(), merged: Vec::new(), key: None }, anchor, at);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(at),
            _ => {}
        }
    }

    fn comment(&mut self, text: &str, placement: Placement, at: &At) {
        if placement == Placement::Right && self.line == Some(at.start.line()) {
            self.behind(text);
        } else {
            self.above.push(text.to_owned());
        }
    }

    /// A comment of what was read last.
    fn behind(&mut self, text: &str) {
        let last = self.open.last_mut().and_then(|open| match &mut open.value {
            Container::Map { key: Some((_, _, comments)), .. } => Some(comments),
            Container::Map { map, .. } if !map.is_empty() => {
                map.last_mut().map(|(_, entry)| &mut entry.comments)
            }
            Container::List(items) if !items.is_empty() => items.last_mut().map(|item| &mut item.comments),
            // The container's own line: its key's.
            _ => Some(&mut open.comments),
        });
        match last {
            Some(comments) if comments.behind.is_none() => comments.behind = Some(text.to_owned()),
            _ => self.above.push(text.to_owned()),
        }
    }

    fn start(&mut self, value: Container, anchor: usize, at: &At) {
        let span = self.span(at);
        if self.open.len() >= MAX_DEPTH {
            let message = format!("maps and lists are nested too deep: the limit is {MAX_DEPTH}");
            self.error(span, "import/too-large", message, "one too many", "is it the right file?");
            return;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        // The comments above belong to the item, not to its first key.
        let comments = match self.open.last() {
            Some(Open { value: Container::List(_), .. }) => {
                Comments { above: std::mem::take(&mut self.above), behind: None }
            }
            _ => Comments::default(),
        };
        self.open.push(Open { value, span, anchor, comments });
    }

    fn end(&mut self, at: &At) {
        let Some(open) = self.open.pop() else { return };
        let end = self.span(at).end as usize;
        let text = &self.text[open.span.start as usize..end.max(open.span.start as usize)];
        let span =
            Span::new(self.file, open.span.start as usize, open.span.start as usize + text.trim_end().len());
        let value = match open.value {
            Container::List(items) => Value::List(items),
            Container::Map { map, merged, .. } => Value::Map(self.merge(map, merged)),
        };
        let yaml = Yaml { value, span, written: String::new(), plain: false };
        // A comment that waited for its key was the container's.
        if let Some(Open { value: Container::Map { key: Some((_, _, comments)), .. }, .. }) =
            self.open.last_mut()
            && comments.behind.is_none()
        {
            comments.behind.clone_from(&open.comments.behind);
        }
        let waiting = std::mem::replace(&mut self.above, open.comments.above);
        self.finished(yaml, open.anchor, false);
        self.above.extend(waiting);
    }

    fn finished(&mut self, yaml: Yaml, anchor: usize, plain: bool) {
        self.values += 1;
        if self.values > MAX_VALUES {
            self.too_many(yaml.span);
            return;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, Some(yaml.clone()));
        }
        let above = |above: &mut Vec<String>| Comments { above: std::mem::take(above), behind: None };
        let Some(open) = self.open.last_mut() else {
            self.root = Some(yaml);
            return;
        };
        match &mut open.value {
            Container::List(items) => items.push(Item { value: yaml, comments: above(&mut self.above) }),
            Container::Map { map, merged, key } => match key.take() {
                None if matches!(yaml.value, Value::List(_) | Value::Map(_)) => {
                    let help = "write a text as the key";
                    self.error(
                        yaml.span,
                        "import/yaml",
                        format!("a key is {}", yaml.kind()),
                        "this key",
                        help,
                    );
                }
                None if !matches!(yaml.value, Value::String(_)) => {
                    let message = format!("Python reads this key as {}, not as a text", yaml.kind());
                    let help = format!("write it in quotes: \"{}\"", yaml.written);
                    self.error(yaml.span, "import/key", message, "this key", help);
                }
                None => {
                    let name = if yaml.written == "<<" && plain {
                        "<<".to_owned()
                    } else {
                        yaml.text().unwrap_or_default().to_owned()
                    };
                    let name = if plain || name != "<<" { name } else { "\"<<\"".to_owned() };
                    *key = Some((name, yaml.span, above(&mut self.above)));
                }
                Some((name, span, _)) if name == "<<" => match yaml.value {
                    Value::Map(_) => merged.push(yaml),
                    Value::List(items) if items.iter().all(|item| item.value.map().is_some()) => {
                        merged.extend(items.into_iter().map(|item| item.value));
                    }
                    _ => {
                        let help = "write `<<: *anchor`, or a list of aliases";
                        self.error(span, "import/yaml", "`<<` merges maps, and this is none", "here", help);
                    }
                },
                Some((name, span, comments)) => {
                    if let Some(first) = map.get(&name) {
                        let first = first.key;
                        self.diagnostics.push(
                            Diagnostic::warning(
                                "import/duplicate",
                                format!("the key `{name}` is there twice"),
                            )
                            .label(span, "Python takes this one")
                            .label(first, "and drops this one")
                            .help("delete the one that isn't meant; what was imported is the last one"),
                        );
                        map.shift_remove(&name);
                    }
                    map.insert(name, Entry { key: span, value: yaml, comments });
                }
            },
        }
    }

    /// What is written wins over what is merged, and of that the first.
    fn merge(&mut self, map: Map, merged: Vec<Yaml>) -> Map {
        if merged.is_empty() {
            return map;
        }
        let mut all = Map::new();
        for yaml in merged {
            if let Value::Map(more) = yaml.value {
                for (name, entry) in more {
                    all.entry(name).or_insert(entry);
                }
            }
        }
        for (name, entry) in map {
            all.insert(name, entry);
        }
        all
    }

    fn count(&mut self, yaml: &Yaml, span: Span) {
        self.values += size(yaml);
        if self.values > MAX_VALUES {
            self.too_many(span);
        }
    }

    fn too_many(&mut self, span: Span) {
        let message = format!("the file stands for more than {MAX_VALUES} values");
        let help = "aliases repeat what they name each time; is it the right file?";
        self.error(span, "import/too-large", message, "with this one", help);
    }

    fn tag(&mut self, tag: &granit_parser::Tag, at: &At) -> Tag {
        let known = match tag.core_suffix() {
            Some("str") => Some(Tag::Text),
            Some("int" | "float" | "bool" | "null" | "seq" | "map") => Some(Tag::Plain),
            _ => None,
        };
        known.unwrap_or_else(|| {
            let start = at.tag_start.and_then(|mark| mark.byte_offset());
            let value = self.span(at);
            let span = start.map_or(value, |start| Span::new(self.file, start, value.start as usize));
            let name = tag.original();
            self.error(
                span,
                "import/tag",
                format!("the tag `{name}` is not read"),
                "this tag",
                "a tag can make Python build objects or run code; a configuration needs none: write the plain value",
            );
            Tag::None
        })
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Tag, span: Span) -> Value {
        let as_word = match tag {
            Tag::Text => false,
            Tag::Plain => true,
            Tag::None => style == ScalarStyle::Plain,
        };
        if !as_word {
            return Value::String(text.to_owned());
        }
        match plain(text) {
            Plain::Null => Value::Null,
            Plain::Bool(truth) => Value::Bool(truth),
            Plain::Integer(number) => Value::Integer(number),
            Plain::Float(number) => Value::Float(number),
            Plain::Text => Value::String(text.to_owned()),
            Plain::Date => {
                let help = format!("write it in quotes if it is a text: \"{text}\"");
                self.error(
                    span,
                    "import/yaml",
                    "Python reads a date here, which no setting is",
                    "this",
                    help,
                );
                Value::Null
            }
            Plain::TooLarge => {
                let message = "Python reads a number here that is too large for any program";
                let help = format!("write it in quotes if it is a text: \"{text}\"");
                self.error(span, "import/yaml", message, "this number", help);
                Value::Null
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Tag {
    None,
    Text,
    /// Another one of YAML's own: the plain word means the same.
    Plain,
}

fn size(yaml: &Yaml) -> usize {
    match &yaml.value {
        Value::List(items) => 1 + items.iter().map(|item| size(&item.value)).sum::<usize>(),
        Value::Map(map) => 1 + map.values().map(|entry| size(&entry.value)).sum::<usize>(),
        _ => 1,
    }
}
