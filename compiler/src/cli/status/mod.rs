//! `disaggc status`: shows what a job does or did.

mod labels;
mod measured;
mod report;
mod rows;
mod table;
mod ticks;
mod timeline;
mod words;

pub use report::render as report;
pub use words::cut;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use super::args::{Status, StatusFormat};
use super::terminal::{self, print, tell};
use super::{Failure, files, on_interrupt};
use crate::follow::{self, Answer, Run, Verdict};

/// How often Slurm is asked: it serves a whole cluster.
const ASK_AGAIN: Duration = Duration::from_secs(15);
const REDRAW: Duration = Duration::from_secs(1);
/// How soon Ctrl-C is seen.
const BLINK: Duration = Duration::from_millis(50);
/// Columns where nobody says how many.
const WIDTH: usize = 100;

/// Prints the job in a run folder; on a terminal, again and again until it has ended.
pub fn run(args: &Status) -> Result<(), Failure> {
    super::meant::there(&args.folder)?;
    let watch =
        args.format == StatusFormat::Table && !args.once && args.timeline.is_none() && args.html.is_none();
    let mut slurm = Slurm::default();
    let run = match terminal::size() {
        Some(_) if watch => follow(&args.folder, &mut slurm)?,
        size => {
            let run = slurm.look(&args.folder)?;
            print(&match args.format {
                StatusFormat::Table => table::render(&run, width(size)),
                StatusFormat::Json => {
                    format!("{}\n", serde_json::to_string_pretty(&run).map_err(|error| error.to_string())?)
                }
            })?;
            run
        }
    };
    if let Some(file) = &args.timeline {
        std::fs::write(file, timeline::draw(&run))
            .map_err(|error| format!("{} can't be written: {}", file.display(), files::sentence(&error)))?;
        tell(&format!("wrote {}\n", file.display()));
    }
    if let Some(file) = &args.html {
        std::fs::write(file, report(&run, &args.folder, None)?)
            .map_err(|error| format!("{} can't be written: {}", file.display(), files::sentence(&error)))?;
        tell(&format!("wrote {}\n", file.display()));
    }
    match run.verdict {
        Some(Verdict::Passed) => Ok(()),
        None if !run.over => Ok(()),
        _ => Err(Failure::Verdict),
    }
}

/// Draws over what it drew before, once a second, until the job is over.
fn follow(folder: &Path, slurm: &mut Slurm) -> Result<Run, Failure> {
    let stop = on_interrupt();
    let mut drawn = 0;
    loop {
        let run = slurm.look(folder)?;
        let shown = frame(&run);
        print(&format!("{}{shown}", back(drawn)))?;
        drawn = shown.lines().count();
        if run.over {
            return Ok(run);
        }
        if waits(&stop) {
            return Err(Failure::Interrupted);
        }
    }
}

/// Up to where something of so many lines began, and away with it.
pub fn back(drawn: usize) -> String {
    if drawn > 0 { format!("\x1b[{drawn}A\r\x1b[J") } else { String::new() }
}

/// The table, as far as it may be drawn over: what has left the screen at its top can't. Of a job that is over it is
/// whole.
pub fn frame(run: &Run) -> String {
    let size = terminal::size();
    let table = table::render(run, width(size));
    match size {
        Some((_, height)) if !run.over => shortened(table, height.saturating_sub(1)),
        _ => table,
    }
}

/// The first lines, and how many are missing, if there are more than `room`.
fn shortened(table: String, room: usize) -> String {
    let lines: Vec<&str> = table.lines().collect();
    if lines.len() <= room {
        return table;
    }
    let (shown, hidden) = lines.split_at(room.saturating_sub(1).min(lines.len()));
    let shown: String = shown.iter().map(|line| format!("{line}\n")).collect();
    format!("{shown}… {} lines more; --once shows all\n", hidden.len())
}

/// Until the next drawing; true if interrupted.
fn waits(stop: &AtomicBool) -> bool {
    let until = Instant::now() + REDRAW;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        sleep(BLINK);
    }
    stop.load(Ordering::Relaxed)
}

/// Columns to draw in; in fewer nothing fits.
fn width(size: Option<(usize, usize)>) -> usize {
    size.map_or(WIDTH, |(width, _)| width).max(40)
}

/// What Slurm said, and when.
#[derive(Default)]
struct Slurm(Option<(Instant, Answer)>);

impl Slurm {
    /// Reads the folder, and asks Slurm where it has no verdict.
    fn look(&mut self, folder: &Path) -> Result<Run, Failure> {
        let read = || {
            follow::read(folder, follow::unix(SystemTime::now()))
                .map_err(|error| Failure::Usage(error.to_string()))
        };
        let run = read()?;
        let (None, Some(job)) = (run.verdict, &run.job) else { return Ok(run) };
        if self.0.as_ref().is_none_or(|(asked, _)| asked.elapsed() > ASK_AGAIN) {
            self.0 = Some((Instant::now(), follow::ask(job)));
        }
        // Meanwhile there may be a verdict.
        let mut run = read()?;
        if let Some((_, answer)) = &self.0 {
            run.hear(answer, follow::restart(folder));
        }
        Ok(run)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
