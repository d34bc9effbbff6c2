//! `disaggc rehearse`: compiles, writes the bundle into a temporary folder, and has it run.

pub mod args;
mod stage;
mod view;

use std::io;
use std::path::Path;
use std::time::{Instant, SystemTime};

use camino::Utf8Path;

use super::render::Style;
use super::terminal::{print, tell};
use super::{Failure, files, status};
use crate::follow;
use crate::rehearse::{self, Fault, Steps};
use args::{Rehearse, RehearseFormat};
use disaggc::stdlib::rehearsal::Rehearsal as Description;
use stage::Stage;
pub use stage::{default_cache, packages, requirements, uses_containers};
use view::View;

pub fn run(args: &Rehearse, style: Style) -> Result<(), Failure> {
    let stage = Stage::set(args, style)?;
    if args.matrix {
        return matrix(&stage);
    }
    let steps = Steps::of(&stage.compiled.plan);
    let faults = args.faults.iter().map(|text| Fault::parse(text, &steps)).collect::<Result<Vec<_>, _>>()?;
    // The page is made of the run folder, which is gone with the rehearsal unless it is kept.
    let folder = Utf8Path::from_path(stage.temporary.path()).map(|folder| folder.join("run"));
    let keep = args.run_folder.clone().or(folder.filter(|_| args.html.is_some()));
    let outcome = match args.format {
        RehearseFormat::Text => {
            let view = View::default();
            let outcome =
                stage.rehearse(&faults, keep.as_deref(), Some(&|folder| view.draw(folder)), &mut &view);
            view.end();
            outcome?
        }
        RehearseFormat::Json => {
            let outcome = stage.rehearse(&faults, keep.as_deref(), None, &mut io::stderr())?;
            let json = serde_json::to_string_pretty(&outcome).map_err(|error| error.to_string())?;
            print(&format!("{json}\n"))?;
            outcome
        }
    };
    if let (Some(file), Some(folder)) = (&args.html, &keep) {
        report(&stage, folder, file)?;
    }
    if outcome.exit_code() == 0 { Ok(()) } else { Err(Failure::Verdict) }
}

fn report(stage: &Stage, folder: &Utf8Path, file: &Path) -> Result<(), Failure> {
    let run =
        follow::read(folder.as_std_path(), follow::unix(SystemTime::now())).map_err(|e| e.to_string())?;
    let page = status::report(&run, folder.as_std_path(), Some(&stage.compiled.plan))?;
    std::fs::write(file, page)
        .map_err(|error| format!("{} can't be written: {}", file.display(), files::sentence(&error)))?;
    tell(&format!("wrote {}\n", file.display()));
    Ok(())
}

/// What a matrix changes: enough to do that a fault comes before the end, and a hang that is seen soon.
fn matrix_sets(descriptions: &[Description]) -> [String; 2] {
    let load = descriptions.iter().rev().find_map(|description| description.load.as_ref());
    [format!("benchmark.requests={}", load.map_or(LOAD, |load| load.value)), "health-timeout=8".to_owned()]
}

/// Requests where no description of a client says how many are enough.
const LOAD: u32 = 4000;

/// One job for each fault.
fn matrix(stage: &Stage) -> Result<(), Failure> {
    let plan = &stage.compiled.plan;
    let (steps, cases) = (Steps::of(plan), rehearse::cases(plan));
    let width = cases.iter().map(|case| case.fault.len()).max().unwrap_or(0);
    let mut wrong = 0;
    for case in &cases {
        print(&format!("{:width$}  ", case.fault))?;
        let began = Instant::now();
        let mut said = Vec::new();
        let outcome = stage.rehearse(&[Fault::parse(&case.fault, &steps)?], None, None, &mut said)?;
        let met = case.expected.is_met(&outcome);
        wrong += usize::from(!met);
        let sign = if met { "ok" } else { "WRONG" };
        print(&format!("{sign:5} {} ({:.0} s)\n", case.expected, began.elapsed().as_secs_f64()))?;
        if !met {
            print(&indented(&String::from_utf8_lossy(&said)))?;
        }
    }
    match wrong {
        0 => Ok(print(&format!("{} faults, each with the right verdict\n", cases.len()))?),
        _ => {
            print(&format!("{wrong} of {} faults had a wrong verdict\n", cases.len()))?;
            Err(Failure::Verdict)
        }
    }
}

/// What the rehearsal said, below the fault that it is about.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
