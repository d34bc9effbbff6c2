//! `placement`: a word, or a block of wishes about which servers share nodes.

use super::fields::{Fields, choice, integer};
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

const FIELD: &str = "placement";
const STYLES: [(&str, Style); 2] = [("pack", Style::Pack), ("whole-nodes", Style::WholeNodes)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Servers of up to a node's GPUs share nodes.
    Pack,
    /// Every server has its nodes for itself.
    WholeNodes,
}

/// Of a topology, or of a worker, which only has the first three.
#[derive(Debug, Clone, Default)]
pub struct Placement {
    pub style: Option<Spanned<Style>>,
    pub servers_per_node: Option<Spanned<u32>>,
    /// Whether no server leaves its NVLink domain.
    pub one_domain: Option<Spanned<bool>>,
    /// Whether no other job may use the nodes.
    pub exclusive: Option<Spanned<bool>>,
    /// Positions on every node that no server takes.
    pub exclude_gpus: Vec<Spanned<u32>>,
    /// Roles whose servers share no node.
    pub apart: Vec<Roles>,
    /// Roles of which each server shares a node with servers of all the others.
    pub together: Vec<Roles>,
}

/// Names of pools or kinds of worker.
#[derive(Debug, Clone)]
pub struct Roles {
    pub names: Vec<Spanned<String>>,
    pub head: Span,
}

/// `placement="pack"`, or a block; `whole` for the topology's, which is about all pools.
pub fn placement(fields: &mut Fields, whole: bool) -> Placement {
    match fields.block(FIELD) {
        Some(node) => block(node, whole, fields.diagnostics),
        None => Placement { style: fields.choice(FIELD, &STYLES), ..Placement::default() },
    }
}

fn block(node: &Node, whole: bool, diagnostics: &mut Diagnostics) -> Placement {
    let mut fields = Fields::new(node, diagnostics);
    let style = fields.string_argument().and_then(|word| choice(FIELD, &word, &STYLES, fields.diagnostics));
    let mut placement = Placement {
        style,
        servers_per_node: fields.integer("servers-per-node", 1..=1024),
        one_domain: fields.boolean("one-domain"),
        ..Placement::default()
    };
    if whole {
        placement.exclusive = fields.boolean("exclusive");
        placement.exclude_gpus = positions(&mut fields);
        placement.apart = roles("apart", &mut fields);
        placement.together = roles("together", &mut fields);
    }
    fields.finish();
    placement
}

/// `exclude-gpus 0 1`.
fn positions(fields: &mut Fields) -> Vec<Spanned<u32>> {
    const NAME: &str = "exclude-gpus";
    let mut positions = Vec::new();
    for node in fields.blocks(NAME) {
        let mut child = Fields::new(node, fields.diagnostics);
        while let Some(argument) = child.argument() {
            positions.extend(integer(NAME, &argument.value, 0..=1023, child.diagnostics));
        }
        child.finish();
    }
    positions
}

/// `apart "ctx" "gen"`, as often as needed.
fn roles(name: &'static str, fields: &mut Fields) -> Vec<Roles> {
    let mut wishes = Vec::new();
    for node in fields.blocks(name) {
        let mut child = Fields::new(node, fields.diagnostics);
        let names = child.rest_of_strings();
        wishes.push(Roles { names, head: node.head() });
        child.finish();
    }
    wishes
}
