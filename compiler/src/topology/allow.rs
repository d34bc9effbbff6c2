//! `allow "CODE" reason="…"`: a warning that is meant. It holds for the node in which it stands.

use super::fields::Fields;
use crate::source::{Span, Spanned};

#[derive(Debug, Clone)]
pub struct Allow {
    pub head: Span,
    pub code: Spanned<String>,
    /// Where the finding has to be: the node in which this one stands.
    pub scope: Span,
}

/// All `allow` lines of a node.
pub fn allows(fields: &mut Fields) -> Vec<Allow> {
    let scope = fields.node.span;
    let mut allows = Vec::new();
    for node in fields.blocks("allow") {
        let mut inner = Fields::new(node, fields.diagnostics);
        let code = inner.required_string("the code of a warning, such as \"env/near-miss\"");
        let reason = inner.string("reason");
        inner.finish();
        if reason.as_ref().is_none_or(|reason| reason.value.trim().is_empty()) {
            let at = reason.map_or(node.head(), |reason| reason.span);
            fields.diagnostics.push(
                crate::diagnostic::Diagnostic::error("allow/reason", "an allowed warning needs a reason")
                    .label(at, "no reason")
                    .help("say why it is meant, for whoever reads this next: `allow \"CODE\" reason=\"…\"`"),
            );
        }
        if let Some(code) = code {
            allows.push(Allow { head: node.head(), code, scope });
        }
    }
    allows
}
