//! The step that does something once on every node before anything else starts.

use super::build::Builder;
use super::ir::*;
use super::place::Placement;
use super::scope;
use super::word::Word;
use crate::resolve::prepare::Preparation as Wanted;
use crate::stdlib::template::Filled;
use crate::topology::prepare::{Command, RUN};

pub const ROLE: &str = "prepare";

impl Builder<'_> {
    /// Puts the preparation before all `steps`, which wait until it is done.
    pub(super) fn prepare(
        &mut self,
        wanted: &Wanted,
        placement: &Placement,
        roles: &mut Vec<Role>,
        steps: &mut Vec<Step>,
    ) {
        self.origin("prepare.timeout", &wanted.timeout);
        let commands = wanted.commands.iter().map(|command| self.preparing(command)).collect();
        let scope = scope::base(&self.resolved.model);
        let role = self.role(ROLE, Part::Preparation, &self.described(ROLE), &wanted.program, &scope);
        let preparation = Some(Preparation { commands, timeout_seconds: wanted.timeout.value });
        roles.insert(0, Role { preparation, ..role });

        // A step can't be told of nodes in two components.
        let several = placement.components.len() > 1;
        let preparations = placement.components.iter().enumerate().map(|(index, component)| {
            let nodes = component.from..component.from + component.nodes;
            let everywhere = nodes.map(|node| Share { node, ranks: 1, gpus: Vec::new() }).collect();
            let name = if several { format!("{ROLE}_{index}") } else { ROLE.to_owned() };
            self.step(&name, ROLE, self.serving(ROLE), everywhere, false)
        });
        let preparations: Vec<Step> = preparations.collect();
        for step in steps.iter_mut() {
            let done = preparations.iter().map(|p| Edge { step: p.name.clone(), state: State::Done });
            step.after.splice(0..0, done);
        }
        steps.splice(0..0, preparations);
    }

    fn preparing(&mut self, command: &Command) -> Vec<Word> {
        if command.kind == RUN {
            return command.words.iter().map(|word| Word::text(&word.value)).collect();
        }
        let mut scope = scope::base(&self.resolved.model);
        if let Some(path) = command.words.first() {
            scope.insert("path", Filled::Word(Word::text(&path.value)));
        }
        let described = self.resolved.engine.installs.get(command.kind);
        scope::command(described.map(Vec::as_slice).unwrap_or_default(), &scope, self.diagnostics)
    }
}
