//! # A setting of another variant
//!
//! Some sections have keys that depend on one of them: `speculative_config` on its `decoding_type`. The engine reads
//! the section as that variant, and refuses the keys of the others.
//!
//! ```kdl
//! agg tp=8 {
//!     config { speculative_config { decoding_type "MTP"; num_nextn_predict_layers 3; max_matching_ngram_size 2 } }
//! //                                                                                 ^^^^^^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! agg tp=8 {
//!     config { speculative_config { decoding_type "NGram"; max_draft_len 3; max_matching_ngram_size 2 } }
//! }
//! ```

use super::each;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostics, nearest};
use crate::stdlib::schema::known;

pub const RULE: Rule = Rule::error("schema/variant", include_str!("variant.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        let section = written.section;
        let (Some(by), Some(variant)) = (&section.by, written.variant) else { return };
        for (name, entry) in written.entries() {
            if section.all(name, Some(variant)).next().is_some() {
                continue;
            }
            let version = written.version();
            let others = section.variants.iter().filter(|other| other.keys.contains_key(name));
            let others: Vec<String> = others
                .flat_map(|other| known(&other.names, version))
                .map(|name| format!("\"{name}\""))
                .collect();
            if others.is_empty() {
                continue;
            }
            let picked = &written.map[by.as_str()];
            let message = format!("`{}` doesn't go with this `{by}`", written.path_of(name));
            let near = nearest(name, written.section.names(written.variant, version));
            let near = near.map_or(String::new(), |near| format!("; or did you mean `{near}`?"));
            diagnostics.push(
                RULE.finding(message)
                    .label(entry.key, "a setting of another variant")
                    .label(picked.value.span, "this one is chosen")
                    .help(format!("leave it out: it belongs to {}{near}", others.join(", "))),
            );
        }
    });
}
