//! # A word that means nothing to the engine
//!
//! For some settings the engine takes any text, and goes on as if nothing was written when it doesn't know it: an
//! unknown `attn_backend` serves with the default one, and what is measured isn't what was meant.
//!
//! ```kdl
//! gen tp=8 {
//!     config { attn_backend "FLASHINFR" }
//! //                        ^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { attn_backend "FLASHINFER" }
//! }
//! ```

use super::{value, values};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::schema::Kind;
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::warning("schema/unlisted", include_str!("unlisted.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    values(subject, &mut |written, name, key, part| {
        let ConfigValue::String(text) = &part.value.value else { return };
        if part.kind == Kind::Enum && key.loose && !key.lists(text, written.version()) {
            let path = written.path_of(name);
            let message = format!("`{path}` \"{text}\" means nothing to {}", written.engine());
            diagnostics.push(
                RULE.finding(message).label(part.value.span, "taken, but unknown").help(value::help(
                    written,
                    text,
                    &key.values,
                )),
            );
        }
    });
}
