//! A job as one page without anything beside it: verdict, timeline, the client's figures, and the ends of the logs.

use std::path::Path;

use disaggc::plan::Plan;
use serde::Serialize;
use tera::{Context, Tera};

use super::super::drawing::safe;
use super::super::plan::picture;
use super::measured::{clients, figure};
use super::timeline;
use super::words::{headline, state};
use crate::follow::{self, Run, Step};

const PAGE: &str = include_str!("report.html");
const NAME: &str = "report.html";
/// Lines of each log.
const LINES: usize = 40;

#[derive(Serialize)]
struct Page {
    title: String,
    /// The word, for the colour.
    verdict: &'static str,
    said: String,
    rehearsed: bool,
    timeline: String,
    picture: Option<String>,
    charts: Vec<Chart>,
    logs: Vec<Log>,
}

/// One figure at each concurrency.
#[derive(Serialize)]
struct Chart {
    name: String,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    name: String,
    figure: String,
    /// Of the longest.
    percent: f64,
}

#[derive(Serialize)]
struct Log {
    step: String,
    state: String,
    text: String,
    /// Whether the verdict names it.
    blamed: bool,
}

/// The page of the job whose run folder is `folder`; with the plan's picture where a rehearsal knows the plan.
///
/// # Errors
/// A sentence, if the page's own text is wrong.
pub fn render(run: &Run, folder: &Path, rehearsed: Option<&Plan>) -> Result<String, String> {
    let cause = run.cause.as_ref();
    let verdict = run.verdict.map_or("none", |verdict| verdict.name());
    let said = match cause.map(|cause| cause.message.trim_end()).filter(|message| !message.is_empty()) {
        Some(message) => format!("{verdict}: {message}"),
        None => verdict.to_owned(),
    };
    let blamed = cause.and_then(|cause| cause.step.as_deref());
    let log = |step: &Step| Log {
        step: safe(&step.name),
        state: state(step),
        text: safe_lines(&follow::last_lines(&folder.join("log").join(format!("{}.log", step.name)), LINES)),
        blamed: blamed == Some(step.name.as_str()),
    };
    let page = Page {
        title: safe(&headline(run)),
        verdict,
        said: safe_lines(&said),
        rehearsed: rehearsed.is_some(),
        timeline: timeline::draw(run),
        picture: rehearsed.map(picture::draw),
        charts: charts(run),
        logs: run.steps.iter().filter(|step| step.started.is_some()).map(log).collect(),
    };
    let mut tera = Tera::new();
    let wrong = |error: tera::Error| format!("the report's page is wrong: {error}");
    tera.add_raw_template(NAME, PAGE).map_err(wrong)?;
    tera.render(NAME, &Context::from_serialize(&page).map_err(wrong)?).map_err(wrong)
}

fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

/// A chart for each number that a client measured.
fn charts(run: &Run) -> Vec<Chart> {
    let (clients, keys) = clients(run);
    let chart = |key: &String| {
        let values = clients.iter().filter_map(|client| {
            let value = client.metrics.get(key)?;
            Some((client, value, value.as_f64().filter(|number| number.is_finite() && *number >= 0.0)?))
        });
        let values: Vec<_> = values.collect();
        let longest = values.iter().map(|(_, _, number)| *number).fold(0.0, f64::max);
        let bar = |(client, value, number): &(&&Step, &serde_json::Value, f64)| Bar {
            name: safe(&client.name),
            figure: figure(value),
            percent: if longest > 0.0 { (number / longest * 1000.0).round() / 10.0 } else { 0.0 },
        };
        Chart { name: safe(&key.replace('_', " ")), bars: values.iter().map(bar).collect() }
    };
    keys.into_iter().map(chart).filter(|chart| !chart.bars.is_empty()).collect()
}
