//! What `doctor` can be asked.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::args::Options;

#[derive(Debug, Args)]
pub struct Doctor {
    /// A topology: only what it needs is looked for
    pub file: Option<String>,

    #[command(flatten)]
    pub options: Options,

    /// Look for this alone, and end with 1 unless it is possible (may be repeated)
    #[arg(long = "for", value_enum, value_name = "WHAT")]
    pub purposes: Vec<Purpose>,

    /// Where rehearsals keep downloaded Python software [default: ~/.cache/disaggc]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<Utf8PathBuf>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = DoctorFormat::Table)]
    pub format: DoctorFormat,
}

/// What somebody may want of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Write bundles
    Build,
    /// Run them on a private Slurm
    Rehearse,
    /// Run them on this machine's cluster
    Submit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// For reading
    Table,
    /// For programs
    Json,
}
