//! # Only one side speculates, or each in its own way
//!
//! Layers for speculation (MTP, EAGLE) have a KV cache of their own. With other layers on the two sides TensorRT-LLM
//! refuses the transfer: only the same number of layers is supported (CacheFormatter::inquireSupport in
//! batch_manager/cacheFormatter.cpp).
//!
//! ```kdl
//! ctx tp=4
//! gen tp=8 {
//!     config { speculative_config { decoding_type "MTP"; num_nextn_predict_layers 3 } }
//! //                                              ^^^^^
//! }
//! ```
//!
//! ```kdl
//! ctx tp=4 {
//!     config { speculative_config { decoding_type "MTP"; num_nextn_predict_layers 3 } }
//! }
//! gen tp=8 {
//!     config { speculative_config { decoding_type "MTP"; num_nextn_predict_layers 3 } }
//! }
//! ```

use super::{differs, pairs};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("transfer/speculation", include_str!("speculation.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let help = "speculation's layers have a KV cache too: write the same {name} on both sides";
    differs(&RULE, subject, Meaning::Speculation, "speculation", help, false, diagnostics);
    for (context, generation) in pairs(subject) {
        let draft = |worker| subject.number(worker, Meaning::DraftTokens);
        let (Some((ours, first)), Some((theirs, second))) = (draft(context), draft(generation)) else {
            continue;
        };
        if ours != theirs {
            diagnostics.push(
                RULE.finding(format!("context servers propose {ours} tokens, generation servers {theirs}"))
                    .label(second.place(generation), format!("{theirs} for generation servers"))
                    .label(first.place(context), format!("{ours} for context servers"))
                    .help(format!("write the same {} on both sides", second.called())),
            );
        }
    }
}
