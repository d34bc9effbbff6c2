//! `disaggc fmt`: one layout for all KDL files.

use std::path::Path;

use disaggc::diagnostic::Diagnostics;
use disaggc::source::{Files as _, SourceMap};
use disaggc::syntax;

use super::Failure;
use super::args::Fmt;
use super::files::{Disk, replace, sentence};
use super::findings;
use super::render::Style;
use super::snippet::printable;
use super::targets::{in_parallel, targets};
use super::terminal::{print, tell};

/// Stands for the standard input, whose layout goes to the standard output.
const PIPE: &str = "-";

enum Formatted {
    Same,
    Changed(String),
    Faulty(SourceMap, Diagnostics),
    Unreadable(String),
}

pub fn run(args: &Fmt, style: Style) -> Result<(), Failure> {
    let targets = targets(&args.paths, &["kdl"])?;
    let formatted = in_parallel(&targets, |target| format(&target.path));
    let faulty = formatted.iter().filter_map(|formatted| match formatted {
        Formatted::Faulty(sources, diagnostics) => Some((diagnostics, sources)),
        _ => None,
    });
    let findings = findings::in_order(faulty);
    findings::show(&findings, super::args::FindingsFormat::Text, style)?;
    let unreadable = formatted.iter().filter_map(|formatted| match formatted {
        Formatted::Unreadable(why) => Some(why.as_str()),
        _ => None,
    });
    let unreadable: Vec<&str> = unreadable.collect();
    if !unreadable.is_empty() {
        return Err(Failure::Usage(unreadable.join("\nerror: ")));
    }
    // All or nothing: with an error no file is touched.
    if let Some(count) = findings::count(&findings) {
        tell(&format!("{count}; nothing was written\n"));
        return Err(Failure::Input);
    }
    let mut changed = 0;
    for (target, formatted) in targets.iter().zip(&formatted) {
        match formatted {
            Formatted::Changed(text) if target.path == PIPE && !args.check => print(text)?,
            Formatted::Changed(text) => {
                changed += 1;
                tell(&format!(
                    "{}{}\n",
                    if args.check { "other layout: " } else { "" },
                    printable(&target.path)
                ));
                if !args.check {
                    replace(Path::new(&target.path), text)
                        .map_err(|error| format!("{} can't be written: {}", target.path, sentence(&error)))?;
                }
            }
            _ => {}
        }
    }
    let files = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
    match (changed, args.check) {
        (0, true) => tell(&format!("{}: nothing to change\n", files(targets.len()))),
        (n, true) => tell(&format!("{} of {} would be changed: disaggc fmt\n", n, files(targets.len()))),
        (_, false) => {}
    }
    if args.check && changed > 0 { Err(Failure::Input) } else { Ok(()) }
}

fn format(path: &str) -> Formatted {
    let (name, source) = if path == PIPE { ("standard input", "/dev/stdin") } else { (path, path) };
    let text = match Disk::with_main(source).and_then(|disk| disk.read(source)) {
        Ok(text) => text,
        Err(why) => return Formatted::Unreadable(why),
    };
    let mut sources = SourceMap::default();
    let file = sources.add(name, text.as_str());
    match syntax::format::format(&text, file) {
        Ok(formatted) if formatted == text && path != PIPE => Formatted::Same,
        Ok(formatted) => Formatted::Changed(formatted),
        Err(faults) => {
            let mut diagnostics = Diagnostics::default();
            diagnostics.extend(faults);
            Formatted::Faulty(sources, diagnostics)
        }
    }
}
