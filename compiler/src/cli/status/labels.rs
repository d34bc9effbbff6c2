//! The timeline's texts.

use super::super::drawing::safe;
use super::measured::figure;
use super::words::{cut, human, state};
use crate::follow::{Run, State, Step};

/// Of steps, nodes and roles, in characters.
pub const LONGEST_NAME: usize = 24;
/// Figures of a client that stand beside its bar, where it has them; all are in its title.
const TELLING: [(&str, &str); 2] =
    [("output_tokens_per_second", "tokens/s"), ("mean_ttft_ms", "ms to first token")];

/// A step's name.
pub fn name(step: &Step) -> String {
    cut(&safe(&step.name), LONGEST_NAME)
}

/// Where it runs: `node7`, `node7 +3`.
pub fn node(step: &Step) -> String {
    let more = if step.nodes.len() > 1 { format!(" +{}", step.nodes.len() - 1) } else { String::new() };
    format!("{}{more}", cut(&safe(step.node.as_deref().unwrap_or_default()), LONGEST_NAME))
}

/// What stands at a bar's side: how it failed, or what it measured.
pub fn beside(step: &Step) -> String {
    if step.state == State::Failed {
        return state(step);
    }
    let telling =
        TELLING.iter().filter_map(|(key, unit)| Some(format!("{} {unit}", figure(step.metrics.get(*key)?))));
    let telling: Vec<String> = telling.collect();
    if !telling.is_empty() {
        return telling.join(", ");
    }
    let first = step.metrics.iter().take(2).map(|(key, value)| format!("{key} {}", figure(value)));
    cut(&safe(&first.collect::<Vec<_>>().join(", ")), 60)
}

/// The cause in lines of at most `room` characters, the first of which says it.
pub fn cause(run: &Run, room: usize) -> Vec<String> {
    let message = run.cause.as_ref().map(|cause| cause.message.as_str()).unwrap_or_default();
    let shown: Vec<String> = message.lines().take(6).map(safe).collect();
    shown.iter().flat_map(|line| textwrap::wrap(line, room)).map(Into::into).collect()
}

/// A step's life in lines, for a hover.
pub fn story(step: &Step, run: &Run) -> String {
    let place = if step.nodes.is_empty() { String::new() } else { format!(" on {}", step.nodes.join(", ")) };
    let mut lines = vec![format!("{}{place}: {}", step.name, state(step))];
    let mut say = |word: &str, second: Option<u64>| {
        lines.extend(second.map(|second| format!("{word} after {}", human(second))));
    };
    say("started", step.started);
    say("ready", step.ready);
    say("ended", step.ended);
    lines.extend(step.metrics.iter().map(|(key, value)| format!("{key} {}", figure(value))));
    let cause = run.cause.iter().filter(|cause| cause.step.as_ref() == Some(&step.name));
    lines.extend(cause.map(|cause| cause.message.clone()));
    lines.join("\n")
}
