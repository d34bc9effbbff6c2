//! What `rehearse` can be asked.

use std::path::PathBuf;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::cli::args::Input;

#[derive(Debug, Args)]
pub struct Rehearse {
    #[command(flatten)]
    pub input: Input,

    /// Run this bundle, edited perhaps, instead of a fresh one
    #[arg(long, value_name = "DIR")]
    pub bundle: Option<Utf8PathBuf>,

    /// Programs of the nodes that this machine has in DIR, such as a virtual environment's bin
    #[arg(long, value_name = "DIR")]
    pub path: Option<Utf8PathBuf>,

    /// A folder that nodes and containers see: each has a /tmp of its own otherwise (may be repeated)
    #[arg(long, value_name = "DIR")]
    pub share: Vec<Utf8PathBuf>,

    /// Break something meanwhile, to see whether the job notices: 'kill gen[0] under load' (may be repeated)
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<String>,

    /// Break everything that can break, one job each, and print a table of what the jobs said. The client makes
    /// as many requests then as keep it busy, and a server may be silent for 8 s
    #[arg(long, conflicts_with_all = ["faults", "bundle", "run_folder"])]
    pub matrix: bool,

    /// Keep downloaded Python software in DIR [default: ~/.cache/disaggc]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<Utf8PathBuf>,

    /// Keep the job's run folder (logs, result.json) as DIR, which must not exist
    #[arg(long, value_name = "DIR")]
    pub run_folder: Option<Utf8PathBuf>,

    /// Write a page with all of it into this file: the plan, a timeline, figures, ends of the logs
    #[arg(long, value_name = "FILE.html", conflicts_with = "matrix")]
    pub html: Option<PathBuf>,

    /// How to say what came of it
    #[arg(long, value_enum, default_value_t = RehearseFormat::Text, conflicts_with = "matrix")]
    pub format: RehearseFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RehearseFormat {
    /// For reading, as it happens
    Text,
    /// For programs, at the end: verdict, cause and problems; what happens meanwhile goes to standard error
    Json,
}
