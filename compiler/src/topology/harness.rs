//! `harness "pytest" { … }`.

use super::ast::Harness;
use super::fields::Fields;
use crate::diagnostic::Diagnostics;
use crate::syntax::Node;

/// Texts, by the names that a harness' description gives them.
pub const TEXTS: [&str; 16] = [
    "config",
    "config-yaml",
    "coverage-config",
    "install-script",
    "job-workspace",
    "junit",
    "models",
    "output",
    "run-script",
    "source",
    "stage",
    "test",
    "test-list",
    "waives",
    "wheel",
    "workspace",
];
const NUMBERS: [&str; 3] = ["timeout", "splits", "group"];
const FLAGS: [&str; 2] = ["coverage", "periodic"];

pub fn harness(node: &Node, diagnostics: &mut Diagnostics) -> Option<Harness> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the harness' name, such as \"pytest\"");
    let form = fields.string("form");
    let upload = fields.boolean("upload");
    let mut values = Vec::new();
    for field in TEXTS {
        values.extend(fields.string(field).map(|value| (field, value)));
    }
    for field in NUMBERS {
        values.extend(fields.integer(field, 1..=1_000_000).map(|v| (field, v.map(|n| n.to_string()))));
    }
    let mut flags = Vec::new();
    for field in FLAGS {
        flags.extend(fields.boolean(field).map(|value| (field, value)));
    }
    fields.finish();
    Some(Harness { head: node.head(), name: name?, form, upload, flags, values })
}
