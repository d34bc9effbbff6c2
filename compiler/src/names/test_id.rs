//! The ids of the performance tests, as test lists and pytest's command line have them.
//!
//! The word that an id begins with says how the test is launched, not what it serves: by `disagg` every
//! role is a process of its own; by `aggr` one process starts the server and measures it. Two modes
//! measure one half of a disaggregated configuration in that second way.

use std::fmt;

use super::FormError;
use super::reader::Reader;

const DISAGGREGATED: &str = "disagg";
const AGGREGATED: &str = "aggr";
const UPLOAD: &str = "_upload";
const TIMEOUT: &str = " TIMEOUT (";

const WHAT: &str = "test id";
const FORMS: &[&str] = &[
    "MODULE::FUNCTION[disagg-MODE-STEM]       MODE is e2e, gen_only or gen_only_no_context",
    "MODULE::FUNCTION[disagg-STEM]            older, without a mode",
    "MODULE::FUNCTION[aggr-MODE-STEM]         MODE is ctx_only or gen_only_no_context",
    "MODULE::FUNCTION[aggr-CONFIG]            every server of a configuration, whose name has no -",
    "MODULE::FUNCTION[aggr-CONFIG-SERVER]     one of its servers",
    "each with disagg_upload for disagg, aggr_upload for aggr, and ` TIMEOUT (MINUTES)` behind it",
];

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    E2e,
    CtxOnly,
    GenOnly,
    /// No context server at all: the generation server makes the KV cache up.
    GenOnlyNoContext,
}

impl Mode {
    pub const ALL: [Mode; 4] = [Mode::E2e, Mode::CtxOnly, Mode::GenOnly, Mode::GenOnlyNoContext];

    /// As it stands in ids.
    pub fn name(self) -> &'static str {
        match self {
            Mode::E2e => "e2e",
            Mode::CtxOnly => "ctx_only",
            Mode::GenOnly => "gen_only",
            Mode::GenOnlyNoContext => "gen_only_no_context",
        }
    }

    pub fn from_name(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether a test that is launched in this way can have this mode.
    fn fits(self, disaggregated: bool) -> bool {
        match self {
            Mode::E2e | Mode::GenOnly => disaggregated,
            Mode::CtxOnly => !disaggregated,
            // First one, then the other: a newer version refuses the first.
            Mode::GenOnlyNoContext => true,
        }
    }

    /// The mode that somebody who wrote `name` must have meant.
    fn meant_by(name: &str) -> Option<Mode> {
        let name = name.to_lowercase().replace(' ', "_");
        Mode::ALL
            .into_iter()
            .find(|mode| strsim::damerau_levenshtein(&name, mode.name()) <= mode.name().len() / 4)
    }
}

/// How the test is launched, and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A process for every role. Older ids have no mode.
    Disaggregated { mode: Option<Mode>, stem: String },
    /// One process, for one half of a disaggregated configuration.
    Half { mode: Mode, stem: String },
    /// One process, for an aggregated configuration: all its servers in turn, or one.
    Aggregated { config: String, server: Option<String> },
}

/// One test: `MODULE::FUNCTION[…]`, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestId {
    pub module: String,
    pub function: String,
    pub form: Form,
    /// Whether the results go to the database.
    pub upload: bool,
    /// In test lists only.
    pub timeout_minutes: Option<u32>,
}

impl TestId {
    /// The id of a configuration `stem` in a mode, as today's tests have it.
    pub fn new(test: (&str, &str), mode: Mode, stem: &str, upload: bool) -> Result<Self, FormError> {
        let stem = stem.to_owned();
        let form = match mode {
            Mode::E2e | Mode::GenOnly => Form::Disaggregated { mode: Some(mode), stem },
            Mode::CtxOnly | Mode::GenOnlyNoContext => Form::Half { mode, stem },
        };
        Self::of(test, form, upload)
    }

    /// The id of a configuration `stem` before ids had modes.
    pub fn without_mode(test: (&str, &str), stem: &str, upload: bool) -> Result<Self, FormError> {
        Self::of(test, Form::Disaggregated { mode: None, stem: stem.to_owned() }, upload)
    }

    /// An id of any form. Parts that would read back as others are refused.
    pub fn of((module, function): (&str, &str), form: Form, upload: bool) -> Result<Self, FormError> {
        let (module, function) = (module.to_owned(), function.to_owned());
        let made = TestId { module, function, form, upload, timeout_minutes: None };
        let text = made.to_string();
        let read = Self::parse(&text)?;
        if read == made { Ok(made) } else { Err(misread(&text)) }
    }

    pub fn parse(text: &str) -> Result<Self, FormError> {
        let mut reader = Reader::new(text, WHAT, FORMS);
        let module = reader.take_while(|c| !c.is_whitespace() && !"[]:".contains(c));
        if !module.ends_with(".py") {
            return Err(reader.error_at(module, "a Python file"));
        }
        reader.expect("::")?;
        let function = reader.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if function.is_empty() {
            return Err(reader.error("the test function's name"));
        }
        reader.expect("[")?;
        let disaggregated = reader.take(DISAGGREGATED);
        if !disaggregated && !reader.take(AGGREGATED) {
            return Err(reader.error(format!("`{DISAGGREGATED}` or `{AGGREGATED}`")));
        }
        let upload = reader.take(UPLOAD);
        if !reader.take("-") {
            let upload = if upload { String::new() } else { format!("`{UPLOAD}` or ") };
            return Err(reader.error(format!("{upload}`-`")));
        }
        let form =
            if disaggregated { disaggregated_form(&mut reader)? } else { aggregated_form(&mut reader)? };
        reader.expect("]")?;
        let timeout_minutes = match reader.take(TIMEOUT) {
            true => {
                let minutes = reader.number("minutes")?;
                reader.expect(")")?;
                Some(minutes)
            }
            false => None,
        };
        reader.end(if timeout_minutes.is_some() { "the end" } else { "` TIMEOUT (MINUTES)`" })?;
        Ok(TestId { module: module.into(), function: function.into(), form, upload, timeout_minutes })
    }

    /// None where the id says none.
    pub fn mode(&self) -> Option<Mode> {
        match self.form {
            Form::Disaggregated { mode, .. } => mode,
            Form::Half { mode, .. } => Some(mode),
            Form::Aggregated { .. } => None,
        }
    }

    /// The configuration file's name without its ending.
    pub fn stem(&self) -> &str {
        match &self.form {
            Form::Disaggregated { stem, .. } | Form::Half { stem, .. } => stem,
            Form::Aggregated { config, .. } => config,
        }
    }
}

fn disaggregated_form(reader: &mut Reader) -> Result<Form, FormError> {
    let mode = mode(reader, true)?;
    Ok(Form::Disaggregated { mode, stem: stem(reader)? })
}

fn aggregated_form(reader: &mut Reader) -> Result<Form, FormError> {
    if let Some(mode) = mode(reader, false)? {
        return Ok(Form::Half { mode, stem: stem(reader)? });
    }
    let config = part(reader, |c| c != '-', "a configuration's name")?;
    let server = match reader.take("-") {
        true => Some(part(reader, |_| true, "a server's name")?),
        false => None,
    };
    Ok(Form::Aggregated { config, server })
}

/// The mode and the `-` behind it, if a mode comes next. A word that was meant as one is refused.
fn mode(reader: &mut Reader, disaggregated: bool) -> Result<Option<Mode>, FormError> {
    let word = reader.rest().split(['-', ']']).next().unwrap_or_default();
    let Some(meant) = Mode::meant_by(word) else { return Ok(None) };
    let name = meant.name();
    if !meant.fits(disaggregated) {
        let launch = if disaggregated { AGGREGATED } else { DISAGGREGATED };
        return Err(reader.error(format!("{} (`{name}` runs by `{launch}`)", fitting(disaggregated))));
    }
    if word != name {
        return Err(reader.error(format!("`{name}`")));
    }
    reader.take(name);
    reader.expect("-")?;
    Ok(Some(meant))
}

fn fitting(disaggregated: bool) -> String {
    let names = Mode::ALL
        .into_iter()
        .filter(|mode| mode.fits(disaggregated))
        .map(|mode| format!("`{}`", mode.name()));
    format!("{} or a configuration's name", names.collect::<Vec<_>>().join(", "))
}

fn stem(reader: &mut Reader) -> Result<String, FormError> {
    part(reader, |_| true, "a configuration's name")
}

/// A name that begins with a letter or a digit. pytest would escape other characters than these.
fn part(reader: &mut Reader, also: impl Fn(char) -> bool, what: &str) -> Result<String, FormError> {
    let name = reader.take_while(|c| (c.is_ascii_alphanumeric() || "_-.,+=".contains(c)) && also(c));
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        Ok(name.to_owned())
    } else {
        Err(reader.error_at(name, format!("{what} (letters, digits, _ - . , + =)")))
    }
}

fn misread(text: &str) -> FormError {
    let at = text.find('[').map_or(0, |at| at + 1);
    Reader::new(text, WHAT, FORMS).error_at(&text[at..], "parts that can't be taken for others")
}

impl fmt::Display for TestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let launch = match self.form {
            Form::Disaggregated { .. } => DISAGGREGATED,
            Form::Half { .. } | Form::Aggregated { .. } => AGGREGATED,
        };
        let upload = if self.upload { UPLOAD } else { "" };
        write!(f, "{}::{}[{launch}{upload}-", self.module, self.function)?;
        match &self.form {
            Form::Disaggregated { mode: None, stem } => write!(f, "{stem}]")?,
            Form::Disaggregated { mode: Some(mode), stem } | Form::Half { mode, stem } => {
                write!(f, "{}-{stem}]", mode.name())?;
            }
            Form::Aggregated { config, server: None } => write!(f, "{config}]")?,
            Form::Aggregated { config, server: Some(server) } => write!(f, "{config}-{server}]")?,
        }
        self.timeout_minutes.map_or(Ok(()), |minutes| write!(f, "{TIMEOUT}{minutes})"))
    }
}

#[cfg(test)]
#[path = "test_id_tests.rs"]
mod tests;
