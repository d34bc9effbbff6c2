//! How a pipeline of Jenkins runs the job.

use serde::Serialize;

use super::build::Builder;
use super::word::Word;
use super::{Data, Variable};
use crate::resolve::Traced;
use crate::slurm_time;
use crate::source::{Span, Spanned};
use crate::topology::jenkins::{Hook as Written, Jenkins as Block};

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Jenkins {
    /// The label of agents that can call `sbatch`.
    pub agent: String,
    /// A folder that the agent and the nodes see; `None`: Jenkins' own is one.
    pub workspace: Option<String>,
    /// How disaggc is called on the agent.
    pub program: String,
    pub credentials: Vec<Credential>,
    /// Patterns of the branches that run it; empty: all.
    pub branches: Vec<String>,
    pub cron: Vec<String>,
    /// For the stage as a whole.
    pub timeout_seconds: Option<u64>,
    /// For waiting in Slurm's queue.
    pub queue_timeout_seconds: Option<u64>,
    pub retention: Retention,
    /// Patterns of files in the run folder.
    pub archive: Vec<String>,
    /// How many jobs the pipeline has in Slurm at a time; `None`: nobody said it.
    pub parallel: Option<u32>,
    pub hooks: Vec<Hook>,
    /// The topology as an entry of the engine's own pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
}

/// What Jenkins calls `id` is in `variable` while the job is submitted, and in the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Credential {
    pub id: String,
    pub variable: String,
}

/// How many builds are kept, and for how many days; `None`: as Jenkins is set up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Retention {
    pub builds: Option<u32>,
    pub days: Option<u32>,
}

/// Whom the pipeline tells on a condition of Jenkins' `post`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hook {
    pub condition: String,
    pub mail: Vec<String>,
    pub slack: Vec<String>,
}

/// Names of variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Variables {
    pub run: String,
    pub port: String,
    pub stage: String,
}

/// One test in a stage of the engine's own pipeline, which runs tests of like shape together.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stage {
    /// Without the number that each test of the stage gets.
    pub name: String,
    pub platform: String,
    /// The hardware, as conditions of test lists have it.
    pub hardware: String,
    /// The test list's name.
    pub list: String,
    pub post_merge: bool,
    /// The line of the list.
    pub test: String,
    pub nodes: u32,
    /// How many the name says.
    pub named_nodes: u32,
    /// Of all these nodes, used or not.
    pub gpus: u32,
    /// What stands before the test program: exactly where the plan's workers have a launcher.
    pub launcher: Option<Word>,
    /// Variables before that.
    pub env: Vec<Variable>,
    /// The test program and its options, but for those that say which of the stage's tests it is.
    pub words: Vec<Word>,
    /// What that pipeline's jobs call the run folder, the port and the stage's name with its number.
    pub variables: Variables,
    /// Templates of its files in the stdlib.
    pub stages_template: String,
    pub list_template: String,
}

impl Builder<'_> {
    /// The block `jenkins`, with the test's stage that the harness made.
    pub(super) fn jenkins(&mut self, stage: Option<Stage>) -> Option<Jenkins> {
        let block = self.resolved.jenkins.as_ref()?;
        self.jenkins_origins(block);
        let text = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.value.clone());
        let texts = |list: &[Spanned<String>]| list.iter().map(|text| text.value.clone()).collect();
        let number = |value: &Option<Spanned<u32>>| value.as_ref().map(|value| value.value);
        // What is no time has a rule of its own.
        let seconds = |value: &Option<Spanned<String>>| slurm_time::seconds(&value.as_ref()?.value).flatten();
        let hook = |hook: &Written| Hook {
            condition: hook.condition.to_owned(),
            mail: texts(&hook.mail),
            slack: texts(&hook.slack),
        };
        Some(Jenkins {
            agent: text(&block.agent).unwrap_or_default(),
            workspace: text(&block.workspace),
            program: text(&block.program).unwrap_or_else(|| "disaggc".to_owned()),
            credentials: block
                .credentials
                .iter()
                .map(|written| Credential {
                    id: written.id.value.clone(),
                    variable: text(&written.variable).unwrap_or_default(),
                })
                .collect(),
            branches: texts(&block.branches),
            cron: texts(&block.cron),
            timeout_seconds: seconds(&block.timeout),
            queue_timeout_seconds: seconds(&block.queue_timeout),
            retention: block.retention.as_ref().map_or_else(Retention::default, |written| Retention {
                builds: number(&written.builds),
                days: number(&written.days),
            }),
            archive: texts(&block.archive),
            parallel: number(&block.parallel),
            hooks: block.hooks.iter().map(hook).collect(),
            stage,
        })
    }

    fn jenkins_origins(&mut self, block: &Block) {
        let mut values: Vec<(&str, Data, Span)> = Vec::new();
        for (name, value) in [
            ("agent", &block.agent),
            ("workspace", &block.workspace),
            ("program", &block.program),
            ("timeout", &block.timeout),
            ("queue-timeout", &block.queue_timeout),
        ] {
            values.extend(value.iter().map(|text| (name, Data::from(text.value.clone()), text.span)));
        }
        values.extend(block.parallel.iter().map(|n| ("parallel", Data::from(n.value), n.span)));
        for (name, value, span) in values {
            self.origin_of(format!("jenkins.{name}"), value, &Traced::at((), span));
        }
    }
}
