//! `disaggc doctor`: what this machine can do, what it lacks for the rest, and how to get that.
//!
//! It looks with what `rehearse` and the bundle themselves need, and changes nothing.

pub mod args;
mod build;
mod rehearse;
mod show;
mod submit;

use camino::Utf8PathBuf;
use disaggc::stdlib::Stdlib;
use disaggc::stdlib::rehearsal::{self, Part};
use serde::Serialize;

use super::args::{FindingsFormat, Input};
use super::render::Style;
use super::terminal::print;
use super::{Compiled, Failure, compile, stdlib};
use args::{Doctor, DoctorFormat, Purpose};

pub fn run(args: &Doctor, style: Style) -> Result<(), Failure> {
    let subject = Subject::new(args, style)?;
    let all = [
        (Purpose::Build, build::examine as fn(&Subject) -> Ability),
        (Purpose::Rehearse, rehearse::examine),
        (Purpose::Submit, submit::examine),
    ];
    let wanted = |purpose| args.purposes.is_empty() || args.purposes.contains(&purpose);
    let abilities: Vec<Ability> = all
        .into_iter()
        .filter(|(purpose, _)| wanted(*purpose))
        .map(|(_, examine)| examine(&subject))
        .collect();
    print(&match args.format {
        DoctorFormat::Table => show::table(&abilities),
        DoctorFormat::Json => show::json(&abilities).map_err(|error| error.to_string())?,
    })?;
    let enough = |ability: &Ability| match ability.possible() {
        Possible::Yes => true,
        Possible::InPart => args.purposes.is_empty(),
        Possible::No => args.purposes.is_empty() && ability.purpose != Purpose::Build,
    };
    if abilities.iter().all(enough) { Ok(()) } else { Err(Failure::Verdict) }
}

/// What is asked about: a topology, or all that the stdlib can describe.
struct Subject {
    stdlib: Stdlib,
    /// Whether that is the one in the binary.
    embedded: bool,
    parts: Vec<Part>,
    topology: Option<Box<Compiled>>,
    cache: Option<Utf8PathBuf>,
}

impl Subject {
    fn new(args: &Doctor, style: Style) -> Result<Self, Failure> {
        let cache = args.cache.clone().or_else(super::rehearse::default_cache);
        let embedded = args.options.stdlib.is_none();
        let stdlib = stdlib(args.options.stdlib.as_deref())?;
        let Some(file) = args.file.clone() else {
            if !args.options.sets.is_empty() || args.options.topology.is_some() {
                let message = "`--set` and `--topology` are about a file: name it, too";
                return Err(Failure::Usage(message.to_owned()));
            }
            let parts = rehearsal::all(&stdlib);
            return Ok(Subject { stdlib, embedded, parts, topology: None, cache });
        };
        let input = Input { file, options: args.options.clone() };
        let compiled = compile(&input, FindingsFormat::Text, style)?;
        let parts = compiled.compilation.parts.clone();
        Ok(Subject { stdlib, embedded, parts, topology: Some(Box::new(compiled)), cache })
    }

    /// What is missing. A topology that is named needs all that is looked for; else only some need it.
    fn lacks(&self, name: &str, found: impl Into<String>, help: impl Into<String>) -> Check {
        let state = if self.topology.is_some() { State::Missing } else { State::Absent };
        Check { state, ..Check::missing(name, found, help) }
    }
}

/// What was found out about one purpose.
#[derive(Debug)]
struct Ability {
    purpose: Purpose,
    checks: Vec<Check>,
    /// A command that installs what packages can bring.
    install: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Possible {
    Yes,
    /// Some topologies can't.
    InPart,
    No,
}

impl Ability {
    fn possible(&self) -> Possible {
        let any = |state| self.checks.iter().any(|check| check.state == state);
        match () {
            () if any(State::Missing) => Possible::No,
            () if any(State::Absent) => Possible::InPart,
            () => Possible::Yes,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Check {
    name: String,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// Some topologies need it.
    Absent,
    /// Nothing works without it.
    Missing,
}

impl Check {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Check { name: name.to_owned(), state: State::Ok, found: found.into(), help: None }
    }

    fn missing(name: &str, found: impl Into<String>, help: impl Into<String>) -> Self {
        let help = Some(help.into()).filter(|help: &String| !help.is_empty());
        Check { name: name.to_owned(), state: State::Missing, found: found.into(), help }
    }
}
