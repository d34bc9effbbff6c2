//! # A mode that the engine does not describe
//!
//! What a benchmark's mode changes about each role stands in the engine's description.
//!
//! ```kdl
//! benchmark mode="gen-only" { isl 1024; osl 1024; concurrency 16 }
//! //             ^^^^^^^^^^
//! ```
//!
//! ```kdl
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 16 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::fields::suggestion;

pub const RULE: Rule = Rule::error("mode/unknown", include_str!("unknown.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let (Some(engine), Some(benchmark)) = (subject.engine, &subject.topology.benchmark) else { return };
    if let Some(asked) = benchmark.mode.as_ref().filter(|asked| engine.mode(Some(&asked.value)).is_none()) {
        let known: Vec<&str> = engine.modes.iter().map(|mode| mode.name.as_str()).collect();
        diagnostics.push(
            RULE.finding(format!("there is no mode \"{}\"", asked.value))
                .label(asked.span, "unknown")
                .help(suggestion(&asked.value, &known, "mode", "modes")),
        );
    }
}
