//! # Several concurrencies in a mode that starts servers for one
//!
//! The servers' environment says for how many requests they wait before they begin (in `gen_only`:
//! `TLLM_BENCHMARK_REQ_QUEUES_SIZE`). It holds as long as they run: at a second concurrency they would begin too
//! early, or never.
//!
//! ```kdl
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 64 128 }
//! //                                                             ^^^
//! ```
//!
//! Build a bundle for each, with `--set benchmark.concurrency=128`.
//!
//! ```kdl
//! benchmark mode="gen_only" { isl 1024; osl 1024; concurrency 64 }
//! ```

use super::measured;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("mode/concurrency", include_str!("concurrency.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(measured) = measured(subject).filter(|measured| measured.mode.fills()) else { return };
    if let [first, second, ..] = measured.benchmark.concurrency.as_slice() {
        diagnostics.push(
            RULE.finding(format!("\"{}\" takes one concurrency", measured.mode.name))
                .label(second.span, "second one")
                .label(first.span, "first one")
                .label(measured.place, "the mode")
                .help(
                    "servers are started for it: their environment says how many requests they wait for; \
                     build a bundle for each: `--set benchmark.concurrency=64`",
                ),
        );
    }
}
