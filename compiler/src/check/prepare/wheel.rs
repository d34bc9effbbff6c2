//! # A wheel that is no file of that kind
//!
//! pip takes a wheel's name and version out of its file name, and nothing expands a `*` in it.
//!
//! ```kdl
//! prepare { wheel "/wheels/*.whl" }
//! //              ^^^^^^^^^^^^^^^
//! ```
//!
//! Write the whole name; a folder with sources is `editable "/code/…"`.
//!
//! ```kdl
//! prepare { wheel "/wheels/tensorrt_llm-1.2.0-cp312-cp312-linux_x86_64.whl" }
//! ```

use super::commands;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("prepare/wheel", include_str!("wheel.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let wheels = commands(subject).filter(|command| command.kind == "wheel");
    // `paths/relative` has its say first.
    for path in wheels.filter_map(|wheel| wheel.words.first()).filter(|path| path.value.starts_with('/')) {
        if !path.value.ends_with(".whl") {
            diagnostics.push(
                RULE.finding("a wheel is a file that ends with `.whl`")
                    .label(path.span, "no wheel")
                    .help("a folder with sources is `editable \"/code/…\"`; anything else that pip takes is `run \"pip\" \"install\" \"…\"`"),
            );
        } else if path.value.contains(['*', '?']) {
            diagnostics.push(
                RULE.finding("nothing is expanded in a wheel's path")
                    .label(path.span, "no name of one file")
                    .help("write the file's whole name, or let a shell find it: `run \"bash\" \"-c\" \"pip install /wheels/*.whl\"`"),
            );
        }
    }
}
