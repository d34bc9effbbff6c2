//! # A branch that git can't have
//!
//! No branch ever has this name, or a name that fits: the stage would be skipped without a word. `*` stands for a part
//! between two `/`, `**` for any number of them.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; branches "main, release" }
//! //                                      ^^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; branches "main" "release/*" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/branch", include_str!("branch.rs"), check);

/// Source: git-check-ref-format(1), but for `*` and `?`, which are patterns here. A comma, too, would make two
/// patterns of one.
fn is_branch(text: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "~^:[\\,\"'".contains(c);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    !text.contains(forbidden)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.starts_with('-')
        && !text.ends_with('.')
        && text != "@"
        && text.split('/').all(part)
}

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for branch in subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.branches) {
        if !is_branch(&branch.value) {
            diagnostics.push(
                RULE.finding("git can't have such a branch")
                    .label(branch.span, "no branch's name")
                    .help("write one name or pattern a string: `branches \"main\" \"release/*\"`"),
            );
        }
    }
}
