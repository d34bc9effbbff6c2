//! # A secret in the place of its id
//!
//! The topology is committed, and so is the pipeline. Jenkins keeps secrets, and hands them over by their ids.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; credentials "hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ012345" as="HF_TOKEN" }
//! //                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; credentials "hf-token" as="HF_TOKEN" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("jenkins/secret", include_str!("secret.rs"), check);

/// How tokens of known services begin, or how random text looks: long, of letters of both kinds and digits, in one
/// piece. An id that Jenkins made itself has `-` in it.
fn is_secret(text: &str) -> bool {
    const PREFIXES: [&str; 8] = ["hf_", "ghp_", "gho_", "github_pat_", "glpat-", "nvapi-", "xoxb-", "sk-"];
    let known = PREFIXES.iter().any(|prefix| text.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 16));
    let has = |kind: fn(&char) -> bool| text.chars().any(|c| kind(&c));
    let one_piece = text.len() >= 24 && text.chars().all(|c| c.is_ascii_alphanumeric());
    known
        || (one_piece
            && has(char::is_ascii_digit)
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_lowercase))
}

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for credential in subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.credentials) {
        if is_secret(&credential.id.value) {
            diagnostics.push(
                RULE.finding("this looks like the secret itself")
                    .label(credential.id.span, "readable for everybody")
                    .help("store it in Jenkins under an id such as `hf-token`, write that here, and get a new secret"),
            );
        }
    }
}
