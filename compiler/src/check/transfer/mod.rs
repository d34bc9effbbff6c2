//! Settings of context and generation servers that must fit each other, because a KV cache goes from one to the other.

pub mod backend;
pub mod block_size;
pub mod blocks;
pub mod buffer;
pub mod buffers;
pub mod context_cp;
pub mod environment;
pub mod kv_dtype;
pub mod left_open;
pub mod none;
pub mod speculation;

use super::Subject;
use super::rule::Rule;
use super::settings::Setting;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::{Worker, WorkerKind};

/// Every pool of context servers with every pool of generation servers; none where no cache is handed over.
fn pairs<'a>(subject: &Subject<'a>) -> Vec<(&'a Worker, &'a Worker)> {
    if ["ctx", "gen"].iter().any(|role| !subject.needs(role)) {
        return Vec::new();
    }
    let workers = &subject.topology.workers;
    let of = |kind| workers.iter().filter(move |worker| worker.kind == kind);
    of(WorkerKind::Ctx).flat_map(|context| of(WorkerKind::Gen).map(move |g| (context, g))).collect()
}

/// Reports where both sides of a pair say something else; `what` names the setting to a person. `left_open`: looks at
/// pairs of which one side leaves it to the engine, else at those of which none does.
fn differs(
    rule: &Rule,
    subject: &Subject,
    meaning: Meaning,
    what: &str,
    help: &str,
    left_open: bool,
    diagnostics: &mut Diagnostics,
) {
    for (context, generation) in pairs(subject) {
        let (Some(ours), Some(theirs)) =
            (subject.setting(context, meaning), subject.setting(generation, meaning))
        else {
            continue;
        };
        let open = ours.is_open() || theirs.is_open();
        if open != left_open || same(&ours, &theirs) || (ours.written.is_none() && theirs.written.is_none()) {
            continue;
        }
        // A default is not pointed at where the other side is written.
        let (first, second) = match theirs.written {
            Some(_) => ((generation, theirs, "generation"), (context, ours, "context")),
            None => ((context, ours, "context"), (generation, theirs, "generation")),
        };
        diagnostics.push(
            rule.finding(format!("context and generation servers have different {what}"))
                .label(first.1.place(first.0), format!("{} for {} servers", first.1.with_origin(), first.2))
                .label(
                    second.1.place(second.0),
                    format!("{} for {} servers", second.1.with_origin(), second.2),
                )
                .help(help.replace("{name}", &ours.called())),
        );
    }
}

/// Enumerations are written in both cases.
fn same(ours: &Setting, theirs: &Setting) -> bool {
    use crate::topology::ast::ConfigValue::String;
    match (ours.value, theirs.value) {
        (String(a), String(b)) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    }
}
