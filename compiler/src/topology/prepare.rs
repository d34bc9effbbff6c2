//! `prepare { … }`: what is done once on every node before a server starts.

use super::ast::EnvBlock;
use super::fields::Fields;
use super::lower::env_blocks;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

/// Any command, in words.
pub const RUN: &str = "run";
/// What an engine's description says how to install.
pub const INSTALLS: [&str; 2] = ["wheel", "editable"];

#[derive(Debug, Clone)]
pub struct Prepare {
    pub head: Span,
    /// Seconds until every node must have done it.
    pub timeout: Option<Spanned<u32>>,
    /// In the order in which they are written.
    pub commands: Vec<Command>,
    pub env: Vec<EnvBlock>,
    /// No command is written, not even a misspelt one.
    pub blank: bool,
}

#[derive(Debug, Clone)]
pub struct Command {
    /// [`RUN`], or one of [`INSTALLS`].
    pub kind: &'static str,
    pub head: Span,
    /// The command's words, or the one path; empty after a mistake that was reported.
    pub words: Vec<Spanned<String>>,
}

impl Prepare {
    /// A site's preparation comes before the topology's.
    #[must_use]
    pub fn after(self, site: Prepare) -> Self {
        Prepare {
            timeout: self.timeout.or(site.timeout),
            commands: site.commands.into_iter().chain(self.commands).collect(),
            env: site.env.into_iter().chain(self.env).collect(),
            ..self
        }
    }

    /// What both ask for.
    pub fn merged(site: Option<Prepare>, own: Option<Prepare>) -> Option<Self> {
        match (site, own) {
            (Some(site), Some(own)) => Some(own.after(site)),
            (site, own) => own.or(site),
        }
    }
}

pub fn prepare(node: &Node, diagnostics: &mut Diagnostics) -> Prepare {
    let mut fields = Fields::new(node, diagnostics);
    let timeout = fields.integer("timeout", 1..=864_000);
    let env = env_blocks(&mut fields);
    let kinds = || INSTALLS.into_iter().chain([RUN]);
    for kind in kinds() {
        fields.blocks(kind);
    }
    let mut commands = Vec::new();
    for child in fields.node.children() {
        if let Some(kind) = kinds().find(|kind| *kind == child.name.value) {
            commands.push(command(kind, child, fields.diagnostics));
        }
    }
    let settings = |name: &str| ["timeout", "env"].contains(&name);
    let blank = fields.node.children().iter().all(|child| settings(&child.name.value));
    fields.finish();
    Prepare { head: node.head(), timeout, commands, env, blank }
}

fn command(kind: &'static str, node: &Node, diagnostics: &mut Diagnostics) -> Command {
    let mut fields = Fields::new(node, diagnostics);
    let words = if kind != RUN {
        fields.required_string("the path that is installed").into_iter().collect()
    } else if node.arguments.is_empty() {
        fields.diagnostics.push(
            Diagnostic::error("language/missing-argument", "`run` needs a command")
                .label(node.head(), "the command is missing")
                .help("write its words behind the name, one string each: `run \"nvidia-smi\" \"-L\"`"),
        );
        Vec::new()
    } else {
        fields.rest_of_strings()
    };
    fields.finish();
    Command { kind, head: node.head(), words }
}
