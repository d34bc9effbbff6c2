//! # A setting of rehearsals that nothing heeds
//!
//! `rehearsal { … }` tells a stand-in how long to take and what memory its GPUs have. An engine whose own software runs in
//! rehearsals has settings of its own for that, and the memory's model needs both of its numbers.
//!
//! ```kdl
//! rehearsal { weights 385 }
//! //                  ^^^
//! ```
//!
//! ```kdl
//! rehearsal { weights 385; gpu-memory 185 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::rehearsal::{GPU_MEMORY, WEIGHTS};

pub const RULE: Rule = Rule::warning("rehearsal/untold", include_str!("untold.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(block) = &subject.topology.rehearsal else { return };
    let rehearsal = subject.engine.and_then(|engine| engine.rehearsal.as_ref());
    for (name, value) in &block.settings {
        let stand_in = rehearsal.and_then(|rehearsal| rehearsal.stand_in.as_ref());
        if rehearsal.is_some() && stand_in.is_none_or(|stand_in| stand_in.setting_variable(name).is_none()) {
            diagnostics.push(
                RULE.finding(format!("nothing in a rehearsal of this engine heeds `{name}`"))
                    .label(value.span, "has no effect")
                    .help("take it out: the engine runs with software of its own, which has settings of its own"),
            );
            continue;
        }
        let other = match *name {
            WEIGHTS => GPU_MEMORY,
            GPU_MEMORY => WEIGHTS,
            _ => continue,
        };
        if block.setting(other).is_none() {
            diagnostics.push(
                RULE.finding(format!("`{name}` says nothing without `{other}`"))
                    .label(value.span, "has no effect")
                    .help(format!("write `{other}` too, in GiB, or take it out")),
            );
        }
    }
}
