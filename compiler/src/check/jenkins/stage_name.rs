//! # A shape that no stage's name has
//!
//! The name of a stage says which machines it takes, and how many servers of how many nodes and GPUs there are: the
//! engine's pipeline reads it. A cluster whose machines have no such name, or pools of one kind with different shapes,
//! can't be said with it.
//!
//! ```kdl
//!     ctx tp=1
//!     gen tp=2
//!     harness "pytest" { form "jenkins"; source "/code/TensorRT-LLM"; models "/models" }
//!     jenkins { agent "slurm-login"; stage platform="auto:flex" }
//! //                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! In these names each server has whole nodes for itself:
//!
//! ```kdl
//! placement "whole-nodes"
//! ctx tp=1
//! gen tp=2
//! harness "pytest" { form "jenkins"; source "/code/TensorRT-LLM"; models "/models" }
//! jenkins { agent "slurm-login"; stage platform="auto:flex" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::plan::Plan;

pub const RULE: Rule = Rule::planned("jenkins/stage-name", include_str!("stage_name.rs"), check);

fn check(subject: &Subject, plan: &Plan, diagnostics: &mut Diagnostics) {
    let Some(written) = subject.topology.jenkins.as_ref().and_then(|jenkins| jenkins.stage.as_ref()) else {
        return;
    };
    let stage = plan.jenkins.as_ref().and_then(|jenkins| jenkins.stage.as_ref());
    let Some(stage) = stage else {
        // That the tests are missing, or of another form, is said already.
        if !diagnostics.has_errors() {
            // Tests run on nodes of one kind.
            let cluster = subject.topology.workers.first().and_then(|worker| subject.cluster_of(worker));
            let why = match cluster.is_some_and(|cluster| cluster.platform.is_none()) {
                true => "the cluster's machines have no name in names of stages",
                false => "no name has this shape",
            };
            diagnostics.push(RULE.finding("the stage can't have a name").label(written.head, why).help(
                "names are of context and generation servers, or of one server, on machines that the site's `cluster` \
                 names: `platform \"NAME\"`",
            ));
        }
        return;
    };
    if stage.nodes != stage.named_nodes {
        diagnostics.push(
            RULE.finding("the stage's name would say another number of nodes")
                .label(
                    written.head,
                    format!("the job takes {}, {} would say {}", stage.nodes, stage.name, stage.named_nodes),
                )
                .help("the pipeline's tests take whole nodes for each server: write `placement \"whole-nodes\"`"),
        );
    }
}
