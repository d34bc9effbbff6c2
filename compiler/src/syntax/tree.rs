//! The tree that the rest of the compiler walks: KDL without its layout, with a span on every part.

use serde::{Deserialize, Serialize};

use crate::source::{FileId, Span, Spanned};

/// A KDL value. Integers keep KDL's own range; floats are finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    String(String),
    Integer(i128),
    Float(f64),
    Bool(bool),
    Null,
}

impl Value {
    /// What a message calls a value of this kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::String(_) => "a string",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number with a fraction",
            Value::Bool(_) => "a boolean",
            Value::Null => "#null",
        }
    }
}

/// An argument: a value with its `(type)` annotation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    pub value: Spanned<Value>,
    pub ty: Option<Spanned<String>>,
}

/// `name=value`. `span` covers both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    pub name: Spanned<String>,
    pub value: Spanned<Value>,
    pub ty: Option<Spanned<String>>,
    pub span: Span,
}

/// A node. `/-` parts and comments are gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub name: Spanned<String>,
    pub ty: Option<Spanned<String>>,
    pub arguments: Vec<Argument>,
    /// All that were written, duplicates included, in order.
    pub properties: Vec<Property>,
    /// `None` without braces; `Some(vec![])` for `{ }`.
    pub children: Option<Vec<Node>>,
    /// The whole node, children included.
    pub span: Span,
}

impl Node {
    pub fn children(&self) -> &[Node] {
        self.children.as_deref().unwrap_or(&[])
    }

    /// The node's first line without its children: what a label should underline.
    pub fn head(&self) -> Span {
        let end = self
            .arguments
            .iter()
            .map(|a| a.value.span.end)
            .chain(self.properties.iter().map(|p| p.span.end))
            .fold(self.name.span.end, u32::max);
        Span { end, ..self.name.span }
    }

    /// How many names and values it holds, with all below it.
    pub fn values(&self) -> usize {
        let below: usize = self.children().iter().map(Node::values).sum();
        1 + self.arguments.len() + 2 * self.properties.len() + below
    }

    /// Moves every span to `file`: trees of the stdlib are parsed before there is a source map.
    pub fn move_to(&mut self, file: FileId) {
        let set = |span: &mut Span| span.file = file;
        set(&mut self.name.span);
        set(&mut self.span);
        if let Some(ty) = &mut self.ty {
            set(&mut ty.span);
        }
        for argument in &mut self.arguments {
            set(&mut argument.value.span);
            if let Some(ty) = &mut argument.ty {
                set(&mut ty.span);
            }
        }
        for property in &mut self.properties {
            set(&mut property.name.span);
            set(&mut property.value.span);
            set(&mut property.span);
            if let Some(ty) = &mut property.ty {
                set(&mut ty.span);
            }
        }
        for child in self.children.iter_mut().flatten() {
            child.move_to(file);
        }
    }
}
