//! # Attention data parallelism over one rank
//!
//! `attention-dp` gives each of the tp ranks its own requests to attend to. With one rank there is nothing to
//! split: it changes nothing, and a reader takes the server for one of several ranks.
//!
//! ```kdl
//! ctx tp=1 attention-dp=#true
//! //                    ^^^^^
//! ```
//!
//! ```kdl
//! ctx tp=1
//! ```

use super::{size, sized};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("sizes/attention-dp", include_str!("attention_dp.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in sized(subject) {
        if let Some(dp) = worker.attention_dp.as_ref().filter(|dp| dp.value && size(&worker.tp) == 1) {
            diagnostics.push(
                RULE.finding("attention data parallelism splits nothing here")
                    .label(dp.span, "over one rank")
                    .help("it splits the tp ranks: raise `tp`, or leave `attention-dp` out"),
            );
        }
    }
}
