//! A job as a table for a terminal.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::super::plan::table::name;
use super::super::snippet::printable;
use super::measured::measured;
use super::rows::{Row, rows};
use super::words::{cut, headline, human, lasting, state};
use crate::follow::{Cause, Run};

/// Longer names are cut, so that something is left for the log.
const LONGEST_NAME: usize = 20;
/// In fewer columns a log's line says nothing.
const SHORTEST_LINE: usize = 12;
const GAP: &str = "  ";
const TITLES: [&str; 5] = ["step", "node", "state", "for", "last line of the log"];

/// The whole job in lines of at most `width` columns.
pub fn render(run: &Run, width: usize) -> String {
    let mut out = format!("{}\n\n", cut(&headline(run), width));
    let rows = rows(run);
    if rows.is_empty() {
        out.push_str("no step has left a record yet\n");
    } else {
        out.push_str(&steps(&rows, run, width));
    }
    if let Some(cause) = &run.cause {
        out.push_str(&format!("\n{}", because(cause, width)));
    }
    out.push_str(&measured(run, width));
    if let Some(note) = &run.note {
        let age = run.quiet.map(|quiet| format!("; the newest record is {} old", human(quiet)));
        out.push_str(&format!("\n{}\n", wrapped(&format!("{note}{}", age.unwrap_or_default()), width, "")));
    }
    out
}

fn steps(rows: &[Row<'_>], run: &Run, width: usize) -> String {
    let mut lines: Vec<[String; 5]> = vec![TITLES.map(str::to_owned)];
    lines.extend(rows.iter().map(|row| cells(row, run)));
    let column = |at: usize| lines.iter().map(|cells| display_width(&cells[at])).max().unwrap_or(0);
    let widths = [column(0), column(1), column(2), column(3)];
    let taken: usize = widths.iter().map(|width| width + GAP.len()).sum();
    let rest = width.checked_sub(taken).filter(|rest| *rest >= SHORTEST_LINE);
    let mut out = String::new();
    for cells in &lines {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let padding = width.saturating_sub(display_width(cell)) + GAP.len();
            line.push_str(cell);
            line.push_str(&" ".repeat(padding));
        }
        if let Some(rest) = rest {
            line.push_str(&cut(&cells[4], rest));
        }
        out.push_str(&cut(line.trim_end(), width));
        out.push('\n');
    }
    out
}

fn cells(row: &Row<'_>, run: &Run) -> [String; 5] {
    let step = row.step;
    let time = lasting(step, run).map(human).unwrap_or_default();
    [cut(&printable(&name(&row.who)), LONGEST_NAME), place(row), state(step), time, step.last_line.clone()]
}

/// `node7`, `node7 +3`, or of several servers how many nodes they have.
fn place(row: &Row<'_>) -> String {
    let more = row.nodes.len().saturating_sub(1);
    let folded = row.who.numbers.is_some_and(|(first, last)| first < last);
    if folded && more > 0 {
        return format!("{} nodes", more + 1);
    }
    let node = printable(row.step.node.as_deref().unwrap_or_default());
    if more > 0 { format!("{} +{more}", cut(&node, LONGEST_NAME)) } else { cut(&node, LONGEST_NAME) }
}

/// `cause: gen_0 on node7`, and what happened.
fn because(cause: &Cause, width: usize) -> String {
    let place = [cause.step.clone(), cause.node.as_ref().map(|node| format!("on {node}"))];
    let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let place = if place.is_empty() { String::new() } else { format!(" {}", printable(&place)) };
    let lines = cause
        .message
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| wrapped(line, width, "  ") + "\n");
    format!("cause:{place}\n{}", lines.collect::<String>())
}

fn wrapped(line: &str, width: usize, indent: &str) -> String {
    let options = Options::new(width)
        .initial_indent(indent)
        .subsequent_indent(indent)
        // Paths are copied from here.
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(&printable(line), options)
}
