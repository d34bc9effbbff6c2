//! # Nearly all memory for the KV cache
//!
//! The share is taken of what is free after the weights are loaded; activations, CUDA graphs and the transfer buffers
//! come out of the rest. Above 0.95 the server usually ends with an out-of-memory error, under load and not at once.
//!
//! ```kdl
//! gen tp=8 {
//!     config { kv_cache_config { free_gpu_memory_fraction 0.98 } }
//! //                                                      ^^^^
//! }
//! ```
//!
//! Published recipes take 0.6 to 0.9 for generation, and less for context servers:
//!
//! ```kdl
//! gen tp=8 {
//!     config { kv_cache_config { free_gpu_memory_fraction 0.9 } }
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;
use crate::topology::ast::ConfigValue;

pub const RULE: Rule = Rule::warning("limits/memory", include_str!("memory.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let Some(setting) = subject.setting(worker, Meaning::MemoryFraction) else { continue };
        let share = match setting.value {
            ConfigValue::Float(share) => *share,
            ConfigValue::Integer(1) => 1.0,
            _ => continue,
        };
        if share > 0.95 && share <= 1.0 {
            diagnostics.push(
                RULE.finding(format!("the KV cache takes {} of the free memory", percent(share)))
                    .label(setting.place(worker), "leaves next to nothing")
                    .help("activations, CUDA graphs and transfer buffers need the rest: take 0.9 or less"),
            );
        }
    }
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}
