//! # Credentials that Jenkins can't hand over
//!
//! Credentials have an id in Jenkins, and the job finds them in a variable. An id has no blanks; one that is wrong
//! is only found when the stage starts.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; credentials "hf token" as="HF_TOKEN" }
//! //                                         ^^^^^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; credentials "hf-token" as="HF_TOKEN" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/credential", include_str!("credential.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for credential in subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.credentials) {
        let id = &credential.id;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if id.value.is_empty() || !id.value.chars().all(plain) {
            diagnostics.push(
                RULE.finding("this is no id of credentials")
                    .label(id.span, "not an id")
                    .help("use the id that stands beside them in Jenkins: letters, digits, `.`, `_` and `-`"),
            );
        }
        if credential.variable.is_none() {
            diagnostics.push(
                RULE.finding("nobody can use these credentials")
                    .label(credential.head, "no variable gets them")
                    .help("name the variable in which the job finds them: `as=\"HF_TOKEN\"`"),
            );
        }
    }
}
