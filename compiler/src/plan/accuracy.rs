//! Accuracy tasks: clients that ask one after the other, when the benchmark is done.

use super::build::Builder;
use super::ir::*;
use super::scope;
use super::word::{Runtime, Word};
use crate::resolve::accuracy::{Accuracy, ROLE, Task};
use crate::stdlib::template::Filled;

impl Builder<'_> {
    pub(super) fn accuracy(
        &mut self,
        accuracy: &Accuracy,
        node: u32,
        (target_node, target_port): (u32, u16),
        roles: &mut Vec<Role>,
        steps: &mut Vec<Step>,
    ) {
        for task in &accuracy.tasks {
            let role = self.task_role(task);
            roles.push(role);
            let mut step = self.single(&task.role, &task.role, node, None, self.serving(ROLE));
            let previous = steps.last().map(|s| Edge { step: s.name.clone(), state: State::Done });
            step.after.extend(previous);
            step.load =
                Some(Load { target_node, target_port, concurrency: None, requests: None, may_fail: 0 });
            steps.push(step);
        }
    }

    fn task_role(&mut self, task: &Task) -> Role {
        let name = &task.role;
        self.origin(format!("{name}.task"), &task.name);
        self.origin(format!("{name}.model"), &task.model);
        let mut told = Vec::new();
        for (key, value) in &task.model_args {
            self.origin(format!("{name}.model-args.{key}"), value);
            told.push(format!("{key}={}", value.value));
        }
        let mut scope = scope::base(&self.resolved.model);
        for (name, value) in [
            ("target.host", Word::runtime(Runtime::TargetHost)),
            ("target.port", Word::runtime(Runtime::TargetPort)),
            ("target.path", Word::text(&task.path)),
            ("results", Word::runtime(Runtime::Results)),
            ("task", Word::text(&task.name.value)),
            ("model-type", Word::text(&task.model.value)),
        ] {
            scope.insert(name, Filled::Word(value));
        }
        if !told.is_empty() {
            scope.insert("model-args", Filled::Word(Word::text(told.join(","))));
        }
        let description = self.described(ROLE);
        let reducer = self.reducer(&self.resolved.engine.folder, &description, &scope);
        Role { reducer, ..self.role(name, Part::Client, &description, &task.program, &scope) }
    }
}
