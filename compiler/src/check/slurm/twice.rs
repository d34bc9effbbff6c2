//! # An option that is given twice
//!
//! sbatch takes the last one and says nothing.
//!
//! ```kdl
//! slurm partition="batch" {
//!     option "--partition=debug"
//! //         ^^^^^^^^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! slurm partition="debug"
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::topology::ast::SlurmOption;

pub const RULE: Rule = Rule::error("slurm/twice", include_str!("twice.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    // A topology's option takes the place of its site's: that is what they are for.
    twice(&subject.topology.slurm, diagnostics);
    subject.node_kinds().for_each(|kind| twice(&kind.cluster.slurm, diagnostics));
}

fn twice(options: &[SlurmOption], diagnostics: &mut Diagnostics) {
    for (index, option) in options.iter().enumerate() {
        if let Some(first) = options[..index].iter().find(|first| first.name.value == option.name.value) {
            diagnostics.push(
                RULE.finding(format!("`--{}` is given twice", option.name.value))
                    .label(option.name.span, "second time")
                    .label(first.name.span, "first time")
                    .help("keep one of them"),
            );
        }
    }
}
