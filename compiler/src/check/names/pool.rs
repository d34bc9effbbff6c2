//! # A pool's name that can't be part of a script's
//!
//! Pools of one kind are told apart by their names, which are parts of scripts, files and steps.
//!
//! ```kdl
//! ctx "Long Prompts" tp=4
//! //  ^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! ctx "long" tp=4
//! ctx "short" tp=2
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Span;
use crate::topology::fields::duplicate;

pub const RULE: Rule = Rule::error("names/pool", include_str!("pool.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let mut seen: Vec<(String, Span)> = Vec::new();
    for worker in &subject.topology.workers {
        if let Some(pool) = worker.name.as_ref().filter(|pool| !is_pool_name(&pool.value)) {
            diagnostics.push(
                RULE.finding("this name can't be part of a script's name")
                    .label(pool.span, "not usable")
                    .help("use up to 40 lower-case letters, digits and `-`, beginning with a letter"),
            );
        }
        let role = worker.role();
        match seen.iter().find(|(other, _)| *other == role) {
            Some((_, first)) if worker.name.is_none() => diagnostics.push(
                RULE.finding(format!("there are two `{}` without a name", worker.kind.name()))
                    .label(worker.head, "second one")
                    .label(*first, "first one")
                    .help(format!("name them: `{} \"long\" …`", worker.kind.name())),
            ),
            Some((_, first)) => duplicate(&role.replace('_', " "), *first, worker.head, diagnostics),
            None => seen.push((role, worker.head)),
        }
    }
}

fn is_pool_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&name.len())
        && name.chars().all(allowed)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
}
