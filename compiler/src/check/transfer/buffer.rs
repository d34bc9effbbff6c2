//! The transfer buffer holds less than a prompt: its page speaks of engines by name, so it stands beside it.

use super::pairs;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::check::workload::varied;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::warning("transfer/buffer", include_str!("buffer.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some(benchmark) = &subject.topology.benchmark else { return };
    let Some(isl) = &benchmark.isl else { return };
    let longest = benchmark.longest(isl.value);
    // `Diagnostics` keeps what is found for one pool in several pairs once.
    for worker in pairs(subject).into_iter().flat_map(|(context, generation)| [context, generation]) {
        let Some((buffer, setting)) = subject.number(worker, Meaning::TransferBuffer) else { continue };
        if buffer < longest {
            let finding = RULE
                .finding(format!("prompts of {longest} tokens, but a buffer for {buffer}"))
                .label(setting.place(worker), "holds less than a prompt")
                .label(isl.span, "the prompts")
                .help(format!(
                    "write at least {}, in whole blocks; memory for it comes out of what the KV cache leaves",
                    setting.line(longest)
                ));
            diagnostics.push(varied(finding, benchmark));
        }
    }
}
