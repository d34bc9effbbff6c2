//! # A setting that the engine takes no notice of
//!
//! Some keys are taken and nothing happens: the coordinator hands what it doesn't know down to its sections of
//! servers, where nobody reads it (tensorrt_llm/llmapi/disagg_utils.py); and before 1.3 MTP overwrites
//! `max_draft_len` with its number of layers (tensorrt_llm/llmapi/llm_args.py).
//!
//! ```kdl
//! server {
//!     config { max_retires 3 }
//! //           ^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! server {
//!     config { max_retries 3 }
//! }
//! ```

use super::{Written, each};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostics, nearest};

pub const RULE: Rule = Rule::warning("schema/ignored", include_str!("ignored.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        for (name, entry) in written.entries() {
            let key = written.key(name);
            let help = match key {
                Some(key) => match &key.ignored {
                    Some(why) => why.clone(),
                    None => continue,
                },
                None if written.section.open => unknown(written, name),
                None => continue,
            };
            let message = format!("`{}` changes nothing in {}", written.path_of(name), written.engine());
            diagnostics.push(RULE.finding(message).label(entry.key, "without effect").help(help));
        }
    });
}

/// What to say of a key that an open section doesn't know.
fn unknown(written: &Written, name: &str) -> String {
    let version = written.version();
    let since = written.section.all(name, written.variant).find_map(|key| key.versions.since.as_ref());
    match (since, nearest(name, written.section.names(written.variant, version))) {
        (Some(since), _) => format!("{} knows it since {since}; leave it out", written.engine.name.value),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("leave it out; {}", written.any(name)),
    }
}
