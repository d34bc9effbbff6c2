//! A job as a picture: a bar for each step, from its start to its end, lighter until it was ready.

use svg::Document;
use svg::node::element::{Circle, Group, Line, Rectangle, Style, Title};

use super::super::drawing::{CHARACTER, round, safe, text};
use super::labels::{LONGEST_NAME, beside, cause, name, node, story};
use super::ticks::{label, ticks};
use super::words::{cut, headline, state};
use disaggc::plan::Part;

use crate::follow::{Run, State, Step};

const WIDTH: f64 = 1040.0;
const MARGIN: f64 = 20.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
const MOST_TICKS: u64 = 9;
/// Roles beyond share colours.
const COLOURS: usize = 4;
/// Light, and dark where the reader asks for it.
const CSS: &str = include_str!("timeline.css");

/// The whole job as an SVG file.
pub fn draw(run: &Run) -> String {
    let chart = Chart::of(run);
    let cause = cause(run, ((WIDTH - 2.0 * MARGIN) / CHARACTER) as usize);
    let below = chart.bottom() + 30.0;
    let height = below + 18.0 * cause.len() as f64 + if cause.is_empty() { 0.0 } else { 12.0 };
    let mut document = Document::new()
        .set("viewBox", format!("0 0 {WIDTH} {}", round(height)))
        .set("width", WIDTH)
        .set("height", round(height))
        .add(Title::new(safe(&headline(run))))
        .add(Style::new(CSS))
        .add(Rectangle::new().set("class", "page").set("width", "100%").set("height", "100%"))
        .add(text(MARGIN, 32.0, "head", &cut(&headline(run), 110)))
        .add(chart.legend())
        .add(chart.stripes())
        .add(chart.axis())
        .add(chart.verdict());
    for (index, step) in run.steps.iter().enumerate() {
        document = document.add(chart.row(index, step));
    }
    for (index, line) in cause.iter().enumerate() {
        let class = if index == 0 { "failure" } else { "dim" };
        document = document.add(text(MARGIN, below + 18.0 * index as f64, class, line));
    }
    format!("{document}\n")
}

/// Where everything is.
struct Chart<'a> {
    run: &'a Run,
    /// Roles in the order of their steps.
    roles: Vec<&'a Step>,
    nodes: f64,
    left: f64,
    right: f64,
    top: f64,
    /// The last second that is drawn.
    end: u64,
}

impl<'a> Chart<'a> {
    fn of(run: &'a Run) -> Self {
        let mut roles: Vec<&Step> = Vec::new();
        for step in &run.steps {
            if !roles.iter().any(|known| known.role == step.role) {
                roles.push(step);
            }
        }
        let widest = |text: fn(&Step) -> String| {
            run.steps.iter().map(|step| text(step).chars().count()).max().unwrap_or(0) as f64 * CHARACTER
        };
        let nodes = MARGIN + widest(name) + 14.0;
        let times = run.steps.iter().flat_map(|step| [step.started, step.ready, step.ended]);
        let end = times.chain([run.seconds]).flatten().max().unwrap_or(0).max(1);
        // A failure's words stand behind its bar, wherever that ends.
        let failures = run.steps.iter().filter(|step| step.state == State::Failed);
        let words = failures.map(|step| beside(step).chars().count()).max().unwrap_or(0) as f64;
        let right = WIDTH - 34.0 - words * CHARACTER * 1.1;
        Chart { run, roles, nodes, left: nodes + widest(node) + 16.0, right, top: 96.0, end }
    }

    fn x(&self, second: u64) -> f64 {
        round(self.left + (self.right - self.left) * (second as f64 / self.end as f64))
    }

    fn y(&self, row: usize) -> f64 {
        self.top + ROW * row as f64
    }

    fn bottom(&self) -> f64 {
        self.y(self.run.steps.len())
    }

    /// Behind every second row, so that the eye keeps to it.
    fn stripes(&self) -> Group {
        let rows = (0..self.run.steps.len()).step_by(2);
        rows.fold(Group::new().set("class", "stripe"), |group, row| group.add(stripe(self.y(row))))
    }

    fn axis(&self) -> Group {
        ticks(self.end, MOST_TICKS).into_iter().fold(Group::new(), |group, second| {
            let x = self.x(second);
            let words = label(second, self.end);
            let line = Line::new().set("class", "grid").set("x1", x).set("x2", x);
            let mut group = group.add(line.set("y1", self.top - 6.0).set("y2", self.bottom())).add(text(
                x,
                self.top - 12.0,
                "dim mid",
                &words,
            ));
            // A long chart is read at its end, too.
            if self.run.steps.len() > 20 {
                group = group.add(text(x, self.bottom() + 14.0, "dim mid", &words));
            }
            group
        })
    }

    fn legend(&self) -> Group {
        let mut group = Group::new();
        let mut x = MARGIN;
        let mut entry = |class: &str, words: &str, group: Group| {
            let mark = Rectangle::new().set("class", class).set("rx", 2).set("width", 12).set("height", 12);
            let next = x + 18.0 + words.chars().count() as f64 * CHARACTER + 16.0;
            if next > WIDTH {
                return group;
            }
            let group = group.add(mark.set("x", round(x)).set("y", 46)).add(text(x + 18.0, 56.0, "", words));
            x = next;
            group
        };
        for step in &self.roles {
            group = entry(&self.class(step), &cut(&safe(&step.role), LONGEST_NAME), group);
        }
        if self.run.steps.iter().any(|step| step.part.is_some_and(Part::serves)) {
            group = entry("between starting", "lighter: until it was ready", group);
        }
        if self.run.steps.iter().any(|step| step.state == State::Failed) {
            group = entry("failure", "failed", group);
        }
        group
    }

    /// The colour of its role.
    fn class(&self, step: &Step) -> String {
        let workers = self.roles.iter().filter(|role| matches!(role.part, None | Some(Part::Worker)));
        match step.part {
            Some(Part::Client) => "client".to_owned(),
            Some(Part::Preparation) => "preparation".to_owned(),
            Some(Part::Coordinator | Part::Service) => "between".to_owned(),
            Some(Part::Worker) | None => {
                let index = workers.take_while(|role| role.role != step.role).count();
                format!("role{}", index % COLOURS)
            }
        }
    }

    fn row(&self, index: usize, step: &Step) -> Group {
        let y = self.y(index);
        let base = y + ROW / 2.0 + 4.0;
        let mut group = Group::new().add(Title::new(safe(&story(step, self.run))));
        // The whole row shows its title.
        let row = stripe(y).set("class", "row");
        group = group.add(row).add(text(MARGIN, base, "", &name(step))).add(text(
            self.nodes,
            base,
            "dim",
            &node(step),
        ));
        let Some(started) = step.started else {
            return group.add(text(self.left + 6.0, base, "dim", &state(step)));
        };
        let end = step.ended.or(self.run.seconds).unwrap_or(self.end).max(started);
        let is_server = step.part.is_some_and(Part::serves);
        let ready = if is_server { step.ready.unwrap_or(end).clamp(started, end) } else { started };
        let class = self.class(step);
        if ready > started {
            group = group.add(self.bar(index, started, ready, &format!("{class} starting")));
        }
        if end > ready || ready == started {
            group = group.add(self.bar(index, ready, end, &class));
        }
        let (mut before, mut after) = (self.x(started), self.x(end));
        if step.state == State::Failed {
            let mark = Circle::new().set("class", "failure").set("r", 6).set("cx", after);
            group = group.add(mark.set("cy", y + ROW / 2.0));
            (before, after) = (before - 6.0, after + 6.0);
        }
        let words = beside(step);
        if words.is_empty() {
            return group;
        }
        let class = if step.state == State::Failed { "over failure" } else { "over" };
        let needed = words.chars().count() as f64 * CHARACTER + 8.0;
        if after + needed <= WIDTH - MARGIN || step.state == State::Failed || before - needed < self.left {
            group.add(text(after + 6.0, base, class, &words))
        } else {
            group.add(text(before - 6.0, base, &format!("{class} end"), &words))
        }
    }

    fn bar(&self, row: usize, from: u64, to: u64, class: &str) -> Rectangle {
        let width = round(self.x(to) - self.x(from)).max(2.0);
        Rectangle::new()
            .set("class", class)
            .set("x", self.x(from))
            .set("y", self.y(row) + (ROW - BAR) / 2.0)
            .set("width", width)
            .set("height", BAR)
            .set("rx", 2)
    }

    /// When it was found.
    fn verdict(&self) -> Group {
        let (Some(verdict), Some(seconds)) = (self.run.verdict, self.run.seconds) else {
            return Group::new();
        };
        let x = self.x(seconds);
        let line = Line::new().set("class", "verdict").set("x1", x).set("x2", x);
        Group::new().add(line.set("y1", self.top - 6.0).set("y2", self.bottom())).add(text(
            x + 4.0,
            self.top - 26.0,
            "end",
            verdict.name(),
        ))
    }
}

fn stripe(y: f64) -> Rectangle {
    Rectangle::new()
        .set("x", MARGIN - 6.0)
        .set("y", y)
        .set("width", WIDTH - 2.0 * MARGIN + 12.0)
        .set("height", ROW)
}
