//! `disaggc` alone: what one does first.
//!
//! Who types only the name wants to know what it is: that is an answer, not an error, so it goes to the standard output
//! and ends with 0, as cargo's does. The whole of `--help` would hide these few lines.

use super::Failure;
use super::terminal::print;

const TEXT: &str = "\
disaggc compiles one KDL file, which describes disaggregated LLM serving, into a folder that Slurm runs.

What one does first:
  disaggc new                  write topo.kdl, a topology to start from
  disaggc check topo.kdl       is it right?
  disaggc plan topo.kdl        who sits on which node and GPU?
  disaggc rehearse topo.kdl    run it here, without the cluster and without GPUs
  disaggc build topo.kdl       write the folder for the cluster

What this machine lacks for that: disaggc doctor
All commands: disaggc --help; one of them, with examples: disaggc build --help
";

pub fn run() -> Result<(), Failure> {
    Ok(print(TEXT)?)
}
