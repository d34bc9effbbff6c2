//! `disaggc check`: any number of files, on all cores.

use disaggc::diagnostic::{Diagnostics, Severity};
use disaggc::source::SourceMap;
use disaggc::stdlib::Stdlib;

use super::args::{Check, Options};
use super::files::Disk;
use super::findings::{self, Finding};
use super::plan::table;
use super::render::Style;
use super::snippet::printable;
use super::targets::{Target, in_parallel, targets};
use super::terminal::tell;
use super::{DENIED, Failure, request, stdlib};

pub fn run(args: &Check, style: Style) -> Result<(), Failure> {
    let stdlib = stdlib(args.options.stdlib.as_deref())?;
    let targets = targets(&args.paths, &["kdl"])?;
    let checked = in_parallel(&targets, |target| check(target, &args.options, &stdlib));
    let found = checked.iter().filter_map(|checked| match checked {
        Checked::Topology { diagnostics, sources, .. } => Some((diagnostics, sources)),
        Checked::Nothing | Checked::Unreadable(_) => None,
    });
    let findings = findings::in_order(found);
    findings::show(&findings, args.format, style)?;
    let unreadable: Vec<&str> = checked.iter().filter_map(Checked::unreadable).collect();
    // "No errors" in nothing would be no comfort.
    if unreadable.len() < checked.len() {
        tell(&format!("{}\n", summary(&targets, &checked, &findings)));
    }
    if !unreadable.is_empty() {
        return Err(Failure::Usage(unreadable.join("\nerror: ")));
    }
    if args.options.deny.is_some() && !findings.is_empty() {
        tell(DENIED);
        return Err(Failure::Input);
    }
    let wrong = findings.iter().any(|finding| finding.diagnostic.severity == Severity::Error);
    if wrong { Err(Failure::Input) } else { Ok(()) }
}

enum Checked {
    Topology {
        diagnostics: Diagnostics,
        sources: SourceMap,
        /// What the job takes, where there are no errors.
        plan: Option<String>,
    },
    /// A file below a folder that only others use.
    Nothing,
    Unreadable(String),
}

impl Checked {
    fn unreadable(&self) -> Option<&str> {
        match self {
            Checked::Unreadable(why) => Some(why),
            Checked::Topology { .. } | Checked::Nothing => None,
        }
    }
}

fn check(target: &Target, options: &Options, stdlib: &Stdlib) -> Checked {
    let disk = match Disk::with_main(&target.path) {
        Ok(disk) => disk,
        Err(why) => return Checked::Unreadable(why),
    };
    let compilation = disaggc::compile(&request(&target.path, options), &disk, stdlib);
    let mut codes = compilation.diagnostics.iter().map(|diagnostic| diagnostic.code);
    if target.found && codes.next() == Some("topology/none") && codes.next().is_none() {
        return Checked::Nothing;
    }
    let plan = compilation.plan.as_ref().map(table::summary);
    Checked::Topology { diagnostics: compilation.diagnostics, sources: compilation.sources, plan }
}

/// `412 topologies checked, 3 other files: 2 errors, 1 warning`; for one file alone what its job takes.
fn summary(targets: &[Target], checked: &[Checked], findings: &[Finding]) -> String {
    let count = findings::count(findings);
    if let ([target], [Checked::Topology { plan, .. }]) = (targets, checked) {
        let file = printable(&target.path);
        return match (count, plan) {
            (None, Some(plan)) => format!("{file}: no errors; {plan}"),
            (Some(count), Some(plan)) => format!("{count} in {file}\n{file}: no errors; {plan}"),
            (Some(count), None) => format!("{count} in {file}"),
            (None, None) => {
                format!("{file}: no plan was made, though no error was found: a fault of disaggc")
            }
        };
    }
    let topologies = checked.iter().filter(|c| matches!(c, Checked::Topology { .. })).count();
    let mut text = match topologies {
        1 => "1 topology checked".to_owned(),
        n => format!("{n} topologies checked"),
    };
    let others = checked.iter().filter(|c| matches!(c, Checked::Nothing)).count();
    let unreadable = checked.iter().filter(|c| c.unreadable().is_some()).count();
    for (n, what) in [(others, "without one"), (unreadable, "unreadable")] {
        match n {
            0 => {}
            1 => text.push_str(&format!(", 1 file {what}")),
            n => text.push_str(&format!(", {n} files {what}")),
        }
    }
    format!("{text}: {}", count.as_deref().unwrap_or("no errors"))
}
