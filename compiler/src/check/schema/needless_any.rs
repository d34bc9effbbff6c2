//! # `(any)` before a setting that is known
//!
//! `(any)` keeps a setting from being compared with the engine's schema. Before one that the schema knows it only
//! hides mistakes.
//!
//! ```kdl
//! gen tp=8 {
//!     config { (any)max_batch_size 64 }
//! //            ^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 64 }
//! }
//! ```

use super::each;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("schema/needless-any", include_str!("needless_any.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        for (name, entry) in written.map {
            if let (Some(any), Some(_)) = (entry.any, written.key(name)) {
                let message = format!("{} knows `{}`", written.engine(), written.path_of(name));
                diagnostics.push(
                    RULE.finding(message)
                        .label(any, "nothing is compared")
                        .help("take `(any)` away; if the schema is wrong, it is worth a report"),
                );
            }
        }
    });
}
