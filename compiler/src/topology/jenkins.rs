//! `jenkins { … }`: how a pipeline runs the topology.

use super::fields::{Fields, Unread};
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::syntax::Node;

#[derive(Debug, Clone)]
pub struct Jenkins {
    pub head: Span,
    pub unread: Unread,
    /// The label of agents that can call `sbatch`.
    pub agent: Option<Spanned<String>>,
    /// A folder that the agent and the nodes see.
    pub workspace: Option<Spanned<String>>,
    /// How disaggc is called on the agent.
    pub program: Option<Spanned<String>>,
    pub credentials: Vec<Credential>,
    /// Patterns of the branches that run it; empty: all.
    pub branches: Vec<Spanned<String>>,
    pub cron: Vec<Spanned<String>>,
    /// For the stage as a whole, in Slurm's form; so is the next one.
    pub timeout: Option<Spanned<String>>,
    /// For waiting in Slurm's queue.
    pub queue_timeout: Option<Spanned<String>>,
    pub retention: Option<Retention>,
    /// Patterns of files in the run folder.
    pub archive: Vec<Spanned<String>>,
    /// How many jobs the pipeline has in Slurm at a time.
    pub parallel: Option<Spanned<u32>>,
    pub hooks: Vec<Hook>,
    pub stage: Option<Stage>,
}

/// `credentials "ID" as="VARIABLE"`.
#[derive(Debug, Clone)]
pub struct Credential {
    pub id: Spanned<String>,
    pub variable: Option<Spanned<String>>,
    pub head: Span,
}

/// `retention builds=30 days=14`: how long Jenkins keeps builds.
#[derive(Debug, Clone)]
pub struct Retention {
    pub head: Span,
    pub builds: Option<Spanned<u32>>,
    pub days: Option<Spanned<u32>>,
    /// Nothing is written, not even with a mistake.
    pub blank: bool,
}

/// When something is told, by the name of Jenkins' condition.
pub const CONDITIONS: [&str; 8] =
    ["always", "success", "failure", "unstable", "aborted", "fixed", "regression", "changed"];

/// `on "failure" { mail "a@b"; slack "#channel" }`.
#[derive(Debug, Clone)]
pub struct Hook {
    pub head: Span,
    /// One of [`CONDITIONS`].
    pub condition: &'static str,
    pub mail: Vec<Spanned<String>>,
    pub slack: Vec<Spanned<String>>,
    /// As of [`Retention`].
    pub blank: bool,
}

/// `stage platform="…"`: an entry of the engine's own pipeline, which runs its tests.
#[derive(Debug, Clone)]
pub struct Stage {
    pub head: Span,
    /// What that pipeline calls the machines.
    pub platform: Option<Spanned<String>>,
    /// The test list, if it doesn't have its usual name.
    pub list: Option<Spanned<String>>,
    pub post_merge: Option<Spanned<bool>>,
    /// Minutes that the test list gives the test.
    pub minutes: Option<Spanned<u32>>,
}

pub fn jenkins(node: &Node, diagnostics: &mut Diagnostics) -> Jenkins {
    let mut fields = Fields::new(node, diagnostics);
    let mut jenkins = Jenkins {
        head: node.head(),
        unread: Unread::default(),
        agent: fields.string("agent"),
        workspace: fields.string("workspace"),
        program: fields.string("program"),
        timeout: fields.string("timeout"),
        queue_timeout: fields.string("queue-timeout"),
        parallel: fields.integer("parallel", 1..=1000),
        credentials: fields
            .blocks("credentials")
            .into_iter()
            .filter_map(|n| credential(n, fields.diagnostics))
            .collect(),
        branches: list(&mut fields, "branches", "a branch, such as \"main\" or \"release/*\""),
        cron: list(&mut fields, "cron", "a time in cron's form, such as \"H 2 * * *\""),
        archive: list(&mut fields, "archive", "a pattern of files, such as \"log/**\""),
        retention: fields.block("retention").map(|n| retention(n, fields.diagnostics)),
        hooks: fields.blocks("on").into_iter().filter_map(|n| hook(n, fields.diagnostics)).collect(),
        stage: fields.block("stage").map(|n| stage(n, fields.diagnostics)),
    };
    jenkins.unread = fields.finish();
    jenkins
}

/// The arguments of all nodes of this name.
fn list(fields: &mut Fields, name: &'static str, what: &str) -> Vec<Spanned<String>> {
    let mut all = Vec::new();
    for node in fields.blocks(name) {
        let mut inner = Fields::new(node, fields.diagnostics);
        all.extend(inner.required_string(what));
        all.extend(inner.rest_of_strings());
        inner.finish();
    }
    all
}

fn is_blank(node: &Node) -> bool {
    node.children().is_empty() && node.properties.is_empty()
}

fn credential(node: &Node, diagnostics: &mut Diagnostics) -> Option<Credential> {
    let mut fields = Fields::new(node, diagnostics);
    let id = fields.required_string("the id of credentials in Jenkins");
    let variable = fields.string("as");
    fields.finish();
    id.map(|id| Credential { id, variable, head: node.head() })
}

fn retention(node: &Node, diagnostics: &mut Diagnostics) -> Retention {
    let mut fields = Fields::new(node, diagnostics);
    let retention = Retention {
        head: node.head(),
        builds: fields.integer("builds", 1..=1_000_000),
        days: fields.integer("days", 1..=1_000_000),
        blank: is_blank(node),
    };
    fields.finish();
    retention
}

fn hook(node: &Node, diagnostics: &mut Diagnostics) -> Option<Hook> {
    let mut fields = Fields::new(node, diagnostics);
    let condition = fields.required_string("when something is told, such as \"failure\"");
    let known = CONDITIONS.map(|name| (name, name));
    let condition = condition.and_then(|name| super::fields::choice("on", &name, &known, fields.diagnostics));
    let mail = list(&mut fields, "mail", "an e-mail address");
    let slack = list(&mut fields, "slack", "a channel of Slack, such as \"#ci\"");
    fields.finish();
    Some(Hook { head: node.head(), condition: condition?.value, mail, slack, blank: is_blank(node) })
}

fn stage(node: &Node, diagnostics: &mut Diagnostics) -> Stage {
    let mut fields = Fields::new(node, diagnostics);
    let stage = Stage {
        head: node.head(),
        platform: fields.string("platform"),
        list: fields.string("list"),
        post_merge: fields.boolean("post-merge"),
        minutes: fields.integer("minutes", 1..=100_000),
    };
    fields.finish();
    stage
}
