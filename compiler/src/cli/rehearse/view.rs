//! A running rehearsal on a terminal: what it says, and below that the job's steps as they are now.

use std::cell::RefCell;
use std::io::{self, Write};
use std::time::SystemTime;

use camino::Utf8Path;

use super::super::status::{back, frame};
use super::super::terminal;
use crate::follow;

/// Writes lines, and where there is a terminal a table below them, which is drawn anew after each.
#[derive(Default)]
pub struct View(RefCell<Drawn>);

#[derive(Default)]
struct Drawn {
    table: String,
    /// The beginning of a line.
    begun: Vec<u8>,
}

impl View {
    /// Draws the job in this run folder. One that is over needs no table: its verdict follows.
    pub fn draw(&self, folder: &Utf8Path) {
        if terminal::size().is_none() {
            return;
        }
        let Ok(run) = follow::read(folder.as_std_path(), follow::unix(SystemTime::now())) else { return };
        let table = if run.over { String::new() } else { format!("\n{}", frame(&run)) };
        let mut drawn = self.0.borrow_mut();
        let over = back(drawn.table.lines().count());
        // A terminal that can't be written to shows nothing, and the rehearsal goes on.
        let _ = terminal::print(&format!("{over}{table}"));
        drawn.table = table;
    }

    /// Takes the table away.
    pub fn end(&self) {
        let mut drawn = self.0.borrow_mut();
        let begun = String::from_utf8_lossy(&drawn.begun).into_owned();
        let _ = terminal::print(&format!("{}{begun}", back(drawn.table.lines().count())));
        *drawn = Drawn::default();
    }
}

impl Write for &View {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut drawn = self.0.borrow_mut();
        drawn.begun.extend(bytes);
        let whole = drawn.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if whole > 0 {
            let lines: Vec<u8> = drawn.begun.drain(..whole).collect();
            let mut out = io::stdout().lock();
            out.write_all(back(drawn.table.lines().count()).as_bytes())?;
            out.write_all(&lines)?;
            out.write_all(drawn.table.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().lock().flush()
    }
}
