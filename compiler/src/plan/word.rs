//! Words of a command: text that is known now, and parts that only the job knows.

use serde::{Deserialize, Serialize};

/// A value that exists only while the job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// The name of the host that the command runs on.
    Host,
    /// The name of the job's n-th node.
    Node(u32),
    /// The job's run folder.
    RunFolder,
    /// The bundle's folder.
    Bundle,
    /// The rank in the step.
    Rank,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    Text(String),
    Runtime { runtime: Runtime },
}

/// One argument of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct Word(Vec<Part>);

/// In plan.json a word without runtime parts is a plain string, one with them `{"word": […]}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Parts { word: Vec<Part> },
}

impl From<Form> for Word {
    fn from(form: Form) -> Self {
        match form {
            Form::Text(text) => Word::text(text),
            Form::Parts { word } => Word(word),
        }
    }
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
        let mut word = Word::default();
        word.push(Part::Text(text.into()));
        word
    }

    pub fn runtime(value: Runtime) -> Self {
        Word(vec![Part::Runtime { runtime: value }])
    }

    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.push(Part::Text(text.into()));
        self
    }

    #[must_use]
    pub fn then_runtime(mut self, value: Runtime) -> Self {
        self.push(Part::Runtime { runtime: value });
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
