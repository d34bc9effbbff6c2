//! What the job writes about a run stays JSON and XML, whatever a log holds.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::text::any_text;
use crate::stdlib::Stdlib;

/// Reads texts that end with NUL, and prints each as JSON and in an XML element.
const REPORT: &str = r#"
LC_ALL=C
while IFS= read -r -d '' text; do
    json "$text"
    printf '\0<x a="%s"/>\0' "$(xml "$text")"
done
"#;

/// The text of the JSON string and of the XML attribute, for each input.
fn reported(texts: &[Vec<u8>]) -> Vec<(String, String)> {
    let stdlib = Stdlib::embedded();
    let functions = stdlib.text("bundle/runtime/text.sh").expect("the stdlib has it");
    let mut input = texts.join(&0);
    input.push(0);
    let mut bash = Command::new("bash")
        .args(["-c", &format!("{functions}\n{REPORT}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash is installed");
    let mut stdin = bash.stdin.take().expect("stdin is a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = bash.wait_with_output().expect("bash ends");
    writer.join().expect("no panic").expect("bash reads all of it");
    let output = String::from_utf8(output.stdout).expect("the reports are UTF-8");
    let parts: Vec<&str> = output.split_terminator('\0').collect();
    assert_eq!(parts.len(), 2 * texts.len());
    parts
        .chunks(2)
        .map(|pair| (serde_json::from_str(pair[0]).expect("valid JSON"), attribute(pair[1])))
        .collect()
}

fn attribute(element: &str) -> String {
    let python =
        "import sys, xml.etree.ElementTree as t; sys.stdout.write(t.fromstring(sys.argv[1]).get('a'))";
    let output = Command::new("/usr/bin/python3")
        .args(["-c", python, element])
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .expect("python3 is installed");
    assert!(output.status.success(), "{element:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn colours_and_broken_characters_go() {
    let cases: [(&[u8], &str); 8] = [
        (b"\x1b[31;1mred\x1b[0m \x1b[K\x1bMplain", "red Mplain"),
        (b"tab\there\r", "tab here"),
        (b"two\nlines", "two\nlines"),
        (b"\"quoted\" \\ <&> 'x'", "\"quoted\" \\ <&> 'x'"),
        ("größer 日本 😀".as_bytes(), "größer 日本 😀"),
        (b"cut \xe6\x97 off \xff\xfe \xc0\xaf \xed\xa0\x80 \xf5\x80\x80\x80.", "cut  off    ."),
        ("\u{fffe}\u{ffff}\u{fffd}".as_bytes(), "\u{fffd}"),
        (b"", ""),
    ];
    let texts: Vec<Vec<u8>> = cases.iter().map(|(text, _)| text.to_vec()).collect();
    for ((json, xml), (_, wanted)) in reported(&texts).iter().zip(&cases) {
        assert_eq!((json.as_str(), xml.as_str()), (*wanted, *wanted));
    }
}

#[test]
fn any_bytes_become_text() {
    let mut runner = TestRunner::deterministic();
    let bytes = prop_oneof![vec(1..=255_u8, 0..20), any_text().prop_map(String::into_bytes)];
    let texts: Vec<Vec<u8>> =
        (0..100).map(|_| bytes.new_tree(&mut runner).expect("bytes").current()).collect();
    for (text, (json, xml)) in texts.iter().zip(reported(&texts)) {
        assert_eq!(json, xml, "{text:?}");
        assert!(!json.contains(|c: char| c.is_ascii_control() && c != '\n'), "{text:?}: {json:?}");
        if let Ok(text) = std::str::from_utf8(text) {
            let kept = |c: &char| !c.is_ascii_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
            let wanted: String = text.chars().filter(kept).collect();
            let got: String = json.chars().filter(|c| *c != '\n').collect();
            // A colour goes as a whole, and a tab becomes a blank.
            if !text.contains(['\x1b', '\t']) {
                assert_eq!(got, wanted);
            }
        }
    }
}
