//! # A setting that the engine doesn't know
//!
//! TensorRT-LLM refuses a file with a key that it doesn't know (`extra = "forbid"` in
//! tensorrt_llm/llmapi/llm_args.py): every rank ends at its start, when the nodes are already there. A key in the
//! wrong section is as unknown as a misspelt one.
//!
//! ```kdl
//! ctx tp=4 {
//!     config { max_batch_sise 16; free_gpu_memory_fraction 0.8 }
//! //           ^^^^^^^^^^^^^^
//! //                              ^^^^^^^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! Write the engine's own name, in its section. What is newer than the schema passes with `(any)`:
//!
//! ```kdl
//! ctx tp=4 {
//!     config { max_batch_size 16; kv_cache_config { free_gpu_memory_fraction 0.8 }; (any)brand_new 1 }
//! }
//! ```

use super::{Written, each, undecided};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostics, certain, nearest};

pub const RULE: Rule = Rule::error("schema/unknown-key", include_str!("unknown_key.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        if written.section.open || undecided(written) {
            return;
        }
        for (name, entry) in written.entries() {
            if !anywhere(written, name) {
                let message = match written.path {
                    "" => format!("{} has no setting `{name}`", written.engine()),
                    path => format!("`{path}` has no setting `{name}` in {}", written.engine()),
                };
                let error = RULE.finding(message).label(entry.key, "unknown").help(help(written, name));
                let names = written.section.names(written.variant, written.version());
                diagnostics.push(match certain(name, names) {
                    Some(meant) => error.fix(format!("write `{meant}`"), entry.key, meant),
                    None => error,
                });
            }
        }
    });
}

/// Whether the section knows a key in any version or variant: what is wrong with it then is another rule's.
fn anywhere(written: &Written, name: &str) -> bool {
    let mut variants = written.section.variants.iter();
    written.section.keys.contains_key(name) || variants.any(|variant| variant.keys.contains_key(name))
}

fn help(written: &Written, name: &str) -> String {
    let version = written.version();
    if !written.path.is_empty() && written.root.key(name, None, version).is_some() {
        return format!("`{name}` stands on the top of the file, not in `{}`", written.path);
    }
    if let Some(home) = written.schemas.home(written.root, name, version) {
        let sections: Vec<&str> = home.split('.').collect();
        return format!(
            "it belongs into a section: `{} {{ {name} … }}{}`",
            sections.join(" { "),
            " }".repeat(sections.len() - 1)
        );
    }
    let any = written.any(name);
    match nearest(name, written.section.names(written.variant, version)) {
        Some(near) => format!("did you mean `{near}`? If it is newer than this schema: {any}"),
        None => format!("if it is newer than this schema: {any}"),
    }
}
