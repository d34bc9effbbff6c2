//! The rules' own examples: each finds what its carets mark and nothing else, and what is to be written instead
//! is free of errors. Every code has its page, and the book has all pages.

#[path = "rules/codes.rs"]
mod codes;
#[path = "rules/page.rs"]
mod page;
mod support;

use std::collections::BTreeSet;
use std::{env, fs};

use disaggc::check::table::{RULES, all, find};
use disaggc::diagnostic::Severity;
use disaggc::source::{SourceMap, line_column};
use disaggc::stdlib::Stdlib;
use disaggc::syntax::{MAX_BYTES, MAX_WORDS};
use disaggc::{Compilation, Request};
use support::examples::{Mark, examples};
use support::{Texts, compile, compile_files, stdlib_with};

#[test]
fn examples_show_what_their_rule_finds() {
    let mut wrong = Vec::new();
    for rule in all() {
        let examples = examples(&rule.documentation(), rule.code);
        let (bad, good): (Vec<_>, Vec<_>) = examples.iter().partition(|example| !example.marks.is_empty());
        match rule.unshown {
            None if bad.is_empty() || good.is_empty() => {
                wrong.push(format!("{} lacks a bad or a good example", rule.code));
            }
            Some(why) if !bad.is_empty() => wrong.push(format!("{} has one, but {why}", rule.code)),
            _ => {}
        }
        for example in bad {
            let found = marks(&compile(&example.text));
            if found != example.marks || !found.iter().any(|mark| mark.code == rule.code) {
                wrong.push(format!(
                    "{}\n{}   found {found:?}\nexpected {:?}",
                    rule.code, example.text, example.marks
                ));
            }
        }
        for example in good {
            let compilation = compile(&example.text);
            if compilation.diagnostics.iter().any(|d| d.code == rule.code || d.severity == Severity::Error) {
                wrong.push(format!("{}\n{}   found {:?}", rule.code, example.text, compilation.diagnostics));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What was found where, as examples mark it.
fn marks(compilation: &Compilation) -> Vec<Mark> {
    let mark = |d: &disaggc::diagnostic::Diagnostic| {
        let span = d.labels.first().unwrap_or_else(|| panic!("{} has no place", d.code)).span;
        let text = &compilation.sources.get(span.file).text;
        let (line, start) = line_column(text, span.start as usize);
        let length = compilation.sources.text(span).chars().count().max(1);
        Mark { line, columns: (start, start + length - 1), code: d.code.to_owned() }
    };
    let mut marks: Vec<Mark> = compilation.diagnostics.iter().map(mark).collect();
    marks.sort();
    marks
}

#[test]
fn every_rule_has_a_code_of_its_own() {
    let codes: BTreeSet<&str> = all().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), all().count());
}

/// A topology without mistakes.
const WHOLE: &str = r#"use "cluster/gb200-nvl72"
use "engine/trtllm"
topology "t" {
    model "m" path="/models/m"
    ctx "long" tp=4
    ctx "short" tp=4
    gen tp=8
    server
    benchmark { isl 1024; osl 1024; concurrency 16 }
}
"#;

/// What no example shows, but what a text or an argument makes.
#[test]
fn what_has_no_example_is_found() {
    let text = |text: String| compile(&text);
    let argued = |request: Request| compile_files(&Texts::new([("topo.kdl", WHOLE)]), request);
    let set = |set: &str| argued(Request { sets: vec![set.to_owned()], ..Request::default() });
    // A file that uses forty others.
    let files = |text: &dyn Fn(u32) -> String| {
        let mut all =
            Texts::new([("topo.kdl", &*(0..40).map(|i| format!("use \"./{i}.kdl\"\n")).collect::<String>())]);
        all.0.extend((0..=40).map(|i| (format!("{i}.kdl"), text(i))));
        compile_files(&all, Request::default())
    };
    let found = [
        ("syntax/control-character", text(WHOLE.replace("models/m", "models/\u{7}m"))),
        ("syntax/too-deep", text("a {".repeat(65) + &"}".repeat(65))),
        ("syntax/too-large", text(" ".repeat(MAX_BYTES + 1))),
        ("syntax/too-many", text("a 1\n".repeat(MAX_WORDS))),
        ("syntax/more", text("a 1.\n".repeat(101))),
        ("topology/none", text("use \"cluster/local\"\n".to_owned())),
        ("topology/unknown", argued(Request { topology: Some("T".to_owned()), ..Request::default() })),
        ("set/form", set("gen.tp")),
        ("set/no-such-node", set("genn.tp=4")),
        ("set/ambiguous", set("ctx.tp=8")),
        ("set/too-many", set(&format!("gen.tp={}", "1 ".repeat(MAX_WORDS)))),
        ("file/chain", files(&|i| format!("use \"./{}.kdl\"", i + 1))),
        ("file/too-much", files(&|_| "// ".repeat(MAX_BYTES / 4))),
    ];
    for (code, compilation) in &found {
        let codes: Vec<&str> = compilation.diagnostics.iter().map(|d| d.code).collect();
        assert!(codes.contains(code), "{code}: {codes:?}");
    }
    // Of the bundle's codes see below, and the backend's and the plan's own tests: no topology makes them. Those about
    // other tools' files: tests/import.rs. Of several topologies in one pipeline see jenkins.rs.
    let several = ["jenkins/none", "jenkins/same-name", "jenkins/disagree", "jenkins/list"];
    let made_by_none = |code: &str| {
        code.starts_with("emit/")
            || code.starts_with("import/")
            || code == "plan/law"
            || several.contains(&code)
    };
    let unshown: BTreeSet<&str> = all().filter(|rule| rule.unshown.is_some()).map(|rule| rule.code).collect();
    let expected: BTreeSet<&str> = found
        .iter()
        .map(|(code, _)| *code)
        .chain(all().map(|rule| rule.code).filter(|code| made_by_none(code)))
        .collect();
    assert_eq!(unshown, expected);
}

/// A description of one's own may be wrong in ways that only show when the bundle is written.
#[test]
fn what_a_description_makes_is_found_in_the_bundle() {
    let refused = |stdlib: &Stdlib| {
        let request = Request { main: "topo.kdl".to_owned(), ..Request::default() };
        let compilation = disaggc::compile(&request, &Texts::new([("topo.kdl", WHOLE)]), stdlib);
        let found: Vec<_> = compilation.diagnostics.iter().collect();
        let plan = compilation.plan.unwrap_or_else(|| panic!("{found:#?}"));
        disaggc::emit::emit(&plan, &SourceMap::default(), stdlib).expect_err("no bundle").code
    };
    let engine = "engine/trtllm/engine.kdl";
    for (code, path, old, new) in [
        (
            "emit/template",
            "bundle/job.sbatch",
            "for option in component.options",
            "for option in component.optons",
        ),
        ("emit/no-reducer", engine, "results \"results.py\"", "results \"result.py\""),
        ("emit/variable", engine, "env { UCX_TLS unset=#true }", "env { DISAGGC_X 1 }"),
    ] {
        assert_eq!(refused(&stdlib_with(path, old, new)), code);
    }
}

#[test]
fn every_code_has_its_page() {
    let emitted = codes::elsewhere();
    assert!(emitted.len() > 70, "{emitted:?}");
    let mut wrong = Vec::new();
    for (code, (severity, path)) in &emitted {
        match find(code) {
            Some(rule) if rule.severity == *severity => {}
            Some(rule) => wrong.push(format!("{code} is {:?}, {severity:?} in {path:?}", rule.severity)),
            None => wrong.push(format!("{code} of {path:?} has no page")),
        }
    }
    for rule in all().skip(RULES.len()).filter(|rule| !emitted.contains_key(rule.code)) {
        wrong.push(format!("nothing finds {}", rule.code));
    }
    for code in codes::rules() {
        if !RULES.iter().any(|rule| rule.code == code) {
            wrong.push(format!("{code} is not in the table"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `UPDATE_BOOK=1` writes it.
#[test]
fn the_book_has_all_pages() {
    let path = support::top().join("book/src/reference/rules.md");
    let page = page::page();
    if env::var_os("UPDATE_BOOK").is_some() {
        fs::write(&path, &page).expect("writable");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "{} is stale: UPDATE_BOOK=1 cargo test --test rules", path.display());
}
