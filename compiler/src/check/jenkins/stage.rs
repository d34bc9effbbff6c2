//! # A stage of the engine's pipeline that can't be made
//!
//! `stage` makes an entry for the pipeline that runs the engine's own tests. So the topology has to run through these
//! tests, in their pipeline's form; that pipeline has to know the machines by a name, its `platform`; and it chooses
//! each stage's test itself, by the number of the stage.
//!
//! ```kdl
//! harness "pytest" { source "/code/TensorRT-LLM"; models "/models" }
//! jenkins { agent "slurm-login"; stage platform="auto:flex" }
//! //                             ^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! harness "pytest" { form "jenkins"; source "/code/TensorRT-LLM"; models "/models" }
//! jenkins { agent "slurm-login"; stage platform="auto:flex" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/stage", include_str!("stage.rs"), check);

/// What the entry's number decides.
const CHOSEN: [&str; 4] = ["test-list", "splits", "group", "stage"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(stage) = subject.topology.jenkins.as_ref().and_then(|jenkins| jenkins.stage.as_ref()) else {
        return;
    };
    if stage.platform.as_ref().is_none_or(|platform| platform.value.trim().is_empty()) {
        let at = stage.platform.as_ref().map_or(stage.head, |platform| platform.span);
        diagnostics.push(
            RULE.finding("the stage has no `platform`")
                .label(at, "on which machines?")
                .help("name the machines as that pipeline does: `stage platform=\"auto:NAME\"`"),
        );
    }
    let Some(harness) = &subject.topology.harness else {
        diagnostics.push(
            RULE.finding("only tests can be a stage of the engine's pipeline")
                .label(stage.head, "this topology serves directly")
                .help("add `harness \"pytest\" { form \"jenkins\"; … }`, or take `stage` out"),
        );
        return;
    };
    let described = subject.engine.and_then(|engine| engine.harnesses.get(&harness.name.value));
    let pipeline = described.and_then(|described| described.pipeline.as_ref());
    let chosen = harness.form.as_ref().map(|form| form.value.as_str());
    let form = pipeline.map(|pipeline| pipeline.form.value.as_str());
    if described.is_some() && (form.is_none() || form != chosen) {
        let help = match form {
            Some(form) => format!("write `form \"{form}\"` in the harness"),
            None => "the engine's description knows no pipeline for these tests; take `stage` out".to_owned(),
        };
        diagnostics.push(
            RULE.finding("these tests do not run in the pipeline's form")
                .label(stage.head, "needs that form")
                .label(harness.form.as_ref().map_or(harness.head, |form| form.span), "in another one")
                .help(help),
        );
    }
    for (field, value) in harness.values.iter().filter(|(field, _)| CHOSEN.contains(field)) {
        diagnostics.push(
            RULE.finding(format!("`{field}` contradicts the stage"))
                .label(value.span, "chosen by hand")
                .label(stage.head, "chosen by the number of the stage")
                .help("leave it out; or take `stage` out"),
        );
    }
}
