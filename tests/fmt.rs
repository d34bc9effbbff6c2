//! `disaggc fmt` and `disaggc new`, as commands and by what they promise: the meaning stays, nothing that a person wrote
//! is lost, and a second time nothing changes.

mod support;

use std::fs;
use std::process::{Command, Output};

use disaggc::source::FileId;
use disaggc::syntax::format::{format, same};
use disaggc::syntax::parse;
use proptest::collection::vec;
use proptest::prelude::*;

fn formatted(text: &str) -> String {
    format(text, FileId(0)).expect("it is KDL")
}

#[test]
fn the_layout() {
    let table = [
        ("a   1    2\n\n\n\nb\n", "a 1 2\n\nb\n"),
        ("\n\na {\n\n  b 1 ;  c 2\n\n}\n\n", "a {\n    b 1\n    c 2\n}\n"),
        ("a{b 1;c 2;}", "a { b 1; c 2 }\n"),
        ("a { }\nb {\n}\n", "a { }\nb { }\n"),
        ("a x = 1 (t) 2 ( t )\"s\"", "a x=1 (t)2 (t)\"s\"\n"),
        // Numbers and strings as they are.
        (
            "a 0x10 1.50 1_000 +5 #\"r\"# \"\\u{41}\" x=1e3",
            "a 0x10 1.50 1_000 +5 #\"r\"# \"\\u{41}\" x=1e3\n",
        ),
        // Comments: above, behind, inside, alone.
        ("// one\na 1   // two\n{".trim_end_matches('{'), "// one\na 1   // two\n"),
        ("a { // why\n b // c\n // end\n}", "a { // why\n    b // c\n    // end\n}\n"),
        ("a /* x */ 1 /* y */ { /* z */ }", "a /* x */ 1 /* y */ { /* z */ }\n"),
        ("/* x */ a; /* y */ b // z", "/* x */ a\n/* y */ b // z\n"),
        // What is taken out stays taken out.
        ("/- a 1\nb /- 1 2 /-x=1 /- { c }", "/-a 1\nb /-1 2 /-x=1 /-{ c }\n"),
        ("a 1 /- // why\n 2", "a 1 /- // why\n    2\n"),
        ("a 1 \\\n 2 \\ // more\n3", "a 1 \\\n    2 \\ // more\n    3\n"),
        ("a \"\"\"\n   x\n    y\n   \"\"\"\n", "a \"\"\"\n   x\n    y\n   \"\"\"\n"),
        ("a 1\r\nb { c; \r\n }\r\n", "a 1\r\nb {\r\n    c\r\n}\r\n"),
        ("", ""),
        ("\u{feff}a", "a\n"),
    ];
    for (text, expected) in table {
        assert_eq!(formatted(text), expected, "{text:?}");
        assert_eq!(formatted(expected), expected);
    }
    // A block that does not fit on its line is broken, from the outside in.
    let long = format!("config {{ first {{ key \"{0}\" }}; second {{ key \"{0}\" }} }}", "x".repeat(50));
    let broken =
        format!("config {{\n    first {{ key \"{0}\" }}\n    second {{ key \"{0}\" }}\n}}\n", "x".repeat(50));
    assert_eq!(formatted(&long), broken);
}

/// What the project ships has the layout that it asks for.
#[test]
fn the_examples_have_the_layout() {
    for name in support::example_names() {
        let path = support::top().join("examples").join(name).join("topo.kdl");
        let text = fs::read_to_string(&path).expect("readable");
        assert_eq!(formatted(&text), text, "{}", path.display());
    }
}

/// Parts of KDL, and between them anything that may stand there.
fn kdl() -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec![
        " ",
        "  ",
        "\t",
        " /* c1 */ ",
        " /* c2\n c2 */ ",
        " \\\n ",
        " \\ // c3\n  ",
    ]);
    let value = prop::sample::select(vec![
        "1",
        "0x1F",
        "-1.50",
        "1e3",
        "#true",
        "#null",
        "word",
        "\"a b\"",
        "\"; } // no\"",
        "#\"r\\\"#",
        "(t)5",
        "( t ) x",
        "\"\"\"\n  deep\n    er\n  \"\"\"",
    ]);
    let entry = (
        space.clone(),
        prop::sample::select(vec!["", "/-", "/- ", "/-\n "]),
        prop::option::of("[a-c]{1,2}"),
        value,
    )
        .prop_map(|(space, hidden, name, value)| match name {
            Some(name) if !value.contains('(') => format!("{space}{hidden}{name} = {value}"),
            _ => format!("{space}{hidden}{value}"),
        });
    let head =
        (prop::sample::select(vec!["", "", "", "/-", "(t)", "/* c4 */ "]), "[a-z]{1,4}", vec(entry, 0..4))
            .prop_map(|(before, name, entries)| format!("{before}{name}{}", entries.concat()));
    let end = || {
        prop::sample::select(vec![
            "\n",
            "\n\n\n",
            ";",
            " ; ",
            " // c5\n",
            "; // c6\n",
            "\n  // c7\n",
            "\n/* c8 */\n",
            "\n \\\n",
        ])
    };
    let leaf = (head.clone(), end()).prop_map(|(head, end)| head + end);
    leaf.prop_recursive(4, 30, 5, move |inner| {
        let open = prop::sample::select(vec![
            "{",
            " { ",
            " {\n",
            " { // c9\n",
            "{\n\n// c10\n",
            " { /* c11 */ ",
            " /- {",
        ]);
        (head.clone(), open, vec(inner, 0..4), end())
            .prop_map(|(head, open, children, end)| format!("{head}{open}{}}}{end}", children.concat()))
    })
}

/// Every comment and every `/-`, in their order.
fn kept(text: &str) -> Vec<&str> {
    let marks = ["c10", "c11", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "/-"];
    let mut found: Vec<(usize, &str)> = Vec::new();
    for mark in marks {
        for (at, _) in text.match_indices(mark) {
            let longer = mark == "c1" && text[at + 2..].starts_with(['0', '1']);
            if !longer {
                found.push((at, mark));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, mark)| mark).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_meaning_stays_and_nothing_is_lost(texts in vec(kdl(), 1..4)) {
        let text = texts.concat();
        let before = parse(&text, FileId(0));
        prop_assume!(before.complete);
        let once = formatted(&text);
        let after = parse(&once, FileId(0));
        prop_assert!(after.complete && same(&before.nodes, &after.nodes), "{text:?} became {once:?}");
        prop_assert_eq!(kept(&text), kept(&once), "{:?} became {:?}", text, once);
        prop_assert_eq!(&formatted(&once), &once, "from {:?}", text);
    }
}

/// The generator above is worth nothing if hardly any of its texts is KDL.
#[test]
fn most_random_texts_are_kdl() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let texts = (0..200).map(|_| kdl().new_tree(&mut runner).expect("a text").current());
    let complete = texts.filter(|text| parse(text, FileId(0)).complete).count();
    assert!(complete > 120, "{complete} of 200");
}

fn disaggc(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it starts");
    (status.code(), String::from_utf8(stdout).expect("UTF-8"), String::from_utf8(stderr).expect("UTF-8"))
}

#[test]
fn files_are_written_all_or_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("readable");
    write("a.kdl", "a   1\n");
    write("b.kdl", "b 1\n");
    let (code, _, said) = disaggc(folder.path(), &["fmt", "--check", "."]);
    assert_eq!(
        (code, said.as_str()),
        (Some(1), "other layout: ./a.kdl\n1 of 2 files would be changed: disaggc fmt\n")
    );
    assert_eq!(read("a.kdl"), "a   1\n");
    write("c.kdl", "c {\n");
    let (code, _, said) = disaggc(folder.path(), &["fmt", "."]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("syntax/unclosed-brace") && said.contains("1 error; nothing was written"),
        "{said}"
    );
    assert_eq!(read("a.kdl"), "a   1\n");
    let (code, _, said) = disaggc(folder.path(), &["fmt", "a.kdl", "gone.kdl"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("gone.kdl can't be read"), "{said}");
    assert_eq!(read("a.kdl"), "a   1\n");
    let (code, _, said) = disaggc(folder.path(), &["fmt", "a.kdl", "b.kdl"]);
    assert_eq!((code, said.as_str(), read("a.kdl").as_str()), (Some(0), "a.kdl\n", "a 1\n"));
    assert_eq!(disaggc(folder.path(), &["fmt", "--check", "a.kdl", "b.kdl"]).0, Some(0));
}

#[test]
fn an_editor_formats_through_a_pipe() {
    use std::io::Write as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_disaggc"));
    command.args(["fmt", "-"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child.stdin.take().expect("piped").write_all(b"a {b 0x10}").expect("it reads");
    assert_eq!(child.wait_with_output().expect("it ends").stdout, b"a { b 0x10 }\n");
}

#[test]
fn a_new_topology_has_the_layout_and_no_finding() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, _, said) = disaggc(folder.path(), &["new", "mine"]);
    assert_eq!(code, Some(0));
    assert!(said.starts_with("wrote mine.kdl\nnext: "), "{said}");
    let text = fs::read_to_string(folder.path().join("mine.kdl")).expect("written");
    assert_eq!(formatted(&text), text);
    assert_eq!(support::plan(&text).topology, "mine");
    assert_eq!(disaggc(folder.path(), &["check", "mine.kdl", "--deny", "warnings"]).0, Some(0));
    let (code, _, said) = disaggc(folder.path(), &["new", "mine.kdl"]);
    assert_eq!((code, said.as_str()), (Some(2), "error: mine.kdl is there already; choose another name\n"));
    assert_eq!(fs::read_to_string(folder.path().join("mine.kdl")).expect("still there"), text);
    for name in ["-x", "a b", "", ".hidden"] {
        assert_eq!(disaggc(folder.path(), &["new", "--", name]).0, Some(2), "{name:?}");
    }
    assert_eq!(disaggc(folder.path(), &["new", "gone/x"]).0, Some(2));
}
