//! What PyYAML reads is what the plan has.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use indexmap::IndexMap;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::text::{any_text, tricky};
use super::write;
use crate::emit::yaml::file;
use crate::plan::word::{Runtime, Word};
use crate::plan::{Config, Data};
use crate::stdlib::Stdlib;

/// Reads documents and what they should be, as JSON; compares values and their types.
const COMPARE: &str = r"
import json, sys, yaml

def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b

for text, wanted in json.load(sys.stdin):
    got = yaml.safe_load(text)
    if not same(got, wanted):
        sys.exit(f'{text!r}\nis read as {got!r}\nbut should be {wanted!r}')
";

/// Panics where PyYAML reads another value than wanted.
fn compare(documents: &[(String, serde_json::Value)]) {
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", COMPARE])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Debian's python3 with python3-yaml is installed");
    let input = serde_json::to_vec(documents).expect("documents serialise");
    python.stdin.take().expect("stdin is a pipe").write_all(&input).expect("python reads all of it");
    let output = python.wait_with_output().expect("python ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn yaml(data: Data) -> String {
    file(&Config { name: "x".to_owned(), data }).expect("YAML can be written").content
}

fn map(key: &str, value: Data) -> Data {
    Data::Map(IndexMap::from([(key.to_owned(), value)]))
}

#[test]
fn strings_stay_strings() {
    let documents: Vec<_> = tricky()
        .map(|text| {
            let data = map("plain", Data::List(vec![Data::String(Word::text(text)), map(text, Data::Null)]));
            (yaml(data), serde_json::json!({"plain": [text, {text: null}]}))
        })
        .collect();
    compare(&documents);
}

#[test]
fn floats_stay_floats() {
    let numbers =
        [0.6, 1e-5, 1e5, 1e16, 1e22, 1.5e300, -0.0, 1.0, 123_456_789.0, 5e-324, f64::MAX, 0.1 + 0.2];
    let documents: Vec<_> = numbers
        .into_iter()
        .map(|number| (yaml(map("x", Data::Float(number))), serde_json::json!({"x": number})))
        .collect();
    compare(&documents);
}

#[test]
fn any_data_comes_back() {
    let mut runner = TestRunner::deterministic();
    let documents: Vec<_> = (0..2_000)
        .map(|_| {
            let (data, wanted) = any_data().new_tree(&mut runner).expect("data").current();
            (yaml(map("x", data)), serde_json::json!({"x": wanted}))
        })
        .collect();
    compare(&documents);
}

/// Data and the same as JSON.
fn any_data() -> impl Strategy<Value = (Data, serde_json::Value)> {
    let leaf = prop_oneof![
        Just((Data::Null, serde_json::Value::Null)),
        any::<bool>().prop_map(|b| (Data::Bool(b), b.into())),
        any::<i64>().prop_map(|i| (Data::Integer(i.into()), i.into())),
        proptest::num::f64::NORMAL.prop_map(|f| (Data::Float(f), f.into())),
        any_text().prop_map(|text| (Data::String(Word::text(text.as_str())), text.into())),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| {
                let (data, json): (Vec<_>, Vec<_>) = items.into_iter().unzip();
                (Data::List(data), serde_json::Value::Array(json))
            }),
            proptest::collection::vec((any_text(), inner), 0..4).prop_map(|entries| {
                let json = entries.iter().map(|(key, (_, json))| (key.clone(), json.clone())).collect();
                let data = entries.into_iter().map(|(key, (data, _))| (key, data)).collect();
                (Data::Map(data), serde_json::Value::Object(json))
            }),
        ]
    })
}

/// The job fills in host names that look like numbers, between texts that look like formats.
#[test]
fn what_the_job_fills_in_stays_text() {
    let hosts = ["12", "1e3", "0x1f", "no", "12:30:45", "node-1.cluster", "1_000"];
    let texts = [":8000", "", "100%s \\n %%", "it's \"x\"", "RUNTIME RUNTIMEX"];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stdlib = Stdlib::embedded();
    let fill = stdlib.text("bundle/runtime/fill.sh").expect("the stdlib has it");
    let mut documents = Vec::new();
    for host in hosts {
        for text in texts {
            let urls = vec![
                Data::String(Word::runtime(Runtime::Node(0)).then(text)),
                Data::String(Word::text(text).then_runtime(Runtime::Node(1))),
                Data::String(Word::text(text)),
            ];
            let config = Config { name: "x".to_owned(), data: map("urls", Data::List(urls)) };
            write(&[file(&config).expect("YAML can be written")], folder.path());
            let filled = Command::new("bash")
                .args(["-c", &format!("{fill}\nfill_config x \"$@\""), "bash", host, host])
                .env("DISAGGC_BUNDLE", folder.path())
                .env("DISAGGC_RUN", folder.path())
                .status()
                .expect("bash is installed");
            assert!(filled.success());
            let read = fs::read_to_string(folder.path().join("config/x.yaml")).expect("it is filled in");
            let wanted = [format!("{host}{text}"), format!("{text}{host}"), text.to_owned()];
            documents.push((read, serde_json::json!({"urls": wanted})));
        }
    }
    compare(&documents);
}
