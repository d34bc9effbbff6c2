//! Who sits on which node and GPU, as a table of at most 80 columns.

use std::fmt::Display;
use std::ops::Range;

use disaggc::plan::{Component, Part, Plan};

use super::super::snippet::printable;
use super::rows::{Other, Row, Seat, Who, rows};

const WIDTH: usize = 80;
/// Wider notes are cut into lines; the GPUs get the rest.
const NOTES: usize = 26;
/// `GPU 0` and a blank.
const NARROWEST: usize = 6;
/// What stands between a name and its ranks; no name has a blank.
const RANKS: &str = " r";
const NOTES_TITLE: &str = "ports, other steps";

/// `5 nodes, 20 GPUs, 20 used`.
pub fn summary(plan: &Plan) -> String {
    let gpus = plan.gpus();
    let used: usize = plan.steps.iter().flat_map(|step| &step.nodes).map(|share| share.gpus.len()).sum();
    format!("{}, {}, {used} used", counted(plan.nodes.into(), "node"), counted(gpus, "GPU"))
}

fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The same, and how good that is.
pub fn verdict(plan: &Plan) -> String {
    format!("{}; {}", summary(plan), how_good(plan))
}

pub fn how_good(plan: &Plan) -> String {
    match plan.placement.minimum.nodes {
        least if least >= plan.nodes => "the fewest possible".to_owned(),
        least => format!("at least {least} are needed"),
    }
}

/// What is planned, for what.
pub fn headline(plan: &Plan) -> String {
    let backend = plan.engine.backend.as_ref().map(|backend| format!(" with {backend}")).unwrap_or_default();
    printable(&format!(
        "{} on {}, engine {} {}{backend}, mode {}",
        plan.topology, plan.cluster.name, plan.engine.name, plan.engine.version, plan.mode
    ))
}

pub fn render(plan: &Plan) -> String {
    let rows = rows(plan);
    let domains = &plan.placement.domains;
    let excluded = &plan.placement.excluded_gpus;
    let gpus = plan.most_gpus() as usize;
    let names: Vec<String> = rows.iter().map(|row| range(row.first, row.last)).collect();
    let name_width = names.iter().map(|name| width(name)).max().unwrap_or(0).max(4);
    let notes: Vec<Vec<String>> = rows.iter().map(|row| row.others.iter().map(note).collect()).collect();
    let notes_width = notes
        .iter()
        .flatten()
        .map(|note| width(note) + 1)
        .max()
        .unwrap_or(0)
        .clamp(width(NOTES_TITLE), NOTES);
    let slots = Slots::fitting(&rows, gpus, excluded, WIDTH - name_width - 2 - 1 - notes_width);
    let notes_width = WIDTH - name_width - 2 - 1 - gpus * slots.width;

    let mut out = format!("{}\n\n", headline(plan));
    let mut line = |name: &str, cells: &str, note: &str| {
        out.push_str(format!("{name:>name_width$}  {cells} {note}").trim_end());
        out.push('\n');
    };
    line("node", &slots.header(gpus), NOTES_TITLE);
    for ((row, name), notes) in rows.iter().zip(&names).zip(&notes) {
        if let Some(component) =
            plan.components.iter().find(|c| c.from == row.first && plan.components.len() > 1)
        {
            line("", &of_kind(component), "");
        }
        if domains.len() > 1
            && let Some(number) = domains.iter().position(|domain| domain.from == row.first)
        {
            line("", &format!("NVLink domain {number}"), "");
        }
        let mut notes = packed(notes, notes_width).into_iter();
        let cells = format!("{:width$}", slots.cells(row), width = gpus * slots.width);
        line(name, &cells, &notes.next().unwrap_or_default());
        for rest in notes {
            line("", &" ".repeat(gpus * slots.width), &rest);
        }
    }
    out.push_str(&format!("\n{}", verdict(plan)));
    let excluded_of = |row: &Row| excluded.iter().filter(|gpu| **gpu < row.gpus).count();
    let used = |row: &Row| row.seats.iter().map(|seat| seat.gpus as usize).sum::<usize>();
    let mut legend = Vec::new();
    if rows.iter().flat_map(|row| &row.seats).any(|seat| slots.text(seat).contains(RANKS)) {
        legend.push("r: ranks");
    }
    if rows.iter().any(|row| used(row) + excluded_of(row) < row.gpus as usize) {
        legend.push("·: idle");
    }
    if !excluded.is_empty() {
        legend.push("×: excluded");
    }
    if !legend.is_empty() {
        out.push_str(&format!("   ({})", legend.join(", ")));
    }
    out.push('\n');
    if plan.placement.shared {
        out.push_str(
            "other jobs may use the rest of its nodes; whether ports are free is seen when it starts\n",
        );
    }
    if plan.roles.iter().any(|role| role.part == Part::Preparation) {
        out.push_str("prepare runs first, once on every node\n");
    }
    out
}

/// `nodes of kind grace`, or of the cluster's usual ones.
pub fn of_kind(component: &Component) -> String {
    match &component.kind {
        Some(kind) => format!("nodes of kind {kind}"),
        None => "the cluster's usual nodes".to_owned(),
    }
}

/// The GPUs' columns.
struct Slots<'a> {
    /// Of one GPU, with the blank behind it.
    width: usize,
    excluded: &'a [u32],
}

impl<'a> Slots<'a> {
    /// Wide enough for names with ranks if they fit, else for names, else all that there is.
    fn fitting(rows: &[Row], gpus: usize, excluded: &'a [u32], available: usize) -> Self {
        let needed = |label: fn(&Seat) -> String| {
            let need = |seat: &Seat| (width(&label(seat)) + 1).div_ceil(seat.gpus as usize);
            rows.iter().flat_map(|row| &row.seats).map(need).max().unwrap_or(0).max(NARROWEST)
        };
        let fits = |width: &usize| width * gpus <= available;
        let widths = [needed(name_and_ranks), needed(|seat| name(&seat.who))];
        let width = widths.into_iter().find(fits).unwrap_or((available / gpus.max(1)).max(2));
        Slots { width, excluded }
    }

    fn header(&self, gpus: usize) -> String {
        let title = |gpu| if gpu == 0 && self.width >= NARROWEST { "GPU 0".into() } else { format!("{gpu}") };
        (0..gpus).map(|gpu| format!("{:width$}", title(gpu), width = self.width)).collect()
    }

    fn cells(&self, row: &Row) -> String {
        let mut out = String::new();
        let mut next = 0;
        for seat in &row.seats {
            out.push_str(&self.idle(next..seat.gpu as usize));
            out.push_str(&self.cell(seat));
            next = (seat.gpu + seat.gpus) as usize;
        }
        out.push_str(&self.idle(next..row.gpus as usize));
        out
    }

    fn idle(&self, gpus: Range<usize>) -> String {
        let mark = |gpu: usize| if self.excluded.contains(&(gpu as u32)) { "×" } else { "·" };
        gpus.map(|gpu| format!("{:width$}", mark(gpu), width = self.width)).collect()
    }

    /// The server's name, and a line over the rest of its GPUs.
    fn cell(&self, seat: &Seat) -> String {
        let text = self.text(seat);
        let rest = self.room(seat) - width(&text);
        if seat.gpus > 1 && rest > 1 {
            format!("{text} {} ", "─".repeat(rest - 1))
        } else {
            format!("{text}{} ", " ".repeat(rest))
        }
    }

    fn text(&self, seat: &Seat) -> String {
        fitting(seat, self.room(seat))
    }

    fn room(&self, seat: &Seat) -> usize {
        seat.gpus as usize * self.width - 1
    }
}

/// The server's name, with its ranks if there is room.
pub fn fitting(seat: &Seat, room: usize) -> String {
    [name_and_ranks(seat), name(&seat.who)]
        .into_iter()
        .find(|text| width(text) <= room)
        .unwrap_or_else(|| shortened(&seat.who, room))
}

fn name_and_ranks(seat: &Seat) -> String {
    format!("{}{RANKS}{}", name(&seat.who), range(seat.ranks.0, seat.ranks.1))
}

/// `gen_3`, or `gen_0–17`.
pub fn name(who: &Who) -> String {
    match who.numbers {
        Some((first, last)) => format!("{}_{}", who.role, range(first, last)),
        None => who.role.clone(),
    }
}

/// Which one it is matters more than its pool's name.
fn shortened(who: &Who, room: usize) -> String {
    let number = who.numbers.map_or(String::new(), |(first, last)| format!("_{}", range(first, last)));
    match room.checked_sub(width(&number) + 1) {
        Some(left) if left > 0 => {
            format!("{}…{number}", who.role.chars().take(left).collect::<String>())
        }
        _ => number.chars().skip(1).take(room).collect(),
    }
}

pub fn note(other: &Other) -> String {
    let mut text = name(&other.who);
    if let Some((first, last)) = other.ports {
        text.push_str(&format!(" :{}", range(first, last)));
    }
    if other.times > 1 {
        text.push_str(&format!(" ×{}", other.times));
    }
    text
}

pub fn range<T: Display + PartialEq>(first: T, last: T) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

/// Notes with commas, in lines of at most `room` if a single note isn't longer.
fn packed(notes: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, note) in notes.iter().enumerate() {
        let comma = if index + 1 < notes.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(note) + width(comma) <= room => {
                line.push_str(&format!(" {note}{comma}"));
            }
            _ => lines.push(format!("{note}{comma}")),
        }
    }
    lines
}

/// Names are of ASCII letters, and the few other characters here are one column wide.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
