//! `disaggc plan`: shows who sits on which node and GPU.

mod page;
mod picture;
pub mod rows;
#[cfg(test)]
mod sketch;
pub mod table;

use std::path::Path;

use super::args::{PlanArgs, PlanFormat};
use super::render::Style;
use super::terminal::{print, tell};
use super::{Compiled, Failure, compile, files};

pub fn run(args: &PlanArgs, style: Style) -> Result<(), Failure> {
    let Compiled { plan, .. } = compile(&args.input, style)?;
    print(&match args.format {
        PlanFormat::Table => table::render(&plan),
        PlanFormat::Json => {
            let json = serde_json::to_string_pretty(&plan).map_err(|error| error.to_string())?;
            format!("{json}\n")
        }
    })?;
    if let Some(file) = &args.svg {
        write(file, &picture::draw(&plan))?;
    }
    if let Some(file) = &args.html {
        write(file, &page::render(&plan))?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text)
        .map_err(|error| format!("{} can't be written: {}", file.display(), files::sentence(&error)))?;
    tell(&format!("wrote {}\n", file.display()));
    Ok(())
}
