//! What a person gets to see for faulty texts, and exact spans for the others.

use super::{Node, Parsed, Value, parse};
use crate::source::{FileId, SourceMap, Span, line_column};

fn read(text: &str) -> Parsed {
    parse(text, FileId(0))
}

/// `code line:column text` of every fault.
fn faults(text: &str) -> Vec<String> {
    let parsed = read(text);
    assert_eq!(parsed.complete, parsed.diagnostics.is_empty(), "{text:?}");
    let show = |d: &crate::diagnostic::Diagnostic| {
        let span = d.labels[0].span;
        let (line, column) = line_column(text, span.start as usize);
        assert!(d.help.is_some() && !d.message.is_empty());
        format!("{} {line}:{column} {}", d.code, at(text, span))
    };
    parsed.diagnostics.iter().map(show).collect()
}

fn at(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("inside, at characters")
}

/// The names of all nodes, children in braces.
fn names(nodes: &[Node]) -> String {
    let name = |n: &Node| match &n.children {
        None => n.name.value.clone(),
        Some(children) => format!("{}{{{}}}", n.name.value, names(children)),
    };
    nodes.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn faults_are_found_where_they_are() {
    let table: &[(&str, &[&str])] = &[
        // Braces.
        ("a {\n    b 1\n", &["syntax/unclosed-brace 1:3 {"]),
        ("a {\n  b {\n    c 1\n  d 2\n}\n", &["syntax/unclosed-brace 2:5 {"]),
        ("a {\n  x\nb {\n  y\n}\n", &["syntax/unclosed-brace 1:3 {"]),
        ("a {\n  b {\n    c\n", &["syntax/unclosed-brace 2:5 {"]),
        ("a\n}\n", &["syntax/stray-brace 2:1 }"]),
        ("a {\n}\n}\n}\n", &["syntax/stray-brace 3:1 }"]),
        ("a\n{\n  b\n}\n", &["syntax/nameless-block 2:1 {"]),
        ("{ \"a\": 1 }", &["syntax/nameless-block 1:1 {", "syntax/colon 1:6 :"]),
        ("a { b } c", &["syntax/after-block 1:9 c"]),
        ("a { b } c=1 d=2", &["syntax/after-block 1:9 c"]),
        ("a { b } { c }", &["syntax/unexpected 1:9 {"]),
        // Keywords.
        ("a true\n", &["syntax/bare-keyword 1:3 true"]),
        ("a x=false b=null", &["syntax/bare-keyword 1:5 false", "syntax/bare-keyword 1:13 null"]),
        ("a #tru", &["syntax/bad-keyword 1:3 #tru"]),
        ("a #True", &["syntax/bad-keyword 1:3 #True"]),
        ("a #inf x=#nan", &["syntax/number-range 1:3 #inf", "syntax/number-range 1:10 #nan"]),
        ("# note\na", &["syntax/unexpected 1:1 #"]),
        ("#note\na", &["syntax/bad-name 1:1 #note"]),
        ("a 1 # note: x, y", &["syntax/unexpected 1:5 #"]),
        // Numbers.
        ("a 1.", &["syntax/bad-number 1:3 1."]),
        ("a x=.5", &["syntax/bad-number 1:5 .5"]),
        (
            "a 8GB 10s 1.2.3 0xZZ",
            &[
                "syntax/bad-number 1:3 8GB",
                "syntax/bad-number 1:7 10s",
                "syntax/bad-number 1:11 1.2.3",
                "syntax/bad-number 1:17 0xZZ",
            ],
        ),
        ("a 1e400", &["syntax/number-range 1:3 1e400"]),
        (
            "a 170141183460469231731687303715884105728",
            &["syntax/number-range 1:3 170141183460469231731687303715884105728"],
        ),
        ("1a 2", &["syntax/bad-name 1:1 1a"]),
        ("a 1=2", &["syntax/bad-name 1:3 1"]),
        // Strings.
        ("a \"b\nc 1\n", &["syntax/unclosed-string 1:3 \""]),
        ("a \"b c=\"d\"\n", &["syntax/unclosed-string 1:3 \""]),
        ("a \"b {\n  c\n}\n", &["syntax/unclosed-string 1:3 \""]),
        ("a { b \"c }\n", &["syntax/unclosed-string 1:7 \""]),
        ("a \"\"\"\n  b\n", &["syntax/unclosed-string 1:3 \"\"\""]),
        ("a \"\"\"b\"\"\"\n", &["syntax/multi-line-string 1:3 \"\"\""]),
        ("a \"\"\"\n b\n  \"\"\"\n", &["syntax/multi-line-string 2:2 b"]),
        ("a #\"b\"\n", &["syntax/unclosed-string 1:3 #\""]),
        ("a r\"b\" 1", &["syntax/raw-string 1:3 r\"b\""]),
        ("a r\"\\d\" 1", &["syntax/raw-string 1:3 r\"\\d\""]),
        ("a r#\"b\"# 1", &["syntax/raw-string 1:3 r#\"b\"#"]),
        ("a \"C:\\dir\"", &["syntax/bad-escape 1:6 \\d"]),
        ("a \"\\u{110000}\"", &["syntax/bad-escape 1:4 \\u"]),
        ("a 'b' x='c'", &["syntax/single-quote 1:3 'b'", "syntax/single-quote 1:9 'c'"]),
        ("a 'b c/{d' 1", &["syntax/single-quote 1:3 'b c/{d'"]),
        ("a 'b {\nc 1 'd\n}", &["syntax/single-quote 1:3 'b", "syntax/single-quote 2:5 'd"]),
        ("a 'b { c 'd\n}", &["syntax/single-quote 1:3 'b { c 'd"]),
        ("a 'it's' 1", &["syntax/single-quote 1:3 'it's'"]),
        ("a 'b\nc 'd'", &["syntax/single-quote 1:3 'b", "syntax/single-quote 2:3 'd'"]),
        ("a\"b\"", &["syntax/missing-blank 1:2 \"b\""]),
        ("a \"b\"\"c\"", &["syntax/missing-blank 1:6 \"c\""]),
        ("/* a /* b */\nc", &["syntax/unclosed-comment 1:1 /*"]),
        // Habits from elsewhere.
        ("a x=", &["syntax/missing-value 1:3 x="]),
        ("a x= y=\nb", &["syntax/unexpected 1:7 ="]),
        ("a x==1", &["syntax/missing-value 1:3 x="]),
        ("a (t)", &["syntax/missing-value 1:3 (t)"]),
        ("a =1", &["syntax/assignment 1:3 ="]),
        ("a = 1", &["syntax/assignment 1:3 ="]),
        ("a 1 =2", &["syntax/bad-name 1:3 1"]),
        ("a: 1", &["syntax/colon 1:2 :"]),
        ("\"a\": \"b\",", &["syntax/colon 1:4 :", "syntax/comma 1:9 ,"]),
        ("a 1, b, \"c\", 2", &["syntax/comma 1:3 1,", "syntax/comma 1:6 b,", "syntax/comma 1:12 ,"]),
        ("a [1, 2] b", &["syntax/unexpected 1:3 ["]),
        ("a [\n  1,\n  2\n]\nb 1.", &["syntax/unexpected 1:3 [", "syntax/bad-number 5:3 1."]),
        ("a b/c/d", &["syntax/unexpected 1:4 /"]),
        ("a x=/tmp/x y= [1]", &["syntax/unexpected 1:5 /", "syntax/unexpected 1:15 ["]),
        ("a /tmp/x", &["syntax/unexpected 1:3 /"]),
        ("a \\ b", &["syntax/unexpected 1:3 \\"]),
        ("a; ; b", &["syntax/unexpected 1:4 ;"]),
        ("a (b", &["syntax/bad-type 1:3 ("]),
        ("a ()b", &["syntax/bad-type 1:3 ("]),
        ("a )", &["syntax/unexpected 1:3 )"]),
        ("a /-", &["syntax/unexpected 1:3 /-"]),
        // Characters.
        ("a \"b\0c\"", &["syntax/control-character 1:5 \0"]),
        ("a 1 // \u{202e}x\nb", &["syntax/control-character 1:8 \u{202e}"]),
        ("é \"ü\" 1.\r\nñ true\r\n", &["syntax/bad-number 1:7 1.", "syntax/bare-keyword 2:3 true"]),
        ("\u{feff}a true", &["syntax/bare-keyword 1:4 true"]),
    ];
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, expected)| (text, faults(text), expected))
        .filter(|(_, found, expected)| found != *expected)
        .map(|(text, found, expected)| format!("{text:?}\n    found {found:?}\n expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_fault_takes_only_its_own_node() {
    for (text, expected) in [
        ("a 1\nb true\nc 2", "a c"),
        ("a {\n  b 1.\n  c\n}", "a{c}"),
        ("a true {\n  b\n}\nc", "c"),
        ("a { b x=; c }", "a{c}"),
        ("/- a true\nb", "b"),
        ("a; b true; c", "a c"),
        ("a \"b {\n  c\n}\nd", "d"),
        ("a\n{\n  b\n}\nc", "c"),
        ("a { b } c; d", "a{b} d"),
        ("a { b } /- c\nd", "d"),
        ("a 1 /-{ b true } { c }\nd", "a{c} d"),
        ("a { b } /-{ c true }\nd", "a{b} d"),
        // Which block `c` belongs to is anybody's guess.
        ("a {\n  b\n  c\n", ""),
        ("a\n}\nb", ""),
    ] {
        let parsed = read(text);
        assert!(!parsed.complete, "{text:?}");
        assert_eq!(names(&parsed.nodes), expected, "{text:?}");
    }
}

/// Only kdl understands lines that are joined by a `\`, so here it has to find the fault itself.
#[test]
fn faults_that_only_kdl_sees_are_reported_with_the_others() {
    let text = "a true\nb {\n  c \"\"\"\n  x\n y\\\n  z\n  \"\"\"\n  d\n}\ne x=\n";
    let found = faults(text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[1].starts_with("syntax/multi-line-string 3:5 \"\"\""), "{found:?}");
    assert_eq!(names(&read(text).nodes), "b{d}");
}

#[test]
fn what_is_valid_has_no_faults() {
    for (text, expected) in [
        ("", ""),
        ("\u{feff}a 1\r\nb {\r\n  c\r\n}\r\n", "a b{c}"),
        ("/- a { b }\nc /- 1 /- x=2 3 /- { d } { e }", "c{e}"),
        ("a /* } /* { */ */ { b } // {\n// }\n", "a{b}"),
        ("a \\ // go on\n  b \\\n  c=1 // end \\\nd", "a d"),
        ("a #\"\"\"\n  }\n  \"\"\"# \"\\\"}\" ##\"\"#}\"## {}", "a{}"),
        ("a; b { c; d }; e", "a b{c d} e"),
        ("a b = 1 c= (t)2 (u) 3 #null", "a"),
        ("- 1\n+ 2\n. 3\ndon't b:c x", "- + . don't"),
        ("/-b;", ""),
    ] {
        assert_eq!(faults(text), [""; 0], "{text:?}");
        assert_eq!(names(&read(text).nodes), expected, "{text:?}");
    }
}

#[test]
fn spans_are_exact() {
    for newline in ["\n", "\r\n"] {
        let text =
            "\u{feff}/* é */ (tÿ)nöde \"ü\" (u8)0x1F  k = (f)-1.5 \\ // on\n 'x  { ç #true } // end\nb"
                .replace("'x", "x")
                .replace('\n', newline);
        let parsed = read(&text);
        assert!(parsed.complete, "{:?}", parsed.diagnostics);
        let node = &parsed.nodes[0];
        let end = text.find('}').unwrap() + 1;
        assert_eq!(at(&text, node.span), &text[text.find("(t").unwrap()..end]);
        assert_eq!(at(&text, node.name.span), "nöde");
        assert_eq!(at(&text, node.ty.as_ref().unwrap().span), "tÿ");
        assert_eq!(at(&text, node.arguments[0].value.span), "\"ü\"");
        assert_eq!(at(&text, node.arguments[1].value.span), "0x1F");
        assert_eq!(at(&text, node.arguments[1].ty.as_ref().unwrap().span), "u8");
        assert_eq!(at(&text, node.arguments[2].value.span), "x");
        let property = &node.properties[0];
        assert_eq!(at(&text, property.span), "k = (f)-1.5");
        assert_eq!(at(&text, property.name.span), "k");
        assert_eq!(at(&text, property.value.span), "-1.5");
        assert_eq!(at(&text, property.ty.as_ref().unwrap().span), "f");
        assert_eq!(at(&text, node.children()[0].span), "ç #true");
        assert_eq!(at(&text, parsed.nodes[1].span), "b");
    }
}

#[test]
fn values_and_duplicates_are_kept() {
    let text = "a -170141183460469231731687303715884105727 0b101 1_000.5 \"\\u{e9}\" #null x=1 x=2";
    let parsed = read(text);
    let node = &parsed.nodes[0];
    let values: Vec<_> = node.arguments.iter().map(|a| a.value.value.clone()).collect();
    assert_eq!(
        values,
        [
            Value::Integer(-i128::MAX),
            Value::Integer(5),
            Value::Float(1000.5),
            Value::String("é".into()),
            Value::Null
        ]
    );
    assert_eq!(node.properties.len(), 2);
}

#[test]
fn depth_never_overflows_the_stack() {
    let nested = |depth: usize| format!("{}{}", "a {\n".repeat(depth), "}\n".repeat(depth));
    assert_eq!(faults(&nested(64)), [""; 0]);
    assert_eq!(faults(&nested(65)), ["syntax/too-deep 65:3 {"]);
    assert_eq!(faults(&nested(100_000)), ["syntax/too-deep 65:3 {"]);
    assert_eq!(faults(&format!("a /* {} */", "* ".repeat(100_000))), [""; 0]);
    assert_eq!(faults(&format!("{}{}a", "/*".repeat(100_000), "*/".repeat(100_000))), [""; 0]);
    assert_eq!(faults(&"}\n".repeat(100_000)), ["syntax/stray-brace 1:1 }"]);
    assert_eq!(faults(&format!("{}{}", "a /-{ ".repeat(60), "}".repeat(60))), [""; 0]);
    for heap in
        [")", "a)\n", "(", "{", "[", "\"", "#", "\\", "/-", "=", ";", "a \"", "\"\"\"x\n", "\\u{", "a {} "]
    {
        let parsed = read(&heap.repeat(50_000));
        assert!(!parsed.complete && parsed.diagnostics.len() <= super::MAX_FAULTS + 1, "{heap:?}");
    }
}

#[test]
fn many_faults_are_counted_not_listed() {
    let parsed = read(&"a true\nb 1\n".repeat(5000));
    assert_eq!(parsed.diagnostics.len(), super::MAX_FAULTS + 1);
    assert_eq!(parsed.diagnostics[100].message, "4900 more syntax errors are not shown");
    assert_eq!(parsed.nodes.len(), 5000);
    let parsed = read(&" ".repeat(super::MAX_BYTES + 1));
    assert_eq!(parsed.diagnostics[0].code, "syntax/too-large");
}

#[test]
fn help_says_what_to_write() {
    for (text, help) in [
        ("a true", "write `#true`, or `\"true\"` for the text"),
        ("a #tru", "did you mean `#true`?"),
        ("a 8GB", "write `\"8GB\"` if it is text"),
        ("a -.5", "write `-0.5`"),
        ("a r\"b\"", "write `#\"b\"#`"),
        ("a 'b'", "write `\"b\"`"),
    ] {
        assert_eq!(read(text).diagnostics[0].help.as_deref(), Some(help), "{text:?}");
    }
    let parsed = read("engine \"x\" {\n  a\n");
    assert_eq!(parsed.diagnostics[0].message, "the block of `engine` is not closed");
}

/// Every way to delete, double or replace one character of a valid document.
#[test]
fn mutations_never_panic_and_never_pass_silently() {
    let text = "// é\nengine \"trtllm\" v=1.5 {\n  (u8)port 0x10 x=#true /- y=2 \\\n    z\n  /* c */ s \"\"\"\n   \
                t\n   \"\"\" #\"r\"#\r\n  /- gone { a; b }\n}\n";
    assert!(read(text).complete);
    let inserted = [
        "", "{", "}", "\"", "#", "=", "(", ")", "/", "*", "\\", ";", "\n", " ", "-", "1", ".", "é", "\0", "[",
    ];
    let mut count = 0;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        for new in inserted {
            for rest in [start, end] {
                let mutated = format!("{}{new}{}", &text[..start], &text[rest..]);
                check_mutation(&mutated);
                count += 1;
            }
        }
        check_mutation(&format!("{}{c}{c}{}", &text[..start], &text[end..]));
    }
    assert!(count > 3000);
}

fn check_mutation(text: &str) {
    let parsed = read(text);
    let mut sources = SourceMap::default();
    sources.add("t", text);
    for diagnostic in &parsed.diagnostics {
        for label in &diagnostic.labels {
            assert!(label.span.end as usize <= text.len(), "{text:?}");
            at(text, label.span);
        }
        assert!(!diagnostic.labels.is_empty(), "{text:?}");
    }
    // KDL allows `/- a; b`, but not so the crate.
    let hidden = text.lines().find(|line| line.trim_start().starts_with("/-"));
    if hidden.is_some_and(|line| line.split(['{', '}']).step_by(2).any(|part| part.contains(';'))) {
        return;
    }
    if kdl::KdlDocument::parse_v2(text).is_err() {
        assert!(!parsed.diagnostics.is_empty(), "kdl refuses, we don't: {text:?}");
    }
}
