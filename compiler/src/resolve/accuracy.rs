//! The accuracy tasks, with what each is told.

use indexmap::IndexMap;

use super::{Context, Program, Traced};
use crate::source::Spanned;
use crate::topology::accuracy::{self, Settings};

pub const ROLE: &str = "accuracy";

#[derive(Debug, Clone)]
pub struct Accuracy {
    pub tasks: Vec<Task>,
    pub on: Option<Spanned<String>>,
}

#[derive(Debug, Clone)]
pub struct Task {
    /// `accuracy_gsm8k`: tasks may differ in all that they are told, so each is a role of its own.
    pub role: String,
    pub name: Traced<String>,
    pub model: Traced<String>,
    /// The path of the API that the model type uses.
    pub path: String,
    pub model_args: IndexMap<String, Traced<String>>,
    pub program: Program,
}

impl Context<'_> {
    /// Nothing where the engine describes no such role, or the model type is unknown: `check` has said so.
    pub(super) fn accuracy(&self) -> Option<Accuracy> {
        let written = self.topology.accuracy.as_ref()?;
        let tasks = written.tasks.iter().filter_map(|task| self.task(written, task)).collect();
        Some(Accuracy { tasks, on: written.on.clone() })
    }

    fn task(&self, written: &accuracy::Accuracy, task: &accuracy::Task) -> Option<Task> {
        let described = self.engine.role(ROLE)?;
        let (first, _) = described.model_types.first()?;
        let both: [&Settings; 2] = [&written.common, &task.own];
        let model = task.own.model.as_ref().or(written.common.model.as_ref());
        let model = Traced::or_rule(model, first.clone(), "the engine's first model type");
        let path = described.model_types.get(&model.value)?.clone();
        let mut model_args = IndexMap::new();
        for argument in described.model_args.iter().chain(both.iter().flat_map(|s| &s.model_args)) {
            model_args.insert(argument.key.value.clone(), Traced::from(&argument.value));
        }
        let arguments: Vec<Spanned<String>> = both.iter().flat_map(|s| s.arguments.clone()).collect();
        Some(Task {
            role: role_name(&task.name.value),
            name: Traced::from(&task.name),
            path,
            model,
            model_args,
            program: self.program(ROLE, ROLE, &written.env, None, &arguments, None),
        })
    }
}

/// `accuracy_gsm8k` for `gsm8k`: the name of the task's script and step.
pub fn role_name(task: &str) -> String {
    format!("{ROLE}_{}", task.to_ascii_lowercase().replace(['-', '.'], "_"))
}
