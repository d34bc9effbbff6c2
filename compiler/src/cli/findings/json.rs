//! One JSON object for each finding, each on a line of its own.

use serde::Serialize;

use disaggc::source::Span;

use super::Finding;
use super::place::{Place, Places};

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    /// The first one is where it is.
    labels: Vec<Label<'a>>,
    help: Option<&'a str>,
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    range: Range<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    range: Range<'a>,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Range<'a> {
    file: &'a str,
    start: Place,
    /// Not included.
    end: Place,
}

pub fn lines(findings: &[Finding]) -> String {
    let mut places = Places::default();
    let mut out = String::new();
    for finding in findings {
        let object = object(finding, &mut places);
        out.push_str(&serde_json::to_string(&object).expect("plain data serialises"));
        out.push('\n');
    }
    out
}

fn object<'a>(finding: &Finding<'a>, places: &mut Places) -> Object<'a> {
    let Finding { diagnostic, sources } = *finding;
    let mut range = |span: Span| {
        let (start, end) = places.of(sources, span);
        Range { file: &sources.get(span.file).name, start, end }
    };
    let label = |label: &'a disaggc::diagnostic::Label| Label { range: range(label.span), text: &label.text };
    let labels = diagnostic.labels.iter().map(label).collect();
    let mut edit =
        |edit: &'a disaggc::diagnostic::Edit| Edit { range: range(edit.span), replacement: &edit.text };
    Object {
        code: diagnostic.code,
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        labels,
        help: diagnostic.help.as_deref(),
        fix: diagnostic
            .fix
            .as_ref()
            .map(|fix| Fix { title: &fix.title, edits: fix.edits.iter().map(&mut edit).collect() }),
    }
}
