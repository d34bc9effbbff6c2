//! # A wish that does not name two groups of servers
//!
//! `apart` and `together` are about servers of different pools, so they name two or more of them, by kind or by pool, and
//! no server twice. Servers of one pool are kept off each other's nodes by `servers-per-node 1`.
//!
//! ```kdl
//! placement { apart "ctx" }
//! //          ^^^^^^^^^^^
//! ctx tp=2
//! gen tp=2
//! ```
//!
//! Name the other pool, too:
//!
//! ```kdl
//! placement { apart "ctx" "gen" }
//! ctx tp=2
//! gen tp=2
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::topology::ast::Worker;
use crate::topology::placement::Roles;

pub const RULE: Rule = Rule::error("placement/roles", include_str!("roles.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let wishes = &subject.topology.placement;
    for (name, wish) in
        wishes.apart.iter().map(|wish| ("apart", wish)).chain(wishes.together.iter().map(|w| ("together", w)))
    {
        if wish.names.len() < 2 {
            diagnostics.push(
                RULE.finding(format!("`{name}` needs two roles"))
                    .label(wish.head, format!("names {}", wish.names.len()))
                    .help(format!(
                        "write `{name} \"ctx\" \"gen\"`; servers of one role are kept from each other's nodes by \
                         `servers-per-node 1`"
                    )),
            );
        }
        overlap(&subject.topology.workers, wish, diagnostics);
    }
}

/// Servers that are named twice.
fn overlap(workers: &[Worker], wish: &Roles, diagnostics: &mut Diagnostics) {
    let shares = |a: &Spanned<String>, b: &Spanned<String>| {
        workers.iter().any(|worker| worker.is_called(&a.value) && worker.is_called(&b.value))
    };
    for (index, name) in wish.names.iter().enumerate() {
        if let Some(first) = wish.names[..index].iter().find(|first| shares(first, name)) {
            diagnostics.push(
                RULE.finding("two names for the same servers")
                    .label(name.span, "means servers that are named already")
                    .label(first.span, "named here")
                    .help("name pools that have no server in common"),
            );
        }
    }
}
