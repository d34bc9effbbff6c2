//! What a person sees of a finding.

use insta::assert_snapshot;
use proptest::prelude::*;

use disaggc::source::Span;

use super::*;

const PLAIN: Style = Style { color: false, width: 100 };

/// Sources by name and text, and a way to name a place in them by what stands there.
struct Desk(SourceMap);

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut sources = SourceMap::default();
        for (name, text) in files {
            sources.add(*name, *text);
        }
        Desk(sources)
    }

    /// The first place in file number `file` that reads `what`.
    fn at(&self, file: u32, what: &str) -> Span {
        let file = FileId(file);
        let start = self.0.get(file).text.find(what).expect("the text is there");
        Span::new(file, start, start + what.len())
    }

    fn show(&self, diagnostic: Diagnostic) -> String {
        finding(&diagnostic, &self.0, PLAIN)
    }
}

const TOPO: &str = "topology \"x\" {\n    ctx replicas=2 tp=4 {\n        gpus 16\n    }\n    gen tp=16\n}\n";

#[test]
fn one_label() {
    let desk = Desk::new(&[("topo.kdl", TOPO)]);
    let diagnostic = Diagnostic::error("assert/gpus", "this pool has 8 GPUs, not 16")
        .label(desk.at(0, "16"), "2 servers × tp 4 = 8")
        .help("write `gpus 8`, or take the line out: it is derived");
    assert_snapshot!(desk.show(diagnostic));
}

#[test]
fn two_labels() {
    let desk = Desk::new(&[("topo.kdl", TOPO)]);
    let diagnostic = Diagnostic::warning("assert/gpus", "these don't go together")
        .label(desk.at(0, "gen tp=16"), "far below")
        .label(desk.at(0, "replicas=2"), "and one of two")
        .label(desk.at(0, "tp=4"), "on one line");
    assert_snapshot!(desk.show(diagnostic));
}

#[test]
fn two_files() {
    let site = "cluster \"mine\" extends=\"h100\" {\n    ports from=8000 to=8001\n}\n";
    let desk = Desk::new(&[("topo.kdl", TOPO), ("../site.kdl", site)]);
    let diagnostic =
        Diagnostic::error("ports/too-few", "the cluster has 2 ports, and 3 servers share a node")
            .label(desk.at(0, "ctx replicas=2 tp=4"), "these servers")
            .label(desk.at(1, "ports from=8000 to=8001"), "these ports")
            .help("give a wider range");
    assert_snapshot!(desk.show(diagnostic));
}

#[test]
fn a_span_of_several_lines() {
    let desk = Desk::new(&[("topo.kdl", TOPO)]);
    let span = desk.at(0, "ctx replicas=2 tp=4 {\n        gpus 16\n    }");
    assert_snapshot!(desk.show(Diagnostic::error("language/x", "this block").label(span, "all of it")));
}

#[test]
fn tabs_and_wide_characters() {
    let desk = Desk::new(&[("topo.kdl", "topology \"x\" {\n\tenv { 名前 \"日本語\"\tB 1 }\r\n}\r\n")]);
    let diagnostic = Diagnostic::error("env/name", "a shell can't hold this name")
        .label(desk.at(0, "名前"), "these characters")
        .label(desk.at(0, "B 1"), "behind a tab");
    assert_snapshot!(desk.show(diagnostic));
}

#[test]
fn an_argument_as_a_source() {
    let desk = Desk::new(&[("--set", "ctx.replcas=3")]);
    assert_snapshot!(
        desk.show(Diagnostic::error("language/x", "no such property").label(desk.at(0, "replcas"), ""))
    );
}

#[test]
fn no_place_at_all() {
    let desk = Desk::new(&[]);
    assert_snapshot!(desk.show(Diagnostic::error("topology/none", "nothing to compile").help("write one")));
}

#[test]
fn a_long_message_is_wrapped_and_a_long_line_is_cut() {
    let line = format!("{}BAD{}", "x ".repeat(3000), " y".repeat(3000));
    let desk = Desk::new(&[("topo.kdl", &format!("first\n{line}\nlast"))]);
    let diagnostic = Diagnostic::error("language/x", "word ".repeat(40).trim_end())
        .label(desk.at(0, "BAD"), "here")
        .help("help ".repeat(40).trim_end());
    assert_snapshot!(desk.show(diagnostic));
}

#[test]
fn paths_and_commands_stay_in_one_piece() {
    let desk = Desk::new(&[]);
    let help = "the command line that you are looking for is: `sbatch --test-only /lustre/projects/llm/job-1.sbatch`";
    let shown = desk.show(Diagnostic::error("a/b", "wrong").help(help));
    assert!(shown.contains("/lustre/projects/llm/job-1.sbatch`"), "{shown}");
}

#[test]
fn nothing_in_a_file_steers_the_terminal() {
    let desk = Desk::new(&[("t\u{7}.kdl", "a \u{1b}[31m b\0\u{9b}\u{202e}c\rd\n")]);
    let text = desk.show(
        Diagnostic::error("language/x", "unknown \u{1b}[2J")
            .label(desk.at(0, "c"), "\u{8}this")
            .help("\u{0}"),
    );
    assert_snapshot!(text);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
}

#[test]
fn the_end_of_a_file_and_an_empty_file_have_a_place() {
    let desk = Desk::new(&[("topo.kdl", TOPO), ("empty.kdl", "")]);
    let end = Span::new(FileId(0), TOPO.len(), TOPO.len());
    assert_snapshot!(
        desk.show(
            Diagnostic::error("syntax/x", "something is missing")
                .label(end, "at the end")
                .label(Span::file_start(FileId(1)), "all of this file")
        )
    );
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let desk = Desk::new(&[("topo.kdl", TOPO)]);
    let diagnostic = Diagnostic::error("assert/gpus", "wrong").label(desk.at(0, "16"), "here");
    assert!(finding(&diagnostic, &desk.0, Style { color: true, width: 100 }).contains("\u{1b}["));
    assert!(!finding(&diagnostic, &desk.0, PLAIN).contains('\u{1b}'));
}

#[test]
fn at_most_a_hundred_are_shown() {
    let desk = Desk::new(&[]);
    let all: Vec<_> = (0..130).map(|n| Diagnostic::error("a/b", format!("number {n};"))).collect();
    let all: Vec<_> = all.iter().map(|diagnostic| Finding { diagnostic, sources: &desk.0 }).collect();
    let text = findings(&all, PLAIN);
    assert!(text.contains("number 99;") && !text.contains("number 100;"));
    assert!(text.ends_with("\n30 more are not shown; these may go away with the first ones.\n"), "{text}");
    assert_eq!(findings(&[], PLAIN), "");
}

proptest! {
    #[test]
    fn any_text_and_span_can_be_shown(
        text in "([a-z \t{}\"]|\r|\n|\r\n|é|日|\u{1b}|\u{202e}|\u{301}|(x{500})){0,30}",
        spans in prop::collection::vec((0usize..80, 0usize..80, ".{0,3}"), 1..4),
        width in 40usize..120,
    ) {
        let desk = Desk::new(&[("a", &text), ("b", &text)]);
        let mut diagnostic = Diagnostic::error("a/b", "message").help("the help");
        for (index, (start, length, label)) in spans.into_iter().enumerate() {
            let span = Span::new(FileId(index as u32 % 2), start, start + length);
            diagnostic = diagnostic.label(span, label);
        }
        let shown = finding(&diagnostic, &desk.0, Style { color: false, width });
        prop_assert!(shown.contains("message") && shown.contains("the help"), "{}", shown);
        prop_assert!(!shown.contains("Failed to read"), "{}", shown);
    }
}
