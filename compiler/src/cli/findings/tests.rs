//! Order and forms of findings.

use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::Value;

use disaggc::source::{FileId, Kind, SourceFile};

use super::*;

/// The texts of one compilation, and what was found in them.
struct Desk {
    sources: SourceMap,
    diagnostics: Diagnostics,
}

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut sources = SourceMap::default();
        for (name, text) in files {
            sources.add(*name, *text);
        }
        Desk { sources, diagnostics: Diagnostics::default() }
    }

    /// The first place in file number `file` that reads `what`.
    fn at(&self, file: u32, what: &str) -> Span {
        let start = self.sources.get(FileId(file)).text.find(what).expect("the text is there");
        Span::new(FileId(file), start, start + what.len())
    }

    fn findings(&self) -> Vec<Finding<'_>> {
        in_order([(&self.diagnostics, &self.sources)])
    }
}

/// One finding of each kind: in two files, with a fix, in the stdlib, in an argument, and without a place.
fn desk() -> Desk {
    let topo = "topology \"é\" {\n    gen tp=8.0 {\n        gpus 16\n    }\n}\n";
    let mut desk = Desk::new(&[("./a b/topo,1.kdl", topo), ("site.kdl", "cluster \"100%\" {\n}\n")]);
    let argument = desk.sources.add_file(SourceFile {
        kind: Kind::Argument,
        name: "--set".into(),
        stable_name: "--set x".into(),
        text: "ctx.replcas=3".into(),
    });
    let stdlib = FileId::shared(3);
    desk.sources.share(
        stdlib,
        Arc::new(SourceFile {
            kind: Kind::Stdlib,
            name: "stdlib/cluster/x.kdl".into(),
            stable_name: "stdlib/cluster/x.kdl".into(),
            text: "cluster \"x\"\n".into(),
        }),
    );
    let found =
        [
            Diagnostic::error("argument/x", "no such property").label(Span::new(argument, 4, 11), "unknown"),
            Diagnostic::warning("stdlib/x", "odd").label(Span::new(stdlib, 0, 7), ""),
            Diagnostic::error("tests/both", "16, or 8?\nBoth: 100%")
                .label(desk.at(0, "gpus 16\n    }"), "says 16")
                .label(desk.at(1, "\"100%\""), "says 8")
                .help("write `gpus 8`"),
            Diagnostic::error("tests/type", "`tp` is a whole number")
                .label(desk.at(0, "8.0"), "a fraction")
                .fix("write `8`", desk.at(0, "8.0"), "8"),
            Diagnostic::error("tests/none", "nothing to compile"),
        ];
    desk.diagnostics.extend(found);
    desk
}

#[test]
fn findings_are_ordered_by_place_and_said_once() {
    let site = "cluster \"c\" { }\n";
    let mut first = Desk::new(&[("a.kdl", "one two\n"), ("site.kdl", site)]);
    let mut second = Desk::new(&[("b.kdl", "one two\n"), ("site.kdl", site)]);
    for desk in [&mut first, &mut second] {
        let found = [(0, "two"), (1, "cluster"), (0, "one")]
            .map(|(file, what)| Diagnostic::error("a/b", "wrong").label(desk.at(file, what), "here"));
        desk.diagnostics.extend(found);
    }
    let both = [&first, &second].map(|desk| (&desk.diagnostics, &desk.sources));
    let places: Vec<String> = in_order(both)
        .iter()
        .map(|finding| finding.sources.location(finding.diagnostic.labels[0].span))
        .collect();
    assert_eq!(places, ["a.kdl:1:1", "a.kdl:1:5", "site.kdl:1:1", "b.kdl:1:1", "b.kdl:1:5"]);
}

#[test]
fn they_are_counted() {
    let desk = desk();
    assert_eq!(count(&desk.findings()).as_deref(), Some("4 errors, 1 warning"));
    assert_eq!(count(&[]), None);
}

#[test]
fn json_is_an_object_a_line() {
    let text = json::lines(&desk().findings());
    for line in text.lines() {
        assert!(serde_json::from_str::<Value>(line).expect("JSON").is_object());
    }
    assert_snapshot!(text);
}

#[test]
fn workflow_commands_are_escaped() {
    assert_snapshot!(github::commands(&desk().findings()));
}

#[test]
fn sarif_is_what_its_schema_says() {
    let log = sarif::log(&desk().findings());
    let schema = include_str!("../../../../tests/schema/sarif.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    // One with documentation.
    let mut documented = Desk::new(&[("t", "gpus 4\n")]);
    let gpus = Diagnostic::error("assert/gpus", "not 4").label(documented.at(0, "4"), "here");
    documented.diagnostics.push(gpus);
    let documented = sarif::log(&documented.findings());
    assert!(documented.contains("shortDescription"), "{documented}");
    for text in [&log, &documented, &sarif::log(&[])] {
        let log: Value = serde_json::from_str(text).expect("JSON");
        let wrong: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{text}");
    }
    assert_snapshot!(log);
}

/// Places are inside of the text, also where a span is not.
#[test]
fn places_count_characters_and_stay_inside() {
    let desk = Desk::new(&[("t", "é日\nx\n"), ("empty", "")]);
    let mut places = place::Places::default();
    let mut of = |file: u32, start: usize, end: usize| {
        let (start, end) = places.of(&desk.sources, Span::new(FileId(file), start, end));
        ((start.byte, start.line, start.column), (end.byte, end.line, end.column))
    };
    assert_eq!(of(0, 2, 5), ((2, 1, 2), (5, 1, 3)));
    assert_eq!(of(0, 6, 7), ((6, 2, 1), (7, 2, 2)));
    assert_eq!(of(0, 8, 99), ((8, 3, 1), (8, 3, 1)));
    assert_eq!(of(0, 1, 3), ((0, 1, 1), (2, 1, 2)));
    assert_eq!(of(1, 0, 9), ((0, 1, 1), (0, 1, 1)));
}
