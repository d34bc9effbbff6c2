//! The `disaggc` command.

mod cli;
mod follow;
mod rehearse;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
