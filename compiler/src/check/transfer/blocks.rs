//! The transfer buffer is no whole number of blocks: its page speaks of engines by name, so it stands beside it.

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::meaning::Meaning;

pub const RULE: Rule = Rule::error("transfer/blocks", include_str!("blocks.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for worker in &subject.topology.workers {
        let buffer = subject.number(worker, Meaning::TransferBuffer);
        let block = subject.number(worker, Meaning::BlockSize);
        let (Some((buffer, of_buffer)), Some((block, of_block))) = (buffer, block) else { continue };
        if block == 0 || buffer % block == 0 {
            continue;
        }
        let mut error = RULE
            .finding(format!("a buffer of {buffer} tokens is no whole number of blocks of {block}"))
            .label(of_buffer.place(worker), format!("{} blocks and a rest", buffer / block));
        if let Some(written) = of_block.written {
            error = error.label(written, "the size of a block");
        }
        diagnostics.push(error.help(format!(
            "write {}; {} is {}",
            of_buffer.line(buffer.next_multiple_of(block)),
            of_block.called(),
            of_block.with_origin()
        )));
    }
}
