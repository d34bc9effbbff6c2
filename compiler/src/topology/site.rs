//! `site { NAME "value" }`, and `(site)"NAME"` wherever a value stands: what a topology leaves to the site.
//!
//! `NAME #null` is still open, which is an error wherever it is used; `NAME #false` says that there is none: a
//! property that asks for it falls away.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::duplicate;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::stdlib::Described;
use crate::syntax::{Node, Value};

/// The annotation of a value that the site gives.
pub const SITE: &str = "site";

/// Puts the site's values in their places. Returns the places that stay open: what is said of what stands there now
/// says nothing.
pub fn fill(
    sites: &[Node],
    topologies: &mut [Node],
    clusters: &mut [Arc<Described>],
    diagnostics: &mut Diagnostics,
) -> Vec<Span> {
    let mut site = Site { given: BTreeMap::new(), open: BTreeMap::new(), places: Vec::new() };
    for node in sites {
        site.read(node, diagnostics);
    }
    topologies.iter_mut().for_each(|node| site.node(node));
    for cluster in clusters.iter_mut().filter(|cluster| asks(&cluster.node)) {
        let mut node = cluster.node.clone();
        site.node(&mut node);
        *cluster = Arc::new(Described::new(node, cluster.folder.clone()));
    }
    for (name, places) in &site.open {
        let error = Diagnostic::error("site/open", format!("the site gives `{name}` no value"));
        let error = match site.given.get(name) {
            Some(given) => error.label(given.span, "still open").label(places[0], "wanted here"),
            None => error.label(places[0], "wanted here"),
        };
        diagnostics.push(error.help(format!(
            "write it into the site's file: `site {{ {} \"…\" }}`",
            crate::import::kdl::name(name)
        )));
    }
    site.places
}

struct Site {
    given: BTreeMap<String, Spanned<Value>>,
    /// Names without a value, and where they are wanted.
    open: BTreeMap<String, Vec<Span>>,
    places: Vec<Span>,
}

impl Site {
    fn read(&mut self, node: &Node, diagnostics: &mut Diagnostics) {
        let children = node.children().iter().map(|child| match child.arguments.as_slice() {
            [argument] if child.properties.is_empty() && child.children.is_none() => {
                Ok((&child.name, &argument.value))
            }
            _ => Err(child),
        });
        let properties = node.properties.iter().map(|property| Ok((&property.name, &property.value)));
        for entry in properties.chain(children) {
            match entry {
                Ok((name, value)) => match self.given.get(&name.value) {
                    Some(first) => duplicate(&name.value, first.span, value.span, diagnostics),
                    None => {
                        self.given.insert(name.value.clone(), value.clone());
                    }
                },
                Err(child) => diagnostics.push(
                    Diagnostic::error("language/one-value", format!("`{}` takes exactly one value", child.name.value))
                        .label(child.head(), "not one value")
                        .help("write `NAME \"value\"`; `#null` where it is still open, `#false` where there is none"),
                ),
            }
        }
        for argument in &node.arguments {
            diagnostics.push(
                Diagnostic::error("language/unexpected-argument", "`site` takes no argument")
                    .label(argument.value.span, "not expected here")
                    .help("write the values inside: `site { NAME \"value\" }`"),
            );
        }
    }

    fn node(&mut self, node: &mut Node) {
        for argument in &mut node.arguments {
            if let Some(name) = wanted(argument.ty.as_ref(), &argument.value) {
                argument.ty = None;
                self.put(name, &mut argument.value);
            }
        }
        node.properties.retain_mut(|property| {
            let Some(name) = wanted(property.ty.as_ref(), &property.value) else { return true };
            property.ty = None;
            self.put(name, &mut property.value);
            property.value.value != Value::Bool(false)
        });
        if let Some(children) = &mut node.children {
            children.retain(|child| !self.is_none(child));
            children.iter_mut().for_each(|child| self.node(child));
        }
    }

    /// A child with one value is the property of that name in its other spelling.
    fn is_none(&self, child: &Node) -> bool {
        let [argument] = child.arguments.as_slice() else { return false };
        let name = wanted(argument.ty.as_ref(), &argument.value);
        let given = name.and_then(|name| self.given.get(&name));
        given.is_some_and(|given| given.value == Value::Bool(false))
            && child.properties.is_empty()
            && child.children.is_none()
    }

    fn put(&mut self, name: String, place: &mut Spanned<Value>) {
        match self.given.get(&name) {
            Some(given) if given.value != Value::Null => *place = given.clone(),
            _ => {
                self.open.entry(name).or_default().push(place.span);
                self.places.push(place.span);
            }
        }
    }
}

fn wanted(ty: Option<&Spanned<String>>, value: &Spanned<Value>) -> Option<String> {
    match &value.value {
        Value::String(name) if ty.is_some_and(|ty| ty.value == SITE) => Some(name.clone()),
        _ => None,
    }
}

fn asks(node: &Node) -> bool {
    node.arguments.iter().any(|argument| wanted(argument.ty.as_ref(), &argument.value).is_some())
        || node.properties.iter().any(|property| wanted(property.ty.as_ref(), &property.value).is_some())
        || node.children().iter().any(asks)
}
