//! A test id of the perf-sanity tests says which mode of a configuration is meant, and changes what the file says.
//!
//! Source: `_parse_disagg_config_file` in TensorRT-LLM's tests/integration/defs/perf/test_perf_sanity.py.

use super::draft::Draft;
use super::kdl::{Node, Value};
use crate::names::{Form, Mode, TestId};

/// Whether the test is one of this file.
pub fn is_of(test: &TestId, stem: &str) -> bool {
    !matches!(test.form, Form::Aggregated { .. }) && test.stem() == stem
}

/// The draft as the test runs it.
pub fn apply(draft: &mut Draft, test: &TestId) {
    let said = field(draft, "mode").and_then(|node| node.arguments.first().cloned());
    let without_context = said == Some(Value::Text(Mode::GenOnlyNoContext.name().to_owned()));
    let mode = match test.mode() {
        // An older id: the file says it.
        None => return,
        Some(Mode::GenOnly) if without_context => Mode::GenOnlyNoContext,
        Some(mode) => mode,
    };
    // Every server begins a node there.
    draft.counts = Some("whole".to_owned());
    let benchmark = draft.block("benchmark");
    let lines = benchmark.children.get_or_insert_default();
    lines.retain(|line| line.name != "mode");
    if mode != Mode::E2e {
        benchmark.properties.push(("mode".to_owned(), Value::Text(mode.name().to_owned())));
        draft.name = format!("{}-{}", test.mode().unwrap_or(mode).name(), draft.name);
        let (folder, file) = draft.path.rsplit_once('/').map_or(("", draft.path.as_str()), |(a, b)| (a, b));
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        draft.path = format!("{folder}{}-{file}", test.mode().unwrap_or(mode).name());
    }
    let lines = draft.block("benchmark").children.get_or_insert_default();
    match mode {
        // One round at the first concurrency.
        Mode::GenOnly | Mode::GenOnlyNoContext => {
            for line in lines.iter_mut().filter(|line| line.name == "concurrency") {
                line.arguments.truncate(1);
            }
            lines.retain(|line| line.name != "rounds");
            lines.push(Node::new("rounds").argument(Value::number(1)));
        }
        // Random requests: the dataset is of whole conversations.
        Mode::CtxOnly => lines.retain(|line| line.name != "dataset"),
        Mode::E2e => {}
    }
}

fn field<'d>(draft: &'d Draft, name: &str) -> Option<&'d Node> {
    draft.blocks.get("benchmark")?.children.iter().flatten().find(|line| line.name == name)
}
