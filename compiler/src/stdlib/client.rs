//! `client "NAME" { … }`: a program that makes the benchmark's requests. An engine describes its own; one
//! that speaks to any engine stands at the top of a file, and is there for all.

use super::rehearsal::{self, Rehearsal};
use super::role::{self, Role};
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::fields::Fields;

#[derive(Debug, Clone)]
pub struct Client {
    pub name: Spanned<String>,
    /// Where its other files are.
    pub folder: String,
    pub program: Role,
    /// What runs in a rehearsal.
    pub rehearsal: Option<Rehearsal>,
}

pub fn read(node: &Node, folder: &str, diagnostics: &mut Diagnostics) -> Option<Client> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the client's name");
    let rehearsal = fields.block("rehearsal").map(|n| rehearsal::read(n, fields.diagnostics));
    let program = role::program(&mut fields);
    fields.finish();
    Some(Client { name: name?, folder: folder.to_owned(), program, rehearsal })
}
