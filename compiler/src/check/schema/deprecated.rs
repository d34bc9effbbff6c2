//! # A setting that goes away
//!
//! The engine still takes it, and warns in its log. A later release refuses it.
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/trtllm" version="1.3"
//! topology "t" {
//!     agg tp=8 { config { speculative_config { decoding_type "MTP"; num_nextn_predict_layers 3 } } }
//! //                                                                ^^^^^^^^^^^^^^^^^^^^^^^^
//!     model "m"
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```
//!
//! ```kdl
//! use "cluster/gb200-nvl72"
//! use "engine/trtllm" version="1.3"
//! topology "t" {
//!     agg tp=8 { config { speculative_config { decoding_type "MTP"; max_draft_len 3 } } }
//!     model "m"
//!     benchmark { isl 1024; osl 1024; concurrency 16 }
//! }
//! ```

use super::each;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("schema/deprecated", include_str!("deprecated.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        for (name, entry, key) in written.known() {
            if let Some(instead) = &key.deprecated {
                let message = format!("`{}` goes away after {}", written.path_of(name), written.engine());
                diagnostics.push(RULE.finding(message).label(entry.key, "deprecated").help(instead.clone()));
            }
        }
    });
}
