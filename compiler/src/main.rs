//! The `disaggc` command.

mod cli;
mod follow;
mod rehearse;
mod submit;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
