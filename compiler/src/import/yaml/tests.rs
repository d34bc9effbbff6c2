//! YAML's traps.

use super::{Value, Yaml, read};
use crate::diagnostic::Diagnostics;
use crate::source::FileId;

fn json(yaml: &Yaml) -> String {
    match &yaml.value {
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::String(text) => format!("{text:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| json(&item.value)).collect::<Vec<_>>().join(","))
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, entry)| format!("{key}:{}", json(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

/// The value, or the first code and the text that its label marks.
fn loaded(text: &str) -> String {
    let mut diagnostics = Diagnostics::default();
    let document = read(text, FileId(0), &mut diagnostics);
    match document {
        Some(document) => json(&document.root),
        None => {
            let first = diagnostics.iter().next().expect("a reason");
            let span = first.labels[0].span;
            format!("{} {}", first.code, &text[span.start as usize..span.end as usize])
        }
    }
}

#[test]
fn values_are_what_pyyaml_makes_of_them() {
    let table = [
        ("a: yes\nb: 010\nc: 1e3\nd: 0.80\ne: ~", "{a:true,b:8,c:\"1e3\",d:0.8,e:null}"),
        ("a: 'yes'\nb: \"010\"", "{a:\"yes\",b:\"010\"}"),
        ("a: !!str 010\nb: !!int '7'", "{a:\"010\",b:7}"),
        // Anchors, aliases and merges: what is written wins, then the first that is merged.
        ("a: &x {k: 1}\nb: *x", "{a:{k:1},b:{k:1}}"),
        ("a: &x {k: 1, l: 1}\nb: {<<: *x, k: 2}", "{a:{k:1,l:1},b:{k:2,l:1}}"),
        ("a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc:\n  <<: [*x, *y]", "{a:{k:1},b:{k:2,m:3},c:{k:1,m:3}}"),
        ("a: {'<<': 1}", "{a:{\"<<\":1}}"),
        // Strings over several lines.
        ("a: |\n  x\n   y\n", "{a:\"x\\n y\\n\"}"),
        ("a: >-\n  x\n  y\n", "{a:\"x y\"}"),
        ("a: |\n  x", "{a:\"x\"}"),
        ("a: x\n  y\n", "{a:\"x y\"}"),
        ("a:\n- 1\n- - 2\n", "{a:[1,[2]]}"),
        ("---\na: 1\n...\n", "{a:1}"),
        ("a: é # ü\n", "{a:\"é\"}"),
    ];
    for (text, expected) in table {
        assert_eq!(loaded(text), expected, "{text:?}");
    }
}

#[test]
fn what_can_not_be_read_is_named_at_its_place() {
    let table = [
        ("", "import/empty "),
        ("# nothing\n", "import/empty "),
        ("a:\n\tb: 1\n", "import/yaml \t"),
        ("a: [1, 2\n", "import/yaml "),
        ("a: *x\n", "import/yaml *"),
        ("a: &x\n  b: *x\n", "import/yaml *x"),
        ("a: 1\n---\nb: 2\n", "import/yaml ---"),
        ("a: 2024-01-01\n", "import/yaml 2024-01-01"),
        ("on: 1\n", "import/key on"),
        ("1: 1\n", "import/key 1"),
        ("? [1]\n: 2\n", "import/yaml [1]"),
        ("a: {<<: 1}\n", "import/yaml <<"),
        ("a: !!python/object/apply:os.system ['true']\n", "import/tag !!python/object/apply:os.system "),
        ("a: !mine 1\n", "import/tag !mine "),
    ];
    for (text, expected) in table {
        let found = loaded(text);
        assert!(found.starts_with(expected), "{text:?}: {found:?}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_the_last_one_and_reported() {
    let mut diagnostics = Diagnostics::default();
    let document = read("a: 1\nb: 2\na: 3\n", FileId(0), &mut diagnostics).expect("YAML");
    assert_eq!(json(&document.root), "{b:2,a:3}");
    assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["import/duplicate"]);
}

#[test]
fn huge_and_deep_files_end_soon() {
    assert!(loaded(&"[".repeat(100_000)).starts_with("import/"));
    assert!(loaded(&format!("{}1{}", "[".repeat(70), "]".repeat(70))).starts_with("import/too-large"));
    let deep: String = (0..100).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(loaded(&deep).starts_with("import/too-large"));
    let many: String = (0..60_000).map(|n| format!("k{n}: 1\n")).collect();
    assert!(loaded(&many).starts_with("import/too-large"));
    let mut laughs = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for n in 1..12 {
        let last = format!("*a{},", n - 1).repeat(10);
        laughs.push_str(&format!("a{n}: &a{n} [{last}]\n"));
    }
    assert!(loaded(&laughs).starts_with("import/too-large"));
}

#[test]
fn comments_belong_to_what_they_stand_at() {
    let text = "# top\na: 1 # one\n# two\nb: # three\n  # four\n  c: 5\n  d: 6 # six\nl:\n  # seven\n  - 1 # eight\n# last\n";
    let document = read(text, FileId(0), &mut Diagnostics::default()).expect("YAML");
    let comments = |path: &str| document.root.at(path).expect("there").comments.clone();
    assert_eq!((comments("a").above, comments("a").behind), (vec!["top".into()], Some("one".into())));
    assert_eq!((comments("b").above, comments("b").behind), (vec!["two".into()], Some("three".into())));
    assert_eq!((comments("b.c").above, comments("b.c").behind), (vec!["four".into()], None));
    assert_eq!((comments("b.d").above, comments("b.d").behind), (vec![], Some("six".into())));
    let list = &document.root.at("l").expect("there").value.value;
    let Value::List(items) = list else { panic!("{list:?}") };
    assert_eq!(items[0].comments.above, ["seven"]);
    assert_eq!(items[0].comments.behind.as_deref(), Some("eight"));
    assert_eq!(document.last, ["last"]);
}
