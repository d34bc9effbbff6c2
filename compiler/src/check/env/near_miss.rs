//! # Nearly the name of a known variable
//!
//! Programs ignore variables that they don't know, so a typing error changes nothing and nobody says so: the run is
//! measured without the switch that was meant. The names that programs are known to read stand in the stdlib
//! (`variables`).
//!
//! ```kdl
//! env "ctx" "gen" { TRTLLM_ENABEL_PDL 1 }
//! //                ^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! env "ctx" "gen" { TRTLLM_ENABLE_PDL 1 }
//! ```
//!
//! A name that is right though it looks like another is allowed with a reason: `allow "env/near-miss" reason="…"`.

use std::collections::HashSet;

use super::is_shell_name;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("env/near-miss", include_str!("near_miss.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let known: HashSet<&str> = subject.known_variables.iter().map(|name| name.value.as_str()).collect();
    for variable in subject.variables() {
        let name = variable.name();
        // Short names are near to many.
        if name.len() < 6 || known.contains(name) || !is_shell_name(name) {
            continue;
        }
        let near = known
            .iter()
            .filter(|known| known.len().abs_diff(name.len()) <= 2)
            .map(|known| (strsim::damerau_levenshtein(name, known), *known))
            .filter(|(distance, _)| *distance <= if name.len() < 12 { 1 } else { 2 })
            .min();
        let Some((_, near)) = near else { continue };
        let span = variable.entry.name.span;
        diagnostics.push(
            RULE.finding(format!("nobody reads `{name}`"))
                .label(span, format!("nearly `{near}`"))
                .help(format!(
                    "did you mean `{near}`? A name that is right is kept with `allow \"env/near-miss\" reason=\"…\"`"
                )),
        );
    }
}
