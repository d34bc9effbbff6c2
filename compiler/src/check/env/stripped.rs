//! # A variable that is taken out before the program starts
//!
//! The coordinator and the client are no part of any MPI world: their steps take Slurm's and MPI's variables out, lest a
//! site's defaults draw them into one (TensorRT-LLM pull request 12020). Set for them by hand they never arrive.
//!
//! ```kdl
//! server {
//!     env { OMPI_MCA_btl "tcp,self" }
//! //        ^^^^^^^^^^^^
//! }
//! ```
//!
//! ```kdl
//! env "ctx" "gen" { OMPI_MCA_btl "tcp,self" }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("env/stripped", include_str!("stripped.rs"), check);

const TAKEN_OUT: [&str; 4] = ["SLURM_", "PMI", "PMIX_", "OMPI_"];
const ALONE: [&str; 3] = ["server", "benchmark", "accuracy"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for variable in subject.variables().into_iter().filter(|variable| variable.own) {
        let alone = variable.roles.iter().any(|role| ALONE.contains(role));
        let name = variable.name();
        if alone && variable.entry.value.is_some() && TAKEN_OUT.iter().any(|prefix| name.starts_with(prefix))
        {
            diagnostics.push(
                RULE.finding(format!("`{name}` never reaches this program"))
                    .label(variable.entry.name.span, "taken out before it starts")
                    .help("it is no part of an MPI world; set it for workers: `env \"ctx\" \"gen\" { … }`"),
            );
        }
    }
}
