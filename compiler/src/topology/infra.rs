//! `infra { … }`: the services that the engine's processes find each other through.

use super::ast::EnvBlock;
use super::fields::{Fields, duplicate};
use super::lower::env_blocks;
use super::roles::arguments;
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

#[derive(Debug, Clone)]
pub struct Infra {
    pub services: Vec<Service>,
    /// The pool on whose first node they run.
    pub on: Option<Spanned<String>>,
}

#[derive(Debug, Clone)]
pub struct Service {
    /// As the engine's description calls it.
    pub name: Spanned<String>,
    pub head: Span,
    pub port: Option<Spanned<u32>>,
    pub env: Vec<EnvBlock>,
    pub arguments: Vec<Spanned<String>>,
}

/// `infra on="gen" { NAME; NAME port=4222 }`. Which services there are, the engine says.
pub fn infra(node: &Node, diagnostics: &mut Diagnostics) -> Infra {
    let mut own = node.clone();
    let children = own.children.take().unwrap_or_default();
    let (settings, services): (Vec<Node>, Vec<Node>) =
        children.into_iter().partition(|child| child.name.value == "on");
    own.children = Some(settings);
    let mut fields = Fields::new(&own, diagnostics);
    let on = fields.string("on");
    fields.finish();
    let mut read: Vec<Service> = Vec::new();
    for node in &services {
        match read.iter().find(|service| service.name.value == node.name.value) {
            Some(first) => duplicate(&node.name.value, first.head, node.head(), diagnostics),
            None => read.push(service(node, diagnostics)),
        }
    }
    Infra { services: read, on }
}

fn service(node: &Node, diagnostics: &mut Diagnostics) -> Service {
    let mut fields = Fields::new(node, diagnostics);
    let service = Service {
        name: node.name.clone(),
        head: node.head(),
        port: fields.integer("port", 1..=65_535),
        env: env_blocks(&mut fields),
        arguments: arguments(&mut fields),
    };
    fields.finish();
    service
}
