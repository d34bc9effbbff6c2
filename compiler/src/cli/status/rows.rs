//! A job's steps as rows: neighbours of one role that look alike share one.

use std::collections::BTreeSet;

use super::super::plan::rows::Who;
use super::words::lasting;
use disaggc::plan::Part;

use crate::follow::{Run, State, Step};

/// More steps than this, and servers that look alike share a row.
const UNFOLDED: usize = 12;

/// One step, or several servers with consecutive numbers in the same state.
#[derive(Debug)]
pub struct Row<'a> {
    pub who: Who,
    /// All of them.
    pub nodes: BTreeSet<&'a str>,
    /// The one that has been in its state for the longest time: its time and log are shown.
    pub step: &'a Step,
}

pub fn rows(run: &Run) -> Vec<Row<'_>> {
    let folds = run.steps.len() > UNFOLDED;
    let mut rows: Vec<Row<'_>> = Vec::new();
    for step in &run.steps {
        let nodes = step.nodes.iter().map(String::as_str).collect();
        let row = Row { who: Who::named(&step.name, &step.role), nodes, step };
        match rows.last_mut().filter(|_| folds) {
            Some(last) => match last.with_next(&row, run) {
                Some(both) => *last = both,
                None => rows.push(row),
            },
            None => rows.push(row),
        }
    }
    rows
}

impl<'a> Row<'a> {
    /// Both in one, if a reader loses nothing but places.
    fn with_next(&self, next: &Row<'a>, run: &Run) -> Option<Row<'a>> {
        let alike = self.step.state == next.step.state
            && self.step.state != State::Failed
            && next.step.part.is_some_and(Part::serves);
        let who = self.who.with_next(&next.who).filter(|_| alike)?;
        let step = if lasting(next.step, run) > lasting(self.step, run) { next.step } else { self.step };
        Some(Row { who, nodes: &self.nodes | &next.nodes, step })
    }
}
