//! What other phases than this come upon while they read, merge or plan: documented here, so that every code has
//! its page.

use super::rule::Rule;
use crate::diagnostic::Severity::{Error, Warning};

/// The page of a code lies in the file of its name.
macro_rules! page {
    ($severity:ident $code:literal) => {
        Rule::elsewhere($code, $severity, include_str!(concat!($code, ".md")))
    };
}

const ARGUMENT: &str = "an argument of the command line makes it";
const TOO_LONG: &str = "a text that shows it would be longer than its page";
const FILES: &str = "it takes many files";
const IMPORTED: &str = "it is about a file of another tool";
const PIPELINE: &str = "it is about all topologies of a pipeline";
const OURS: &str = "no topology makes it: a description in the stdlib does, or a mistake of disaggc";

pub const ALL: &[Rule] = &[
    // The text.
    page!(Error "syntax/unclosed-brace"),
    page!(Error "syntax/stray-brace"),
    page!(Error "syntax/nameless-block"),
    page!(Error "syntax/after-block"),
    page!(Error "syntax/unclosed-string"),
    page!(Error "syntax/multi-line-string"),
    page!(Error "syntax/raw-string"),
    page!(Error "syntax/bad-escape"),
    page!(Error "syntax/single-quote"),
    page!(Error "syntax/unclosed-comment"),
    page!(Error "syntax/bare-keyword"),
    page!(Error "syntax/bad-keyword"),
    page!(Error "syntax/bad-number"),
    page!(Error "syntax/number-range"),
    page!(Error "syntax/bad-name"),
    page!(Error "syntax/bad-type"),
    page!(Error "syntax/missing-value"),
    page!(Error "syntax/missing-blank"),
    page!(Error "syntax/assignment"),
    page!(Error "syntax/colon"),
    page!(Error "syntax/comma"),
    page!(Error "syntax/unexpected"),
    page!(Error "syntax/control-character").unshown("the character can't be seen"),
    page!(Error "syntax/too-deep").unshown(TOO_LONG),
    page!(Error "syntax/too-large").unshown(TOO_LONG),
    page!(Error "syntax/too-many").unshown(TOO_LONG),
    page!(Error "syntax/more").unshown(TOO_LONG),
    // What a file uses.
    page!(Error "file/unreadable"),
    page!(Error "file/unknown-module"),
    page!(Error "file/cycle"),
    page!(Error "file/chain").unshown(FILES),
    page!(Error "file/too-much").unshown(FILES),
    // Nodes, properties and values.
    page!(Error "language/unknown-node"),
    page!(Error "language/unknown-property"),
    page!(Error "language/unknown-value"),
    page!(Error "language/unknown-role"),
    page!(Error "language/type"),
    page!(Error "language/range"),
    page!(Error "language/duplicate"),
    page!(Error "language/one-value"),
    page!(Error "language/missing-argument"),
    page!(Error "language/unexpected-argument"),
    page!(Error "language/type-annotation"),
    page!(Error "language/config-shape"),
    page!(Error "language/config-list"),
    // Overrides.
    page!(Error "set/form").unshown(ARGUMENT),
    page!(Error "set/no-such-node").unshown(ARGUMENT),
    page!(Error "set/ambiguous").unshown(ARGUMENT),
    page!(Error "set/too-many").unshown(ARGUMENT),
    // What belongs to a site.
    page!(Error "site/open"),
    // What is meant.
    page!(Error "topology/none").unshown("it is about a file as a whole"),
    page!(Error "topology/which"),
    page!(Error "topology/unknown").unshown(ARGUMENT),
    page!(Error "cluster/none"),
    page!(Error "cluster/which"),
    page!(Error "cluster/unknown"),
    page!(Error "cluster/cycle"),
    page!(Error "engine/none"),
    page!(Error "engine/which"),
    page!(Error "engine/unknown"),
    page!(Error "engine/unknown-version"),
    page!(Error "engine/no-version"),
    page!(Error "engine/no-schema"),
    page!(Error "engine/placeholder"),
    page!(Error "engine/export"),
    // Blocks whose form is looked at while they are read.
    page!(Error "accuracy/empty"),
    // What follows from the placement.
    page!(Error "placement/gpu"),
    page!(Error "placement/conflict"),
    page!(Error "placement/segment"),
    page!(Warning "placement/unsegmented"),
    page!(Error "assert/nodes"),
    page!(Error "assert/job-gpus"),
    page!(Error "ports/clash"),
    page!(Error "ports/exhausted"),
    page!(Warning "infra/nodes"),
    page!(Error "harness/test-id"),
    // Several topologies in one pipeline.
    page!(Error "jenkins/none").unshown(PIPELINE),
    page!(Error "jenkins/same-name").unshown(PIPELINE),
    page!(Error "jenkins/disagree").unshown(PIPELINE),
    page!(Error "jenkins/list").unshown(PIPELINE),
    page!(Error "plan/law").unshown(OURS),
    // The bundle.
    page!(Error "emit/topology-name").unshown(OURS),
    page!(Error "emit/sbatch").unshown(OURS),
    page!(Error "emit/variable").unshown(OURS),
    page!(Error "emit/nul").unshown(OURS),
    page!(Error "emit/misplaced").unshown(OURS),
    page!(Error "emit/yaml").unshown(OURS),
    page!(Error "emit/no-reducer").unshown(OURS),
    page!(Error "emit/template").unshown(OURS),
    // What is imported.
    page!(Error "import/yaml").unshown(IMPORTED),
    page!(Error "import/empty").unshown(IMPORTED),
    page!(Error "import/key").unshown(IMPORTED),
    page!(Warning "import/duplicate").unshown(IMPORTED),
    page!(Error "import/tag").unshown(IMPORTED),
    page!(Error "import/too-large").unshown(IMPORTED),
    page!(Error "import/format").unshown(IMPORTED),
    page!(Error "import/engine").unshown(IMPORTED),
    page!(Warning "import/unknown-key").unshown(IMPORTED),
    page!(Warning "import/not-used").unshown(IMPORTED),
    page!(Warning "import/text").unshown(IMPORTED),
    page!(Error "import/value").unshown(IMPORTED),
    page!(Warning "import/gpus").unshown(IMPORTED),
    page!(Error "import/variants").unshown(IMPORTED),
    page!(Error "import/refused").unshown(IMPORTED),
    page!(Error "import/differs").unshown(IMPORTED),
    // Warnings that are allowed.
    page!(Error "allow/reason"),
];
