//! # A setting with which the engine can't do the role's part
//!
//! The engine's description names settings that a version needs for a role. TensorRT-LLM before 1.3, for example,
//! refuses requests for the context phase alone while the overlap scheduler is on (pull request 10755): the server
//! gets ready, and every request fails.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { disable_overlap_scheduler #false }
//! //                                     ^^^^^^
//! }
//! ```
//!
//! Leave the setting out; the right one is written then.
//!
//! ```kdl
//! ctx tp=4
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::resolve::mode::running;

pub const RULE: Rule = Rule::error("engine/requires", include_str!("requires.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(engine) = subject.engine else { return };
    let Some(mode) = subject.mode() else { return };
    // As what it serves is said by the mode: an aggregated server does more than its role's part.
    let running = running(subject.topology, mode).into_iter().filter(|(worker, kind)| worker.kind == *kind);
    for (worker, _) in running {
        let (Some(role), Some(config)) = (engine.role(worker.kind.name()), &worker.config) else { continue };
        for requirement in &role.requires {
            for (key, needed) in &requirement.settings.entries {
                let Some(written) = config.entries.get(key) else { continue };
                if written.value.value != needed.value.value {
                    diagnostics.push(
                        RULE.finding(format!("`{}` can't run with this `{key}`", worker.kind.name()))
                            .label(written.value.span, "set by hand")
                            .label(needed.key, "the engine's description asks for another value")
                            .help(format!("{}; leave `{key}` out", requirement.why.value)),
                    );
                }
            }
        }
    }
}
