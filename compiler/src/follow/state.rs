//! What a step is doing, from when its records say it started, was ready, and ended.

use serde::Serialize;

use super::{Part, Run, Step, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// For other steps.
    #[default]
    Waiting,
    /// A server that does not answer yet.
    Starting,
    /// A server that answers.
    Ready,
    /// Anything else that has started.
    Running,
    /// The verdict is there, and it still runs.
    Stopping,
    /// It ended well by itself.
    Done,
    /// It was ended because the job was.
    Stopped,
    Failed,
    /// The job came to its end without it.
    NotStarted,
    /// The job is over, and nothing says how this ended.
    CutOff,
}

/// Gives every step its state.
pub fn settle(run: &mut Run) {
    let (verdict, over) = (run.verdict, run.over);
    let blamed = run.cause.as_ref().and_then(|cause| cause.step.clone());
    for step in &mut run.steps {
        // Without a name to blame, what ended before a failure was found is it.
        let is_consequence = step.terminated
            || match verdict {
                None => false,
                Some(Verdict::Failed) if blamed.is_none() => step.ended > run.seconds,
                Some(_) => true,
            };
        step.state = if blamed.as_ref() == Some(&step.name) {
            State::Failed
        } else if step.ended.is_some() {
            ended(step, is_consequence)
        } else if step.started.is_none() {
            if over || verdict.is_some() { State::NotStarted } else { State::Waiting }
        } else if over {
            State::CutOff
        } else if verdict.is_some() {
            State::Stopping
        } else if step.ready.is_some() {
            State::Ready
        } else if step.part.is_some_and(Part::serves) {
            State::Starting
        } else {
            State::Running
        };
    }
}

fn ended(step: &Step, is_consequence: bool) -> State {
    if step.code == Some(0) && (step.ends_itself || !step.part.is_some_and(Part::serves)) {
        State::Done
    } else if is_consequence {
        State::Stopped
    } else {
        State::Failed
    }
}
