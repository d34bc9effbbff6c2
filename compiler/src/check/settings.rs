//! Settings of the engine's file, found by what they mean.

use super::Subject;
use crate::source::Span;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::{ConfigMap, ConfigValue, Worker};

/// What holds for a worker, and where that is said.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The engine's name for it.
    pub name: &'a str,
    pub value: &'a ConfigValue,
    /// Where the topology says it; `None` if it is the engine's default.
    pub written: Option<Span>,
    /// The value that leaves it to the engine.
    open: Option<&'a str>,
}

impl Setting<'_> {
    pub fn integer(&self) -> Option<u64> {
        match self.value {
            ConfigValue::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    pub fn is_true(&self) -> bool {
        matches!(self.value, ConfigValue::Bool(true))
    }

    /// How a value of it is written: `dtype "fp8"` in `kv_cache_config`.
    pub fn line(&self, value: impl std::fmt::Display) -> String {
        match self.name.rsplit_once('.') {
            Some((section, key)) => format!("`{key} {value}` in `{section}`"),
            None => format!("`{} {value}`", self.name),
        }
    }

    /// Its name, and the section that has it.
    pub fn called(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((section, key)) => format!("`{key}` in `{section}`"),
            None => format!("`{}`", self.name),
        }
    }

    /// Whether the engine decides.
    pub fn is_open(&self) -> bool {
        match (self.value, self.open) {
            (ConfigValue::String(text), Some(open)) => text.eq_ignore_ascii_case(open),
            _ => false,
        }
    }

    /// `768 (the engine's default)`.
    pub fn with_origin(&self) -> String {
        match self.written {
            Some(_) => self.value.to_string(),
            None => format!("{} (the engine's default)", self.value),
        }
    }

    /// Where to point: what is written, or else the worker.
    pub fn place(&self, worker: &Worker) -> Span {
        self.written.unwrap_or(worker.head)
    }
}

impl<'a> Subject<'a> {
    /// What a worker's file says, or else what the engine does without it. `None` if the engine has no such
    /// setting, says nothing of a default, or a section above it is switched off.
    pub fn setting(&self, worker: &'a Worker, meaning: Meaning) -> Option<Setting<'a>> {
        let role = self.engine?.role(worker.kind.name())?;
        let said = role.means.get(&meaning)?;
        let open = said.open.as_ref().map(|open| open.value.as_str());
        let files = [(worker.config.as_ref(), true), (role.defaults.as_ref(), false)];
        for (file, ours) in files {
            for path in file.iter().flat_map(|_| &said.paths) {
                match file.map_or(Found::Nothing, |file| find(&file.entries, &path.value, ours)) {
                    Found::Value(value, written) => {
                        return Some(Setting { name: &path.value, value, written, open });
                    }
                    Found::SwitchedOff => return None,
                    Found::Nothing => {}
                }
            }
        }
        let name = &said.paths.first()?.value;
        said.default.as_ref().map(|default| Setting { name, value: &default.value, written: None, open })
    }

    /// [`setting`](Self::setting), a whole number.
    pub fn number(&self, worker: &'a Worker, meaning: Meaning) -> Option<(u64, Setting<'a>)> {
        let setting = self.setting(worker, meaning)?;
        Some((setting.integer()?, setting))
    }
}

/// The section above a setting, if it is `#null` in the worker's file: its name, and where that stands.
pub fn switched_off<'a>(
    subject: &Subject<'a>,
    worker: &'a Worker,
    meaning: Meaning,
) -> Option<(&'a str, Span)> {
    let said = subject.engine?.role(worker.kind.name())?.means.get(&meaning)?;
    let config = worker.config.as_ref()?;
    said.paths.iter().find_map(|path| {
        let (section, _) = path.value.split_once('.')?;
        let entry = config.entries.get(section)?;
        matches!(entry.value.value, ConfigValue::Null).then_some((section, entry.value.span))
    })
}

enum Found<'a> {
    Value(&'a ConfigValue, Option<Span>),
    /// A section on the way is `#null`.
    SwitchedOff,
    Nothing,
}

fn find<'a>(section: &'a ConfigMap, path: &str, ours: bool) -> Found<'a> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    match (section.get(key), rest) {
        (None, _) => Found::Nothing,
        (Some(entry), None) => Found::Value(&entry.value.value, ours.then_some(entry.value.span)),
        (Some(entry), Some(rest)) => match &entry.value.value {
            ConfigValue::Map(inner) => find(inner, rest, ours),
            ConfigValue::Null => Found::SwitchedOff,
            _ => Found::Nothing,
        },
    }
}
