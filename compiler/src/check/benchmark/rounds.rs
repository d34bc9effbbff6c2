//! # `rounds` beside `requests`
//!
//! Both say how many requests are made: `rounds` for each concurrent one, `requests` in all. `requests` holds, so
//! that `--set benchmark.requests=8` makes a short run of any topology; `rounds` is not looked at.
//!
//! ```kdl
//! benchmark { isl 1024; osl 1024; concurrency 16; requests 64; rounds 2 }
//! //                                                                  ^
//! ```
//!
//! Keep the one that is meant:
//!
//! ```kdl
//! benchmark { isl 1024; osl 1024; concurrency 16; requests 64 }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("benchmark/rounds", include_str!("rounds.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    if let (Some(rounds), Some(requests)) = (&benchmark.rounds, &benchmark.requests) {
        diagnostics.push(
            RULE.finding("`rounds` has no say beside `requests`")
                .label(rounds.span, "so many for each concurrent one")
                .label(requests.span, "so many at each concurrency: this holds")
                .help("leave one of them out"),
        );
    }
}
