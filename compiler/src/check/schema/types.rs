//! # A value of the wrong kind
//!
//! The engine reads its file strictly where it can't convert: a list where a number stands, text where a section
//! has to be, a fraction for a count. It ends at its start then.
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 1.5; cuda_graph_config #true; kv_cache_config #null }
//! //                          ^^^
//! //                                                 ^^^^^
//! //                                                                        ^^^^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { max_batch_size 2; cuda_graph_config { enable_padding #true } }
//! }
//! ```

use super::{each, fits, shown};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::schema::{Fit, Key, Kind, Part};
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::error("schema/type", include_str!("types.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        for (name, key, part) in written.parts().filter(|(_, _, part)| !fits(part)) {
            let path = written.path_of(name);
            let item = !key.kinds.contains(&part.kind);
            let expected = if item { part.kind.shown().to_owned() } else { key.shown() };
            let message = match item {
                true => format!("each value of `{path}` is {expected}"),
                false => format!("`{path}` is {expected}"),
            };
            diagnostics.push(
                RULE.finding(message)
                    .label(part.value.span, format!("this is {}", shown(&part.value.value)))
                    .help(help(name, key, &part)),
            );
        }
        for (name, entry, key) in written.known() {
            let ConfigValue::Map(map) = &entry.value.value else { continue };
            for (inner, entry) in map.iter().filter(|_| key.kinds.contains(&Kind::Map)) {
                if key.keys.fits(&ConfigValue::String(inner.clone())) == Fit::No {
                    let message = format!("the keys of `{}` are whole numbers", written.path_of(name));
                    let label = format!("\"{inner}\" is none");
                    diagnostics.push(
                        RULE.finding(message)
                            .label(entry.key, label)
                            .help("write a number in quotes: `\"8\" 2`"),
                    );
                }
            }
        }
    });
}

fn help(name: &str, key: &Key, part: &Part) -> String {
    let off = if key.null { ", or `#null`" } else { "" };
    match (part.kind, &part.value.value) {
        (_, ConfigValue::Null) => format!("leave `{name}` out to have the engine's default"),
        (Kind::List, ConfigValue::Map(_)) => "write a list: `key 1 2`".to_owned(),
        (Kind::List, ConfigValue::String(text)) => {
            format!("a list of one value is `(list){name} \"{text}\"`")
        }
        (Kind::List, value) => {
            format!("a list of one value is `(list){name} {}`", shown(value).trim_matches('`'))
        }
        (Kind::Section | Kind::Map, _) => format!("write `{name} {{ … }}`{off}"),
        (Kind::String | Kind::Enum, ConfigValue::Integer(number)) => {
            format!("write it in quotes: `\"{number}\"`")
        }
        (kind, _) => format!("write {}{off}", kind.shown()),
    }
}
