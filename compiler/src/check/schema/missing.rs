//! # A setting that its section needs
//!
//! Some sections say nothing without one of their keys: `speculative_config` without `decoding_type`, a connector
//! without its module. The engine refuses the file.
//!
//! ```kdl
//! agg tp=8 {
//!     config { speculative_config { num_nextn_predict_layers 3 } }
//! //           ^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! agg tp=8 {
//!     config { speculative_config { decoding_type "MTP"; num_nextn_predict_layers 3 } }
//! }
//! ```

use super::{Written, each};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("schema/missing", include_str!("missing.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        let Some(place) = written.place else { return };
        for name in missing(written) {
            let mut help = format!("write it: `{name} …`");
            if written.section.by.as_deref() == Some(name) {
                let names: Vec<String> = written
                    .section
                    .variant_names(written.version())
                    .map(|name| format!("\"{name}\""))
                    .collect();
                help = format!("write `{name}` with one of {}", names.join(", "));
            }
            let message = format!("`{}` needs `{name}`", written.path);
            diagnostics.push(RULE.finding(message).label(place, format!("no `{name}` inside")).help(help));
        }
    });
}

fn missing<'a>(written: &Written<'a>) -> impl Iterator<Item = &'a str> {
    let version = written.version();
    let (section, map, variant) = (written.section, written.map, written.variant);
    let required = section.names(variant, version).filter(move |name| {
        section.key(name, variant, version).is_some_and(|key| key.required)
            || section.by.as_deref() == Some(*name)
    });
    required.filter(|name| !map.contains_key(*name))
}
