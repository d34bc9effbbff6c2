//! `means { max-batch-size "max_batch_size" default=2048 }`: what rules compare, by the names that the engine
//! gives it, so that one rule holds for every engine.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::syntax::Node;
use crate::topology::ast::ConfigValue;
use crate::topology::config_scalar;
use crate::topology::fields::Fields;

/// What a setting means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Requests that a rank works on at once.
    MaxBatchSize,
    /// Tokens that one step of the model takes.
    MaxNumTokens,
    /// Tokens of a request, prompt and answer together.
    MaxSeqLen,
    /// Tokens that speculation proposes for each request in one step.
    DraftTokens,
    /// Kind of speculation.
    Speculation,
    /// Type of the KV cache's numbers.
    KvDtype,
    /// Tokens in one block of the KV cache.
    BlockSize,
    /// Share of the memory that the KV cache takes.
    MemoryFraction,
    /// What carries the KV cache from a context to a generation server.
    TransferBackend,
    /// Tokens that its buffer holds.
    TransferBuffer,
    /// The largest batch that a CUDA graph is recorded for.
    GraphBatchSize,
    /// All batch sizes that one is recorded for.
    GraphSizes,
    /// Whether a long prompt is worked on in pieces.
    ChunkedPrefill,
}

impl Meaning {
    const ALL: [(&'static str, Meaning); 13] = [
        ("max-batch-size", Meaning::MaxBatchSize),
        ("max-num-tokens", Meaning::MaxNumTokens),
        ("max-seq-len", Meaning::MaxSeqLen),
        ("draft-tokens", Meaning::DraftTokens),
        ("speculation", Meaning::Speculation),
        ("kv-dtype", Meaning::KvDtype),
        ("block-size", Meaning::BlockSize),
        ("memory-fraction", Meaning::MemoryFraction),
        ("transfer-backend", Meaning::TransferBackend),
        ("transfer-buffer", Meaning::TransferBuffer),
        ("graph-batch-size", Meaning::GraphBatchSize),
        ("graph-sizes", Meaning::GraphSizes),
        ("chunked-prefill", Meaning::ChunkedPrefill),
    ];
}

/// Where an engine's file says it: `kv_cache_config.dtype`, and what holds where it doesn't.
#[derive(Debug, Clone)]
pub struct Said {
    /// The usual name first, then older ones.
    pub paths: Vec<Spanned<String>>,
    pub default: Option<Spanned<ConfigValue>>,
    /// The value that leaves it to the engine: `auto`.
    pub open: Option<Spanned<String>>,
}

pub type Meanings = IndexMap<Meaning, Said>;

pub(super) fn read(node: &Node, diagnostics: &mut Diagnostics) -> Meanings {
    let mut fields = Fields::new(node, diagnostics);
    let mut meanings = Meanings::new();
    for (name, meaning) in Meaning::ALL {
        let Some(node) = fields.block(name) else { continue };
        let mut inner = Fields::new(node, fields.diagnostics);
        let default = inner.scalar("default").map(config_scalar);
        let open = inner.string("open");
        let paths = inner.rest_of_strings();
        inner.finish();
        meanings.insert(meaning, Said { paths, default, open });
    }
    fields.finish();
    meanings
}
