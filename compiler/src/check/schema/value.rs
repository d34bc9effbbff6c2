//! # A word that the engine doesn't take
//!
//! Some settings are one of a few words, often in capital letters: the engine refuses any other
//! (tensorrt_llm/llmapi/llm_args.py). Which words there are changes with its version.
//!
//! ```kdl
//! gen tp=8 {
//!     config { moe_config { backend "CUTLAS" }; scheduler_config { capacity_scheduler_policy "max_utilization" } }
//! //                                ^^^^^^^^
//! //                                                                                         ^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { moe_config { backend "CUTLASS" }; scheduler_config { capacity_scheduler_policy "MAX_UTILIZATION" } }
//! }
//! ```

use super::{Written, each, values};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostics, nearest};
use crate::stdlib::schema::{Kind, Word, known};
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::error("schema/value", include_str!("value.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    values(subject, &mut |written, name, key, part| {
        let ConfigValue::String(text) = &part.value.value else { return };
        if part.kind == Kind::Enum && !key.loose && !key.lists(text, written.version()) {
            let path = written.path_of(name);
            diagnostics.push(
                RULE.finding(format!("`{path}` can't be \"{text}\" in {}", written.engine()))
                    .label(part.value.span, "unknown")
                    .help(help(written, text, &key.values)),
            );
        }
    });
    each(subject, &mut |written| {
        let section = written.section;
        let Some(by) = &section.by else { return };
        let Some(entry) = written.map.get(by).filter(|entry| entry.any.is_none()) else { return };
        if let (ConfigValue::String(text), None) = (&entry.value.value, written.variant) {
            let names: Vec<&str> = section.variant_names(written.version()).collect();
            let help = match nearest(text, names.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("write one of {}", list(&names)),
            };
            let message = format!("`{}` can't be \"{text}\" in {}", written.path_of(by), written.engine());
            diagnostics.push(RULE.finding(message).label(entry.value.span, "unknown").help(help));
        }
    });
}

/// What to write instead.
pub(super) fn help(written: &Written, text: &str, values: &[Word]) -> String {
    let names: Vec<&str> = known(values, written.version()).collect();
    if let Some(same) = names.iter().find(|name| name.eq_ignore_ascii_case(text)) {
        return format!("write \"{same}\": capital and small letters differ");
    }
    let other = values.iter().find(|word| word.text == text);
    if let Some(since) = other.and_then(|word| word.versions.since.as_ref()) {
        return format!(
            "{} takes it since {since}; before, write one of {}",
            written.engine.name.value,
            list(&names)
        );
    }
    if let Some(before) = other.and_then(|word| word.versions.before.as_ref()) {
        return format!(
            "{} took it before {before}; write one of {}",
            written.engine.name.value,
            list(&names)
        );
    }
    match nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of {}", list(&names)),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
