//! Words of a command: text that is known now, and parts that only the job knows.

use serde::Serialize;

/// A value that exists only while the job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// The name of the host that the command runs on.
    Host,
    /// The name of the job's n-th node, counted from 0.
    Node(u32),
    /// The job's number.
    Job,
    /// The job's run folder.
    RunFolder,
    /// The bundle's folder.
    Bundle,
    /// The rank in the step.
    Rank,
    /// The rank times so many.
    RankTimes(u32),
    /// The step's own name, such as `gen_0`: a role's script serves all its steps.
    Step,
    /// The step's own port.
    Port,
    /// So many behind it.
    PortPlus(u32),
    /// The name of the node with the step's first rank.
    Leader,
    /// Where the client sends its requests to.
    TargetHost,
    TargetPort,
    /// What the client is asked to do in this step.
    Concurrency,
    Requests,
    /// The folder that the client leaves its measurements in.
    Results,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Part {
    Text(String),
    Runtime { runtime: Runtime },
}

/// One argument of a command, or the value of a variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "Form")]
pub struct Word(Vec<Part>);

/// In plan.json a word without runtime parts is a plain string, one with them `{"word": […]}`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Form {
    Text(String),
    Parts { word: Vec<Part> },
}

impl From<Word> for Form {
    fn from(word: Word) -> Self {
        match word.as_text() {
            Some(text) => Form::Text(text.to_owned()),
            None => Form::Parts { word: word.0 },
        }
    }
}

impl Word {
    pub fn text(text: impl Into<String>) -> Self {
        Word::default().then(text)
    }

    pub fn runtime(value: Runtime) -> Self {
        Word::default().then_runtime(value)
    }

    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.push(Part::Text(text.into()));
        self
    }

    #[must_use]
    pub fn then_runtime(mut self, runtime: Runtime) -> Self {
        self.push(Part::Runtime { runtime });
        self
    }

    /// Adds a part; neighbouring texts become one.
    pub fn push(&mut self, part: Part) {
        match (self.0.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
            (_, part) => self.0.push(part),
        }
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The whole word, if nothing in it waits for the job.
    pub fn as_text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}
