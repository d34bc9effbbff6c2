//! `harness "NAME" { … }` of an engine: running the roles through a test program instead of serving directly.

use indexmap::IndexMap;

use super::role::{Argument, command};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::jenkins::Variables;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::ast::EnvEntry;
use crate::topology::env;
use crate::topology::fields::Fields;

#[derive(Debug, Clone)]
pub struct Harness {
    /// Values that hold in every form unless the topology sets them; templates.
    pub values: Values,
    pub forms: IndexMap<String, Form>,
    /// Ports that each server may use, from its own on.
    pub ports: u32,
    /// The folder that it runs in; a template.
    pub folder: Option<Spanned<String>>,
    /// The test program with its options: one table for all forms and roles.
    pub command: Vec<Argument>,
    pub variants: Vec<Variant>,
    pub exports: Vec<Export>,
    /// The engine's own pipeline, in which these tests are stages.
    pub pipeline: Option<Pipeline>,
}

/// Which of the forms runs in the pipeline, and what entries for it are made of.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub form: Spanned<String>,
    /// The test list's name: of a stage with context and generation servers, of one server on several nodes, and of
    /// one server on one node; templates.
    pub lists: [Spanned<String>; 3],
    /// Where that list is while the tests run; a template.
    pub test_list: Spanned<String>,
    pub variables: Variables,
    /// Templates of the stages and of the test list, in the engine's folder.
    pub stages: String,
    pub tests: String,
}

/// In this order: a later one may use an earlier one.
pub type Values = Vec<(String, Spanned<String>)>;

/// Where the tests run: by hand, or in a pipeline.
#[derive(Debug, Clone)]
pub struct Form {
    pub values: Values,
    /// Where the launcher is, if not on PATH; a template.
    pub launcher: Option<Spanned<String>>,
    /// Variables before the program.
    pub prefix: Vec<EnvEntry>,
}

/// The command by one of its names.
#[derive(Debug, Clone)]
pub struct Variant {
    pub name: Spanned<String>,
    /// Whose steps run it.
    pub roles: Vec<String>,
    /// Whether the engine's own scripts know it, also where no step runs it.
    pub always: bool,
    pub launcher: bool,
    /// Whether it writes report files.
    pub report: bool,
    /// Unset before everything else.
    pub unset: Option<String>,
}

/// A variable for the engine's own scripts and tests.
#[derive(Debug, Clone)]
pub struct Export {
    pub name: Spanned<String>,
    pub value: Spanned<String>,
    /// The value is a shell's expression, which the job evaluates.
    pub expression: bool,
}

pub fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<(String, Harness)> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the harness' name");
    let values = values(&mut fields);
    let mut forms = IndexMap::new();
    for n in fields.blocks("form") {
        let mut inner = Fields::new(n, fields.diagnostics);
        if let Some(name) = inner.required_string("the form's name") {
            let values = self::values(&mut inner);
            let prefix = inner.block("prefix").map(|n| env::block(n, inner.diagnostics).entries);
            let launcher = inner.string("launcher");
            forms.insert(name.value, Form { values, launcher, prefix: prefix.unwrap_or_default() });
        }
        inner.finish();
    }
    let ports = fields.integer("ports", 1..=1000).map_or(1, |p| p.value);
    let folder = fields.string("folder");
    let command = command(&mut fields, "command");
    let variants = fields.blocks("variant");
    let variants = variants.into_iter().filter_map(|n| variant(n, fields.diagnostics)).collect();
    let exports = fields.blocks("export");
    let exports = exports.into_iter().filter_map(|n| export(n, fields.diagnostics)).collect();
    let pipeline = fields.block("pipeline").and_then(|n| pipeline(n, fields.diagnostics));
    fields.finish();
    Some((name?.value, Harness { values, forms, ports, folder, command, variants, exports, pipeline }))
}

/// Everything in it is needed.
fn pipeline(node: &Node, diagnostics: &mut Diagnostics) -> Option<Pipeline> {
    let mut fields = Fields::new(node, diagnostics);
    let form = fields.string("form");
    let lists = ["list", "list-aggregated", "list-one-node"].map(|name| fields.string(name));
    let texts = ["run-variable", "port-variable", "stage-variable", "stages", "tests"]
        .map(|name| fields.string(name));
    let test_list = fields.string("test-list");
    fields.finish();
    let [Some(list), Some(aggregated), Some(one_node)] = lists else { return None };
    let [Some(run), Some(port), Some(stage), Some(stages), Some(tests)] =
        texts.map(|text| text.map(|text| text.value))
    else {
        return None;
    };
    Some(Pipeline {
        form: form?,
        lists: [list, aggregated, one_node],
        test_list: test_list?,
        variables: Variables { run, port, stage },
        stages,
        tests,
    })
}

fn values(fields: &mut Fields) -> Values {
    let mut values = Vec::new();
    for n in fields.blocks("value") {
        let mut inner = Fields::new(n, fields.diagnostics);
        let name = inner.required_string("the value's name");
        let template = inner.required_string("the value");
        inner.finish();
        values.extend(name.zip(template).map(|(name, template)| (name.value, template)));
    }
    values
}

fn variant(node: &Node, diagnostics: &mut Diagnostics) -> Option<Variant> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the variable's name");
    let flag = |value: Option<Spanned<bool>>| value.is_some_and(|v| v.value);
    let variant = Variant {
        roles: fields.rest_of_strings().into_iter().map(|r| r.value).collect(),
        always: flag(fields.boolean("always")),
        launcher: flag(fields.boolean("launcher")),
        report: flag(fields.boolean("report")),
        unset: fields.string("unset").map(|s| s.value),
        name: name?,
    };
    fields.finish();
    Some(variant)
}

fn export(node: &Node, diagnostics: &mut Diagnostics) -> Option<Export> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the variable's name");
    let value = fields.string_argument();
    let expression = fields.string("expression");
    fields.finish();
    match (name?, value, expression) {
        (name, Some(value), None) => Some(Export { name, value, expression: false }),
        (name, None, Some(value)) => Some(Export { name, value, expression: true }),
        (name, _, _) => {
            diagnostics.push(
                Diagnostic::error("engine/export", "an export has a value or an expression")
                    .label(name.span, "has neither of them, or both")
                    .help("write `export \"NAME\" \"VALUE\"`, or `export \"NAME\" expression=\"…\"`"),
            );
            None
        }
    }
}
