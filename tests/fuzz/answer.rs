//! What holds for the answer to any input.

use std::fmt::Write as _;

use disaggc::diagnostic::Diagnostic;
use disaggc::plan::laws;
use disaggc::source::FileId;
use disaggc::stdlib::Stdlib;
use disaggc::syntax::{self, Node, Parsed, Value};
use disaggc::{Request, emit};

use super::super::findings;
use super::super::render::{self, Style};
use super::input::Input;

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Only the main file's syntax.
    Syntax,
    Once,
    /// Also whether a second time gives the same, and whether the parts of the text read alike.
    Twice,
}

/// Whether the input has a plan.
///
/// # Errors
/// What is wrong with the answer.
pub fn answer(input: &Input, stdlib: &Stdlib, depth: Depth) -> Result<bool, String> {
    if depth == Depth::Syntax {
        return reads_alike(&input.main);
    }
    let request = Request { main: "topo.kdl".into(), sets: input.sets.clone(), ..Request::default() };
    let compilation = disaggc::compile(&request, input, stdlib);
    for diagnostic in compilation.diagnostics.iter() {
        well_formed(diagnostic, |file| &compilation.sources.get(file).text)?;
    }
    let style = Style { color: false, width: 100 };
    let found = findings::in_order([(&compilation.diagnostics, &compilation.sources)]);
    let shown = render::findings(&found, style);
    if compilation.diagnostics.is_empty() != shown.is_empty() {
        return Err(format!("findings are not shown: {shown}"));
    }
    let bundle = match &compilation.plan {
        None if compilation.diagnostics.has_errors() => None,
        None => return Err("has neither plan nor error".into()),
        Some(_) if compilation.diagnostics.has_errors() => return Err("has a plan and errors".into()),
        Some(plan) => {
            let broken = laws::broken(plan);
            if !broken.is_empty() {
                return Err(format!("breaks the laws: {broken:?}"));
            }
            let bundle = emit::emit(plan, &compilation.sources, stdlib);
            Some(bundle.map_err(|error| format!("has a plan that can't be written: {error:?}"))?)
        }
    };
    if depth == Depth::Twice {
        let again = disaggc::compile(&request, input, stdlib);
        if !again.diagnostics.iter().eq(compilation.diagnostics.iter()) {
            return Err("has other findings the second time".into());
        }
        if let (Some(bundle), Some(plan)) = (&bundle, &again.plan) {
            let files = emit::emit(plan, &again.sources, stdlib).map_err(|error| format!("{error:?}"))?;
            if !files.iter().map(|f| (&f.path, &f.content)).eq(bundle.iter().map(|f| (&f.path, &f.content))) {
                return Err("has another bundle the second time".into());
            }
        }
        reads_alike(&input.main)?;
        reads_alike(&input.site)?;
    }
    Ok(bundle.is_some())
}

/// A finding has a place in the text, and says what to do.
fn well_formed<'a>(diagnostic: &Diagnostic, text: impl Fn(FileId) -> &'a str) -> Result<(), String> {
    let code = diagnostic.code;
    if diagnostic.labels.is_empty() || diagnostic.help.as_deref().unwrap_or_default().is_empty() {
        return Err(format!("{code} has no label or no help"));
    }
    for label in &diagnostic.labels {
        if text(label.span.file).get(label.span.start as usize..label.span.end as usize).is_none() {
            return Err(format!("{code} points out of its text: {:?}", label.span));
        }
    }
    Ok(())
}

/// A node alone is read as it was read among others: its span covers it and nothing else. Whether there are
/// nodes.
fn reads_alike(text: &str) -> Result<bool, String> {
    let read = |text: &str| syntax::parse(text, FileId(0));
    let Parsed { nodes, complete, diagnostics } = read(text);
    diagnostics.iter().try_for_each(|diagnostic| well_formed(diagnostic, |_| text))?;
    if complete != diagnostics.is_empty() {
        return Err("is not read as a whole, without a reason".into());
    }
    for node in nodes.iter().filter(|_| complete) {
        let alone = &text[node.span.start as usize..node.span.end as usize];
        let again = read(alone);
        if !again.complete || !again.nodes.iter().map(shape).eq([shape(node)]) {
            return Err(format!("has a node that reads differently alone: {alone}"));
        }
    }
    Ok(complete && !nodes.is_empty())
}

/// A node without its places.
fn shape(node: &Node) -> String {
    let mut text = format!("{:?} {:?}", node.name.value, node.ty.as_ref().map(|ty| &ty.value));
    let mut value = |name: &str, value: &Value, ty: Option<&String>| {
        write!(text, " {name}={ty:?} {value:?}").expect("to a string");
    };
    for argument in &node.arguments {
        value("", &argument.value.value, argument.ty.as_ref().map(|ty| &ty.value));
    }
    for property in &node.properties {
        value(&property.name.value, &property.value.value, property.ty.as_ref().map(|ty| &ty.value));
    }
    let children = node.children.as_ref().map(|children| children.iter().map(shape).collect::<Vec<_>>());
    format!("{text} {children:?}")
}
