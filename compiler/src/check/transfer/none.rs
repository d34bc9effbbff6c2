//! # A server that can't hand the KV cache over
//!
//! With the transceiver switched off a context server answers, but nobody gets its KV cache.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config #null }
//! //                                    ^^^^^
//! }
//! ```
//!
//! Leave the section out (it is then written with the engine's default), or name the backend:
//!
//! ```kdl
//! ctx tp=4 {
//!     config { cache_transceiver_config { backend "DEFAULT" } }
//! }
//! ```

use super::pairs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::check::settings::switched_off;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("transfer/none", include_str!("none.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in pairs(subject).into_iter().flat_map(|(context, generation)| [context, generation]) {
        if let Some((name, span)) = switched_off(subject, worker, Meaning::TransferBackend) {
            diagnostics.push(
                RULE.finding(format!("`{}` can't hand a KV cache over", worker.kind.name()))
                    .label(span, "switched off")
                    .help(format!(
                        "context and generation servers both need it: leave `{name}` out, or name a backend"
                    )),
            );
        }
    }
}
