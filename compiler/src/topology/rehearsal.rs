//! `rehearsal { … }`: what is true of a rehearsal of this topology only. The bundle does not change for it.

use super::fields::Fields;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;

/// What a stand-in can be told, by its name.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    pub settings: Vec<(&'static str, Spanned<u32>)>,
}

/// Seconds that a stand-in takes to get ready, as a model's weights take to load.
pub const STARTUP: &str = "startup";
/// GiB of the model, all of it.
pub const WEIGHTS: &str = "weights";
/// GiB that a GPU has.
pub const GPU_MEMORY: &str = "gpu-memory";
/// Each with the property of a stand-in that names its variable.
pub const SETTINGS: [(&str, &str); 3] =
    [(STARTUP, "startup-variable"), (WEIGHTS, "weights-variable"), (GPU_MEMORY, "gpu-memory-variable")];

impl Rehearsal {
    pub fn setting(&self, name: &str) -> Option<&Spanned<u32>> {
        self.settings.iter().find(|(setting, _)| *setting == name).map(|(_, value)| value)
    }
}

pub fn rehearsal(node: &Node, diagnostics: &mut Diagnostics) -> Rehearsal {
    let mut fields = Fields::new(node, diagnostics);
    let mut settings = Vec::new();
    for (name, _) in SETTINGS {
        let range = if name == STARTUP { 0..=86_400 } else { 1..=1_000_000 };
        settings.extend(fields.integer(name, range).map(|value| (name, value)));
    }
    fields.finish();
    Rehearsal { settings }
}
