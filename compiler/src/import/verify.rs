//! The proof: what was written is compiled, and the plan compared with the source.
//!
//! Each role's file is written as the bundle has it, read as Python reads it, and compared with the source's as data;
//! then each role's environment, how many servers there are, how many GPUs and ranks each has, and how many nodes the
//! source's own rule takes for them.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::yaml::{self, Map, Value, Yaml};
use super::{Imported, Made, Output, worker};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plan::{Config, Part, Plan, Role};
use crate::source::{FileId, Files, Span};
use crate::stdlib::Stdlib;
use crate::stdlib::engine::Engine;
use crate::{Request, compile, emit};

/// How a topology compares with its source.
#[derive(Debug, Clone)]
pub struct Verified {
    pub path: String,
    pub differences: usize,
    /// Nodes of the job, and by the source's own rule.
    pub nodes: Option<(u32, u32)>,
}

/// Compiles and compares all topologies; what differs is reported in the source.
pub fn verify(imported: &mut Imported, stdlib: &Stdlib) -> Vec<Verified> {
    let files = Written::new(imported);
    let mut verified = Vec::new();
    for made in &imported.topologies {
        let mut found = Diagnostics::default();
        let nodes = compare(made, &files, stdlib, &mut found);
        verified.push(Verified { path: made.path.clone(), differences: found.iter().count(), nodes });
        imported.diagnostics.extend(found.iter().cloned());
    }
    imported.diagnostics.sort();
    verified
}

/// The files that were written; what the site leaves open has a stand-in.
struct Written(BTreeMap<String, String>);

impl Written {
    fn new(imported: &Imported) -> Self {
        let pair = |file: &Output| (file.path.clone(), file.text.clone());
        let mut files: BTreeMap<String, String> = imported.files.iter().map(pair).collect();
        if let Some(text) = &imported.stand_ins {
            files.insert(super::site::FILE.to_owned(), text.clone());
        }
        Written(files)
    }
}

impl Files for Written {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(&self.identity(path)).cloned().ok_or_else(|| "it was not written".to_owned())
    }

    /// Without the `..` that leads back to the output folder.
    fn identity(&self, path: &str) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match (part, parts.last()) {
                (".", _) => {}
                ("..", Some(last)) if *last != ".." => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        parts.join("/")
    }
}

struct Comparison<'a> {
    draft: &'a Draft,
    plan: &'a Plan,
    engine: &'a Engine,
    found: &'a mut Diagnostics,
}

fn compare(made: &Made, files: &Written, stdlib: &Stdlib, found: &mut Diagnostics) -> Option<(u32, u32)> {
    let request = Request { main: made.path.clone(), ..Request::default() };
    let compilation = compile(&request, files, stdlib);
    let head = Span { end: made.place.start, ..made.place };
    let Some(plan) = &compilation.plan else {
        let errors = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        for error in errors {
            let place = error.labels.first().map(|label| compilation.sources.location(label.span));
            let place = place.unwrap_or_default();
            found.push(
                Diagnostic::error(
                    "import/refused",
                    format!("what was written does not compile: {}", error.message),
                )
                .label(head, format!("{place}: {}", error.code))
                .help(error.help.clone().unwrap_or_else(|| "correct it in the topology".to_owned())),
            );
        }
        return None;
    };
    let engine = made.engine.as_ref();
    let mut comparison = Comparison { draft: &made.draft, plan, engine, found };
    comparison.servers();
    comparison.configs();
    comparison.environments();
    Some((plan.nodes, comparison.nodes(head)))
}

impl Comparison<'_> {
    fn differs(&mut self, span: Span, message: String, label: &str) {
        self.found.push(
            Diagnostic::error("import/differs", message)
                .label(span, label)
                .help("the topology would not do what this file does; correct it, or say so in a comment"),
        );
    }

    fn role(&self, name: &str) -> Option<&Role> {
        self.plan.roles.iter().find(|role| role.name == name)
    }

    /// What the mode leaves out or makes another one of.
    fn is_left_out(&self, kind: &str) -> bool {
        self.engine.mode(Some(&self.plan.mode)).is_some_and(|mode| mode.lacks(kind))
    }

    fn is_changed(&self) -> bool {
        self.engine.modes.first().is_some_and(|first| first.name != self.plan.mode)
    }

    fn expected(&self, kind: &str) -> Option<(u32, u64)> {
        let worker = self.draft.workers.get(kind)?;
        let role = self.engine.roles.get(kind)?;
        let none = Map::new();
        let config = worker.config.as_ref().map_or(&none, |config| &config.value);
        Some((worker.replicas.unwrap_or(1), worker::gpus(role, config)))
    }

    fn servers(&mut self) {
        let kinds: Vec<&str> =
            self.draft.workers.keys().copied().filter(|kind| !self.is_left_out(kind)).collect();
        for kind in kinds {
            let Some((servers, gpus)) = self.expected(kind) else { continue };
            let steps: Vec<_> = self.plan.steps.iter().filter(|step| step.role == kind).collect();
            let place = self.draft.place;
            let head = Span { end: place.start, ..place };
            if steps.len() != servers as usize && !self.is_changed() {
                let message = format!("{servers} {kind} servers in the source, {} in the plan", steps.len());
                self.differs(head, message, "this file");
            }
            for step in steps {
                let held: u64 = step.nodes.iter().map(|share| share.gpus.len() as u64).sum();
                let ranks: u64 = step.nodes.iter().map(|share| u64::from(share.ranks)).sum();
                if held != gpus || ranks != gpus {
                    let name = &step.name;
                    let message =
                        format!("{name} has {gpus} ranks in the source, {ranks} on {held} GPUs in the plan");
                    self.differs(head, message, "this file");
                }
            }
        }
        let more = self.plan.roles.iter().filter(|role| role.part == Part::Worker);
        let more: Vec<String> = more.map(|role| role.name.clone()).collect();
        for name in more.iter().filter(|name| !self.draft.workers.contains_key(name.as_str())) {
            if !self.is_changed() {
                let message = format!("the plan has servers `{name}`, the source has none");
                self.differs(Span { end: self.draft.place.start, ..self.draft.place }, message, "this file");
            }
        }
    }

    fn configs(&mut self) {
        let kinds: Vec<&str> = self.draft.workers.keys().copied().collect();
        for kind in kinds {
            let Some(source) = self.draft.workers.get(kind).and_then(|worker| worker.config.clone()) else {
                continue;
            };
            let name = format!("{kind}_config");
            let Some(config) = self.plan.configs.iter().find(|config| config.name == name) else {
                if !self.is_left_out(kind) && !self.is_changed() {
                    self.differs(source.span, format!("the plan has no file for {kind}"), "these settings");
                }
                continue;
            };
            let Some(written) = as_read(config) else {
                self.differs(source.span, format!("the file of {kind} can't be read"), "these settings");
                continue;
            };
            self.config(kind, &source.value, source.span, written);
        }
    }

    fn config(&mut self, kind: &str, source: &Map, whole: Span, written: Map) {
        let changed = self.is_changed();
        // What a mode changes, its description says.
        let by_mode = |comparison: &Self, key: &str| {
            let origin = comparison.plan.origins.get(&format!("{kind}.config.{key}"));
            changed && origin.is_none_or(|origin| origin.starts_with("stdlib/"))
        };
        for (key, entry) in source {
            match written.get(key) {
                Some(found) if equal(&found.value, &entry.value) => {}
                _ if by_mode(self, key) => {}
                Some(_) => {
                    let message = format!("`{key}` of {kind} has another value in the plan");
                    self.differs(entry.value.span, message, "in the source");
                }
                None => {
                    self.differs(entry.key, format!("`{key}` of {kind} is not in the plan"), "in the source")
                }
            }
        }
        for (key, found) in &written {
            if source.contains_key(key) || by_mode(self, key) {
                continue;
            }
            // The planner writes sizes always, and one is what there is without.
            let role = self.engine.roles.get(kind);
            let size = role.is_some_and(|role| role.owned_keys().any(|(owned, _)| owned == key));
            if !(size && matches!(found.value.value, Value::Integer(1) | Value::Bool(false))) {
                let origin = self.plan.origins.get(&format!("{kind}.config.{key}"));
                let origin = origin.map_or("the topology", String::as_str);
                let message = format!("the plan sets `{key}` of {kind}, the source doesn't: {origin}");
                self.differs(whole, message, "not in here");
            }
        }
    }

    fn environments(&mut self) {
        let mut names = vec!["server", "benchmark"];
        names.extend(self.draft.workers.keys());
        for name in names {
            let Some(role) = self.role(name).cloned() else { continue };
            let variables = self.draft.env.clone();
            let wanted: Vec<_> =
                variables.iter().filter(|v| v.roles.iter().any(|role| role == name)).collect();
            for variable in &wanted {
                let text = match &variable.value {
                    super::kdl::Value::Text(text) | super::kdl::Value::Word(text) => text.as_str(),
                    // The site gives it.
                    super::kdl::Value::Site(_) => continue,
                };
                let found = role.env.iter().rev().find(|found| found.name == variable.name);
                let same =
                    found.is_some_and(|f| f.value.as_ref().is_some_and(|word| word.as_text() == Some(text)));
                if !same {
                    let message = format!("`{}` of {name} is another one in the plan", variable.name);
                    self.differs(variable.span, message, "in the source");
                }
            }
            for found in role.env.iter().filter(|found| found.value.is_some()) {
                let known = wanted.iter().any(|variable| variable.name == found.name);
                let origin = self.plan.origins.get(&format!("{name}.env.{}", found.name));
                let ours =
                    origin.is_none_or(|origin| origin.starts_with("stdlib/") || origin.starts_with("rule"));
                if !known && !ours {
                    let place = Span { end: self.draft.place.start, ..self.draft.place };
                    self.differs(
                        place,
                        format!("`{}` of {name} is not in the source", found.name),
                        "this file",
                    );
                }
            }
        }
    }

    /// The number of nodes by the rule of the source's tool.
    fn nodes(&mut self, head: Span) -> u32 {
        let rule = self.draft.counts.clone().unwrap_or_default();
        let per_node = self.plan.most_gpus().max(1);
        let of = |servers: u32, gpus: u64| count(&rule, servers, gpus as u32, per_node);
        let (mut source, mut planned) = (0, 0);
        for kind in super::draft::KINDS {
            if let Some((servers, gpus)) = self.expected(kind).filter(|_| !self.is_left_out(kind)) {
                source += of(servers, gpus);
            }
            let steps: Vec<_> = self.plan.steps.iter().filter(|step| step.role == kind).collect();
            if let Some(step) = steps.first() {
                let gpus = step.nodes.iter().map(|share| share.gpus.len() as u64).sum();
                planned += of(steps.len() as u32, gpus);
            }
        }
        let wanted = self.draft.declared.filter(|_| !self.is_changed()).unwrap_or(source);
        if planned != wanted && !self.is_changed() {
            let message =
                format!("{wanted} nodes in the source, {planned} for the plan's servers by the same rule");
            self.differs(head, message, "this file");
        }
        planned
    }
}

/// The nodes that servers of one kind take.
fn count(rule: &str, servers: u32, gpus: u32, per_node: u32) -> u32 {
    match rule {
        // Each begins a node.
        "whole" => servers * gpus.div_ceil(per_node),
        // Small ones share nodes, large ones have nodes of their own.
        "kinds" if gpus >= per_node => servers * gpus.div_ceil(per_node),
        "kinds" => servers.div_ceil((per_node / gpus.max(1)).max(1)),
        // One after the other over all GPUs.
        _ => (servers * gpus).div_ceil(per_node),
    }
}

/// A role's file, as the engine will read it.
fn as_read(config: &Config) -> Option<Map> {
    let file = emit::yaml::file(config).ok()?;
    let document = yaml::read(&file.content, FileId(0), &mut Diagnostics::default())?;
    match document.root.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// As Python compares: numbers by what they are worth.
fn equal(a: &Yaml, b: &Yaml) -> bool {
    match (&a.value, &b.value) {
        (Value::Integer(a), Value::Float(b)) | (Value::Float(b), Value::Integer(a)) => *a as f64 == *b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(&a.value, &b.value))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(&a.value, &b.value)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn rules_count_as_their_tools_do() {
        let counted = |rule: &str| {
            [(1, 4), (3, 4), (5, 8), (2, 6), (3, 2)].map(|(servers, gpus)| count(rule, servers, gpus, 8))
        };
        assert_eq!(counted("whole"), [1, 3, 5, 2, 3]);
        assert_eq!(counted("kinds"), [1, 2, 5, 2, 1]);
        assert_eq!(counted("cursor"), [1, 2, 5, 2, 1]);
        assert_eq!(count("cursor", 2, 6, 4), 3);
        assert_eq!(count("kinds", 2, 6, 4), 4);
    }
}
