//! `disaggc why`: where a value of the job comes from, and what it took the place of.

mod place;
mod shown;
#[cfg(test)]
mod tests;

use serde_json::json;

use disaggc::Compilation;
use disaggc::diagnostic::nearest;
use disaggc::plan::Data;
use disaggc::plan::provenance::{Provenance, Provided};
use disaggc::resolve::Origin;

use super::args::{FindingsFormat, Why, WhyFormat};
use super::render::Style;
use super::snippet::printable;
use super::terminal::{print, tell};
use super::{Failure, files, findings, request, show, stdlib};
use place::Described;

pub fn run(args: &Why, style: Style) -> Result<(), Failure> {
    let input = &args.input;
    let stdlib = stdlib(input.options.stdlib.as_deref())?;
    let disk = files::Disk::with_main(&input.file)?;
    let compilation = disaggc::compile(&request(&input.file, &input.options), &disk, &stdlib);
    if compilation.provenance.is_empty() {
        // Without values the mistakes are the answer.
        show(&compilation, &input.file, FindingsFormat::Text, style)?;
        return Err(Failure::Input);
    }
    let found = match &args.path {
        Some(path) => find(&compilation.provenance, path)?,
        None => compilation.provenance.iter().collect(),
    };
    let text = match (args.format, found.as_slice()) {
        (WhyFormat::Json, found) => found.iter().map(|value| json(value, &compilation)).collect(),
        (WhyFormat::Text, [value]) => chain(value, &compilation),
        (WhyFormat::Text, values) => list(values, &compilation),
    };
    print(&text)?;
    if compilation.diagnostics.has_errors() {
        let found = findings::in_order([(&compilation.diagnostics, &compilation.sources)]);
        let count = findings::count(&found).unwrap_or_default();
        tell(&format!("{count} in {}; `disaggc check` shows them\n", printable(&input.file)));
    }
    Ok(())
}

type Value<'a> = (&'a str, &'a Provided);

/// The value at `path`, or those below it.
fn find<'a>(provenance: &'a Provenance, path: &str) -> Result<Vec<Value<'a>>, String> {
    let wanted = name(path);
    // A variable that is only taken away has its place beside those that are set.
    let unset = wanted.replacen(".env.", ".unset.", 1);
    if let Some(value) = [&wanted, &unset].into_iter().find_map(|name| provenance.get(name)) {
        return Ok(vec![value]);
    }
    let below = format!("{wanted}.");
    let found: Vec<Value> = provenance.iter().filter(|(path, _)| path.starts_with(&below)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let help = match nearest(&wanted, provenance.iter().map(|(path, _)| path)) {
        Some(near) => format!("did you mean {near}?"),
        None => "leave the path out to see all of them".to_owned(),
    };
    Err(format!("the job has no value {path}; {help}"))
}

/// `gen[long].tp`, as `--set` takes it, is kept under the role's name: `gen_long.tp`.
fn name(path: &str) -> String {
    let path = match path.split_once('[').zip(path.split_once(']')) {
        Some(((kind, _), (_, rest))) if kind.len() < path.len() - rest.len() - 1 => {
            let which = &path[kind.len() + 1..path.len() - rest.len() - 1];
            format!("{kind}_{}{rest}", which.replace('-', "_"))
        }
        _ => path.to_owned(),
    };
    match path.strip_prefix("slurm") {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => format!("sbatch{rest}"),
        _ => path,
    }
}

/// `gen.tp 8`, as it would be written.
fn shown(path: &str, provided: &Provided) -> String {
    if path.contains(".unset.") {
        return format!("{path} unset=#true");
    }
    format!("{path} {}", shown::value(&provided.value))
}

/// The value, and every place that says something about it, the one that won first.
fn chain((path, provided): &Value, compilation: &Compilation) -> String {
    let mut out = printable(&shown(path, provided)) + "\n";
    for (index, origin) in provided.chain.iter().enumerate() {
        let mark = if index == 0 { '→' } else { ' ' };
        let text = match origin {
            Origin::Rule(rule) => format!("{mark} rule: {rule}"),
            Origin::At(span) => {
                let place = Described::of(*span, &compilation.sources);
                format!("{mark} {}  {}\n      {}", place.location, place.inside(), place.line)
            }
        };
        out.push_str(&format!("{}\n", printable(&text)));
    }
    out
}

/// A line for each value.
fn list(values: &[Value], compilation: &Compilation) -> String {
    let line = |(path, provided): &Value| {
        let origin = match provided.chain.first() {
            Some(Origin::At(span)) => compilation.sources.location(*span),
            Some(Origin::Rule(rule)) => format!("rule: {rule}"),
            None => String::new(),
        };
        printable(&format!("{}  // {origin}", shown(path, provided))) + "\n"
    };
    // What is in a section has lines of its own.
    let section = |provided: &Provided| matches!(&provided.value, Data::Map(map) if !map.is_empty());
    values.iter().filter(|(_, provided)| !section(provided)).map(line).collect()
}

fn json((path, provided): &Value, compilation: &Compilation) -> String {
    let link = |(index, origin): (usize, &Origin)| match origin {
        Origin::Rule(rule) => json!({ "wins": index == 0, "rule": rule }),
        Origin::At(span) => {
            let place = Described::of(*span, &compilation.sources);
            json!({
                "wins": index == 0,
                "file": compilation.sources.get(span.file).name,
                "line": place.start.0,
                "column": place.start.1,
                "inside": place.nodes,
                "text": compilation.sources.text(*span),
            })
        }
    };
    let chain: Vec<_> = provided.chain.iter().enumerate().map(link).collect();
    let value = json!({ "path": path, "value": provided.value, "chain": chain });
    format!("{value}\n")
}
