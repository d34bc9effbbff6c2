//! `harness "pytest" { … }`.

use super::ast::Harness;
use super::fields::Fields;
use crate::diagnostic::Diagnostics;
use crate::syntax::Node;

/// Names of folders and files that the job uses, as a harness' description calls them.
pub const PATHS: [&str; 13] = [
    "config-yaml",
    "coverage-config",
    "install-script",
    "job-workspace",
    "junit",
    "models",
    "output",
    "run-script",
    "source",
    "test-list",
    "waives",
    "wheel",
    "workspace",
];
/// Other texts.
pub const TEXTS: [&str; 3] = ["config", "stage", "test"];
pub const NUMBERS: [&str; 3] = ["timeout", "splits", "group"];
const FLAGS: [&str; 2] = ["coverage", "periodic"];

pub fn harness(node: &Node, diagnostics: &mut Diagnostics) -> Option<Harness> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the harness' name, such as \"pytest\"");
    let form = fields.string("form");
    let upload = fields.boolean("upload");
    let mut values = Vec::new();
    for field in PATHS.into_iter().chain(TEXTS) {
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
