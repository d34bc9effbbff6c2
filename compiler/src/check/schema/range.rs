//! # A number that the engine refuses
//!
//! The engine's schema bounds some settings: fractions from 0 to 1, sizes that can't be negative, lists that can't
//! be empty (tensorrt_llm/llmapi/llm_args.py).
//!
//! ```kdl
//! gen tp=8 {
//!     config { stream_interval 0; kv_cache_config { free_gpu_memory_fraction 80; max_attention_window 4096 -1 } }
//! //                           ^
//! //                                                                         ^^
//! //                                                                                                       ^^
//! }
//! ```
//!
//! ```kdl
//! gen tp=8 {
//!     config { stream_interval 1; kv_cache_config { free_gpu_memory_fraction 0.8; max_attention_window 4096 128 } }
//! }
//! ```

use super::{each, fits};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::error("schema/range", include_str!("range.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        for (name, key, part) in written.parts().filter(|(_, _, part)| fits(part)) {
            let Some(number) = part.number().filter(|number| !key.bounds.allow(*number)) else { continue };
            let bounds = key.bounds.shown();
            let mut help = format!("write a number that is {bounds}");
            if key.bounds.max == Some(1.0) && number > 1.0 && number <= 100.0 {
                help = format!("it is a fraction: write `{}` for {number} %", number / 100.0);
            }
            let message = format!("`{}` has to be {bounds}", written.path_of(name));
            diagnostics.push(RULE.finding(message).label(part.value.span, "out of range").help(help));
        }
        for (name, entry, key) in written.known() {
            if key.nonempty && matches!(&entry.value.value, ConfigValue::List(items) if items.is_empty()) {
                let message = format!("`{}` can't be an empty list", written.path_of(name));
                diagnostics.push(
                    RULE.finding(message)
                        .label(entry.key, "nothing in it")
                        .help("give it a value, or leave it out"),
                );
            }
        }
    });
}
