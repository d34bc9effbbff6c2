//! # A harness, or a form of it, that the engine does not describe
//!
//! How a test program runs the roles, and which forms of its command there are, stands in the engine's description.
//!
//! ```kdl
//! harness "pytest" { source "/code/TensorRT-LLM"; models "/models"; form "jenkin" }
//! //                                                                     ^^^^^^^^
//! ```
//!
//! ```kdl
//! harness "pytest" { source "/code/TensorRT-LLM"; models "/models"; form "jenkins" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::fields::suggestion;

pub const RULE: Rule = Rule::error("harness/unknown", include_str!("unknown.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(harness)) = (subject.engine, &subject.topology.harness) else { return };
    let name = &harness.name;
    let Some(described) = engine.harnesses.get(&name.value) else {
        let known: Vec<&str> = engine.harnesses.keys().map(String::as_str).collect();
        let help = match known.as_slice() {
            [] => format!(
                "engine \"{}\" describes none: serve directly, and take `harness` out",
                engine.name.value
            ),
            known => suggestion(&name.value, known, "harness", "harnesses"),
        };
        diagnostics.push(
            RULE.finding(format!("the engine has no harness \"{}\"", name.value))
                .label(name.span, "unknown")
                .help(help),
        );
        return;
    };
    if let Some(form) = harness.form.as_ref().filter(|form| !described.forms.contains_key(&form.value)) {
        let known: Vec<&str> = described.forms.keys().map(String::as_str).collect();
        diagnostics.push(
            RULE.finding(format!("the harness has no form \"{}\"", form.value))
                .label(form.span, "unknown")
                .help(suggestion(&form.value, &known, "form", "forms")),
        );
    }
}
