//! # An `allow` of a code that does not exist
//!
//! ```kdl
//! allow "env/near-mis" reason="ours"
//! //    ^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! allow "env/near-miss" reason="ours"
//! env { TRTLLM_ENABLE_PDLS 1 }
//! ```

use crate::check::rule::Rule;
use crate::check::{Subject, table};
use crate::diagnostic::Diagnostics;
use crate::topology::fields::suggestion;

pub const RULE: Rule = Rule::error("allow/unknown", include_str!("unknown.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for allow in subject.topology.allows() {
        let code = &allow.code;
        if table::find(&code.value).is_none() {
            let known: Vec<&str> = table::all().map(|rule| rule.code).collect();
            let near = crate::diagnostic::nearest(&code.value, known.iter().copied());
            let help = match near {
                Some(_) => suggestion(&code.value, &known, "code", "codes"),
                None => "`disaggc explain` lists all codes".to_owned(),
            };
            diagnostics.push(
                RULE.finding(format!("nothing is reported as \"{}\"", code.value.escape_debug()))
                    .label(code.span, "unknown")
                    .help(help),
            );
        }
    }
}
