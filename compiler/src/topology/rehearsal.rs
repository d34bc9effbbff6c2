//! `rehearsal { … }`: what is true of a rehearsal of this topology only. The bundle does not change for it.

use super::fields::Fields;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;

#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// Seconds that a stand-in takes to get ready, as a model's weights take to load.
    pub startup: Option<Spanned<u32>>,
}

pub fn rehearsal(node: &Node, diagnostics: &mut Diagnostics) -> Rehearsal {
    let mut fields = Fields::new(node, diagnostics);
    let startup = fields.integer("startup", 0..=86_400);
    fields.finish();
    Rehearsal { startup }
}
