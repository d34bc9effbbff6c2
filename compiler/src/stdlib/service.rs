//! `service "NAME" { … }`: what an engine's processes find each other through, where a topology asks for it.
//!
//! ```kdl
//! service "store" {
//!     command { arg "store" "--port" "{port}" "--peer" "{port.peer}" }
//!     ports { peer }                      // what else it listens on
//!     ready "/health"
//!     gives { STORE "http://{infra.store.host}:{infra.store.port}" }
//!     needed-by DISCOVERY="store"         // a value that means it
//!     across-nodes "why several nodes need it"
//! }
//! ```

use super::rehearsal::{self, Rehearsal};
use super::role::{self, Role};
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::ast::{EnvBlock, EnvEntry};
use crate::topology::env;
use crate::topology::fields::Fields;

#[derive(Debug, Clone, Default)]
pub struct Service {
    pub program: Role,
    /// Variables of every process that serves, where the service runs.
    pub gives: Vec<EnvBlock>,
    /// Values of variables that mean it: without the service they can't work.
    pub needed_by: Vec<EnvEntry>,
    /// Why a job of several nodes needs it.
    pub across_nodes: Option<Spanned<String>>,
    /// What runs in a rehearsal.
    pub rehearsal: Option<Rehearsal>,
}

pub fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<(String, Service)> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the service's name");
    let gives = fields.blocks("gives").into_iter().map(|n| env::block(n, fields.diagnostics)).collect();
    let needed_by = fields.blocks("needed-by");
    let needed_by = needed_by.into_iter().flat_map(|n| env::block(n, fields.diagnostics).entries).collect();
    let rehearsal = fields.block("rehearsal").map(|n| rehearsal::read(n, fields.diagnostics));
    let across_nodes = fields.string("across-nodes");
    let program = role::program(&mut fields);
    fields.finish();
    Some((name?.value, Service { program, gives, needed_by, across_nodes, rehearsal }))
}
