//! A node at the top of a file, and what was read from it: a description of the stdlib serves every topology of a
//! run, and is read once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::engine::Engine;
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;

#[derive(Debug)]
pub struct Described {
    pub node: Node,
    /// The stdlib folder (or the including file's folder) that its files are in.
    pub folder: String,
    engines: Mutex<BTreeMap<Asked, Arc<Engine>>>,
}

/// The version and the backend that a topology asks for.
type Asked = (Option<String>, Option<String>);

impl Described {
    pub fn new(node: Node, folder: impl Into<String>) -> Self {
        Described { node, folder: folder.into(), engines: Mutex::default() }
    }

    /// The engine that the node describes. One with mistakes is read again, so that every topology hears of them.
    pub fn engine(
        &self,
        version: Option<&Spanned<String>>,
        backend: Option<&str>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Arc<Engine>> {
        let engines = || self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (version.map(|version| version.value.clone()), backend.map(str::to_owned));
        if let Some(engine) = engines().get(&key) {
            return Some(Arc::clone(engine));
        }
        let mut found = Diagnostics::default();
        let engine = Engine::read(&self.node, version, backend, &self.folder, &mut found).map(Arc::new);
        if let Some(engine) = engine.as_ref().filter(|_| found.is_empty()) {
            engines().insert(key, Arc::clone(engine));
        }
        diagnostics.extend(found.iter().cloned());
        engine
    }
}
