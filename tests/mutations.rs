//! Damaged topologies: whatever is taken out of, put into or changed in an example, the compiler answers with
//! a plan that keeps the laws, or with findings inside the text; it never panics.

mod support;

use std::fs;

use disaggc::plan::laws;
use support::{compile, example_names, top};

const REPLACEMENTS: [&str; 26] = [
    "",
    "0",
    "-1",
    "1",
    "3",
    "65536",
    "4294967296",
    "170141183460469231731687303715884105728",
    "1e400",
    "0.5",
    "\"\"",
    "\"x y\"",
    "\"\\u{0}\"",
    "#null",
    "#true",
    "true",
    "{",
    "}",
    "{ }",
    "/-",
    "tp=0",
    "x",
    "\"ctx\"",
    "server",
    "ctx",
    "gen tp=1",
];

/// The text's words, with where each begins and ends.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        let inside = !c.is_whitespace() && !"{};".contains(c);
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push((from, at));
                start = None;
            }
            _ => {}
        }
        if "{};".contains(c) {
            words.push((at, at + 1));
        }
    }
    words
}

#[test]
fn damaged_topologies_are_answered() {
    let (mut tried, mut planned, mut refused) = (0, 0, 0);
    for (turn, example) in example_names().into_iter().enumerate() {
        let text = fs::read_to_string(top().join("examples").join(example).join("topo.kdl")).expect("there");
        for (number, (start, end)) in words(&text).into_iter().enumerate() {
            // A few replacements for each word, others for the next and for the same in another example.
            for replacement in REPLACEMENTS.iter().skip((number + turn) % 13).step_by(13) {
                let damaged = format!("{}{replacement}{}", &text[..start], &text[end..]);
                let compilation = compile(&damaged);
                tried += 1;
                for diagnostic in compilation.diagnostics.iter() {
                    assert!(
                        !diagnostic.labels.is_empty() && diagnostic.help.is_some(),
                        "{}: {damaged}",
                        diagnostic.code
                    );
                    for label in &diagnostic.labels {
                        let length = compilation.sources.get(label.span.file).text.len();
                        assert!(label.span.end as usize <= length, "{}: {damaged}", diagnostic.code);
                    }
                }
                match compilation.plan {
                    Some(plan) => {
                        assert_eq!(laws::broken(&plan), Vec::<String>::new(), "{damaged}");
                        planned += 1;
                    }
                    None => {
                        assert!(compilation.diagnostics.has_errors(), "neither plan nor error: {damaged}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(tried > 2000 && planned > 100 && refused > 1000, "{tried} {planned} {refused}");
}
