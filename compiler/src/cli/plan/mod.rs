//! `disaggc plan`: shows who sits on which node and GPU.

mod compare;
mod difference;
mod facts;
mod page;
pub mod picture;
pub mod rows;
#[cfg(test)]
mod sketch;
pub mod table;

use std::path::Path;

use serde_json::Value;

use super::args::{Diff, FindingsFormat, Input, Options, PlanArgs, PlanFormat};
use super::render::Style;
use super::terminal::{print, tell};
use super::{Compiled, Failure, compile, compile_declared, files};

pub fn run(args: &PlanArgs, style: Style) -> Result<(), Failure> {
    if let Some(old) = &args.diff {
        let options = Options { sets: Vec::new(), ..args.input.options.clone() };
        let old = Input { file: old.clone(), options };
        return difference(&old, &args.input, style);
    }
    let compiled = compile_declared(&args.input, args.compare, FindingsFormat::Text, style)?;
    let Compiled { plan, compilation, .. } = compiled;
    print(&match args.format {
        PlanFormat::Table => table::render(&plan),
        PlanFormat::Json => {
            let json = serde_json::to_string_pretty(&plan).map_err(|error| error.to_string())?;
            format!("{json}\n")
        }
    })?;
    if args.compare {
        print(&compare::render(&plan, compilation.nodes))?;
    }
    if let Some(file) = &args.svg {
        write(file, &picture::draw(&plan))?;
    }
    if let Some(file) = &args.html {
        write(file, &page::render(&plan))?;
    }
    Ok(())
}

/// `disaggc diff`.
pub fn diff(args: &Diff, style: Style) -> Result<(), Failure> {
    let options = || Options { topology: None, sets: Vec::new(), stdlib: args.stdlib.clone(), deny: None };
    let input = |file: &String| Input { file: file.clone(), options: options() };
    difference(&input(&args.old), &input(&args.new), style)
}

fn difference(old: &Input, new: &Input, style: Style) -> Result<(), Failure> {
    let (before, after) = (read(old, style)?, read(new, style)?);
    let text = difference::render(&facts::facts(&before), &facts::facts(&after));
    if text.is_empty() {
        tell(&format!("{} and {} mean the same\n", old.file, new.file));
    }
    Ok(print(&text)?)
}

/// The plan of a KDL file, in plan.json's form; or the one in a bundle or a plan.json.
fn read(input: &Input, style: Style) -> Result<Value, Failure> {
    let path = Path::new(&input.file);
    let written = if path.is_dir() { path.join("plan.json") } else { path.to_owned() };
    if written.extension().is_none_or(|extension| extension != "json") {
        let Compiled { plan, .. } = compile(input, FindingsFormat::Text, style)?;
        return Ok(serde_json::to_value(&plan).map_err(|error| error.to_string())?);
    }
    let text = std::fs::read_to_string(&written)
        .map_err(|error| format!("{} can't be read: {}", written.display(), files::sentence(&error)))?;
    let plan: Option<Value> = serde_json::from_str(&text).ok();
    let plan = plan.filter(|plan| plan["schema"].is_u64() && plan["steps"].is_array());
    Ok(plan.ok_or_else(|| format!("{} holds no plan of disaggc", written.display()))?)
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text)
        .map_err(|error| format!("{} can't be written: {}", file.display(), files::sentence(&error)))?;
    tell(&format!("wrote {}\n", file.display()));
    Ok(())
}
