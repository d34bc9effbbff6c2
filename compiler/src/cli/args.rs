//! What can be written on the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::doctor::args::Doctor;
use super::man::Man;
use super::rehearse::args::Rehearse;

/// Compiles one KDL file that describes disaggregated LLM serving into a folder that Slurm runs.
///
/// The file says what serves: which model, how many context and generation servers, on how many GPUs
/// each. Nodes, ranks, ports, launchers and scripts are derived from it, and what can't work is
/// refused here instead of on the cluster.
#[derive(Debug, Parser)]
#[command(name = "disaggc", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// When to colour messages
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// Reads the command line. Where it is wrong, or asks for help, this process ends here.
pub fn read() -> Cli {
    let words: Vec<OsString> = std::env::args_os().collect();
    let matches = Cli::command().color(color(&words)).get_matches_from(words);
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// What `--color` says, which clap needs before it reads: its own messages are coloured, too.
fn color(words: &[OsString]) -> ColorChoice {
    let mut words = words.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    let value = words.find_map(|word| Some(word.strip_prefix("--color")?.strip_prefix('=').unwrap_or("")));
    let value = value.map(|value| if value.is_empty() { words.next().unwrap_or("") } else { value });
    value.and_then(|value| ColorChoice::from_str(value, false).ok()).unwrap_or(ColorChoice::Auto)
}

const EXIT_CODES: &str = "\
Examples:
  disaggc check topo.kdl        is the file right?
  disaggc plan topo.kdl         who sits on which node and GPU?
  disaggc why topo.kdl ctx.tp   where does this value come from?
  disaggc build topo.kdl        write the folder for the cluster
  disaggc rehearse topo.kdl     try it here, without the cluster and without GPUs
  disaggc submit dsr1-1k1k      submit that folder, and follow the job to its end
  disaggc status dsr1-4711      what does the job do, or why did it fail?
  disaggc doctor                what can this machine do, and what does it lack?

Exit code: 0 fine; 1 the file has errors, or the job did not pass; 2 wrong usage, or something can't be read or written.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the folder that Slurm runs
    #[command(after_help = "\
Examples:
  disaggc build topo.kdl                      writes a folder named after the topology, here
  disaggc build topo.kdl -o ~/dsr1            writes it elsewhere
  disaggc build topo.kdl --set ctx.replicas=3 --set gen.config.max_batch_size=64
  disaggc build topo.kdl --target jenkins     with a Jenkinsfile for this topology alone

All of it is written or nothing. A folder that `build` wrote before is replaced as long as nobody
changed its files; any other folder is left alone.")]
    Build(Build),

    /// Look for mistakes, write nothing
    #[command(after_help = "\
Examples:
  disaggc check topo.kdl
  disaggc check topo.kdl --set gen.tp=8       would this change be right?
  disaggc check topologies --deny warnings    every topology below a folder, and strictly
  disaggc check topologies --format github    as annotations of a pull request")]
    Check(Check),

    /// Show who sits on which node and GPU
    #[command(after_help = "\
Examples:
  disaggc plan topo.kdl
  disaggc plan topo.kdl --svg plan.svg        a picture of nodes and GPUs
  disaggc plan topo.kdl --html plan.html      the picture, with each step's details
  disaggc plan topo.kdl --compare             how many nodes would other rules take?
  disaggc plan --diff old-bundle topo.kdl     what would change?
  disaggc plan topo.kdl --format json | jq '.steps[].name'")]
    Plan(PlanArgs),

    /// Write what certainly was meant in the place of mistakes
    #[command(after_help = "\
Examples:
  disaggc fix topo.kdl             comments and layout stay as they are
  disaggc fix topo.kdl --diff      show what would be changed, write nothing
  disaggc fix topo.kdl site.kdl    only files that are named are changed

Exit code: 0 no errors are left; 1 some are, or with --diff there is something to change; 2 wrong usage, or something
can't be read or written.")]
    Fix(Fix),

    /// Bring KDL files into the one layout; comments, `/-` and each number's form stay
    #[command(after_help = "\
Examples:
  disaggc fmt topo.kdl site.kdl
  disaggc fmt topologies              every file below a folder that ends in .kdl
  disaggc fmt --check topologies      for CI: name what has another layout, write nothing
  disaggc fmt - < topo.kdl            for editors: from the standard input to the standard output

Exit code: 0 fine; 1 with --check a file has another layout, or one is no KDL, and then nothing is written; 2 wrong
usage, or something can't be read or written.")]
    Fmt(Fmt),

    /// Make topologies of other tools' files: srtctl's recipes, TensorRT-LLM's benchmark and perf-sanity YAML
    #[command(after_help = "\
Examples:
  disaggc import recipe.yaml                     writes recipe.kdl here, and site.kdl
  disaggc import recipes -o topologies           every file of a folder, and one site.kdl for all
  disaggc import srtslurm.yaml recipes -o out    with what srtctl's cluster file says of the site
  disaggc import recipes -o topologies --verify  and prove that nothing was lost

Formats are told by their keys. Every key is used, or reported where it stands with what it would have meant. No file
is replaced.

Exit code: 0 all of it is imported; 1 a file could not be, or with --verify one differs; 2 wrong usage, or something can't be read or written.")]
    Import(Import),

    /// Tell what this machine can do: build, rehearse, submit; and how to get what is missing
    #[command(after_help = "\
Examples:
  disaggc doctor
  disaggc doctor topo.kdl                     only what this topology needs
  disaggc doctor --for rehearse --for submit  for CI: ends with 1 unless both are possible
  disaggc doctor --format json | jq '.abilities[].install'

Nothing is installed or submitted.

Exit code: 0 a bundle can be built here, and what --for names is possible; 1 it is not, or the file has errors; 2 wrong
usage, or something can't be read.")]
    Doctor(Doctor),

    /// Begin a topology: write a file to start from
    #[command(after_help = "\
Examples:
  disaggc new                     topo.kdl, with two context servers and one generation server
  disaggc new dsr1-1k1k           dsr1-1k1k.kdl

It asks nothing, replaces no file, and what it writes passes `check` and `rehearse` as it is.")]
    New(New),

    /// Show where a value of the job comes from
    #[command(after_help = "\
Examples:
  disaggc why topo.kdl gen.env.UCX_TLS              every place that sets it, the one that won first
  disaggc why topo.kdl 'gen[long].config.max_batch_size'
  disaggc why topo.kdl gen.config                   all values below this path
  disaggc why topo.kdl | grep port                  all values")]
    Why(Why),

    /// Show what differs between two files by meaning: servers, placement, environment, configuration
    #[command(after_help = "\
Examples:
  disaggc diff a.kdl b.kdl
  disaggc diff bundle topo.kdl      a bundle, or its plan.json, stands for its source

Nothing is printed if they mean the same, however they are written.")]
    Diff(Diff),

    /// Run it on a private Slurm on this machine, with pretend GPUs
    #[command(after_help = "\
Examples:
  disaggc rehearse topo.kdl
  disaggc rehearse topo.kdl --fault 'kill gen[0] rank 3 under load'
  disaggc rehearse topo.kdl --fault 'take port server' --fault 'cut node 2 at 5s'
  disaggc rehearse topo.kdl --matrix          everything that can break, a job each

A fault says what to break and when:
  kill STEP [rank N] | hang STEP | take port STEP | kill slurmd node N | cut node N
  | restart slurmctld | full disk | cancel | requeue
  at 5s | when STEP starts | when STEP is ready | under load
A taken port and a full disk are there before the job, unless a moment is said.")]
    Rehearse(Rehearse),

    /// Show what a job does or did, from its run folder
    #[command(after_help = "\
Examples:
  disaggc status dsr1-4711                        a table, drawn anew while the job runs
  disaggc status dsr1-4711 --once
  disaggc status dsr1-4711 --timeline run.svg     when each step started, was ready and ended
  disaggc status dsr1-4711 --format json | jq .verdict

Exit code: 0 the job passed, or still runs; 1 it did not pass; 2 the folder is none of a job.")]
    Status(Status),

    /// Write one pipeline for Jenkins that runs all topologies
    #[command(after_help = "\
Examples:
  disaggc jenkins ci -o Jenkinsfile           every topology below ci/ with a block `jenkins`
  disaggc jenkins ci --stages l0              and what the engine's own pipeline needs

Files are named from the top of the repository, where the pipeline finds them again. A file that disaggc did not write is
left alone, unless --force is given.")]
    Jenkins(Jenkins),

    /// Submit a bundle to Slurm, and follow the job to its end
    #[command(after_help = "\
Examples:
  disaggc submit dsr1-1k1k                 all about the job goes into dsr1-1k1k.job
  disaggc submit dsr1-1k1k -o ci/dsr1 --queue-timeout 12:00:00 --timeout 16:00:00

The folder gets the job's id at once; at the end junit.xml, result.json, and a link to the run folder. Ctrl-C, or the
signal by which a pipeline is aborted, cancels the job and waits until it is gone.

Exit code: 0 passed; 1 failed; 2 wrong usage, or something can't be read or written; 3 timeout; 4 cancelled;
5 the cluster's fault; 6 it never started; 130 interrupted.")]
    Submit(Submit),

    /// Cancel the job of a folder that `submit` wrote, and wait until it is gone
    #[command(after_help = "\
Examples:
  disaggc cancel dsr1-1k1k.job
  disaggc cancel ci/*          folders without a job are passed over

Exit code: 0 none of these jobs runs any more; 2 that can't be found out.")]
    Cancel(Cancel),

    /// Tell what a code means, why it is bad and what to write instead
    #[command(after_help = "\
Examples:
  disaggc explain sizes/ep
  disaggc explain                 all codes")]
    Explain {
        /// The code, as findings show it in brackets
        code: Option<String>,
    },

    /// Print a script that completes disaggc's commands in your shell
    #[command(after_help = "\
Examples:
  disaggc completions bash > ~/.local/share/bash-completion/completions/disaggc
  disaggc completions zsh > ~/.zfunc/_disaggc     with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  disaggc completions fish > ~/.config/fish/completions/disaggc.fish")]
    Completions {
        /// The shell that is to complete them
        shell: Shell,
    },

    /// Print a command's manual page, or write those of all commands into a folder
    #[command(after_help = "\
Examples:
  disaggc man build | man -l -
  disaggc man -o ~/.local/share/man/man1      all of them; then `man disaggc-build` finds them")]
    Man(Man),
}

/// What every command that compiles one file takes.
#[derive(Debug, Clone, Args)]
pub struct Input {
    /// The KDL file
    pub file: String,

    #[command(flatten)]
    pub options: Options,
}

/// How to compile.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Which topology, if the file has several
    #[arg(long, value_name = "NAME")]
    pub topology: Option<String>,

    /// Change a value of the file: ctx.replicas=3, 'ctx[long].tp=8' (may be repeated)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,

    /// Take engines and clusters from this folder instead of those that are built in
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,

    /// Fail on warnings, too
    #[arg(long, value_enum, value_name = "WHAT")]
    pub deny: Option<Deny>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Deny {
    /// What is doubtful is as bad as what can't work
    Warnings,
}

/// How to say what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For reading, on the standard error
    Text,
    /// For programs: one object a line
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For GitHub's workflows: an annotation each
    Github,
}

#[derive(Debug, Args)]
pub struct Build {
    #[command(flatten)]
    pub input: Input,

    /// The folder to write [default: the topology's name, in the current folder]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// What is to run it
    #[arg(long, value_enum, default_value_t = Target::Slurm)]
    pub target: Target,

    /// How to say what was found
    #[arg(long, value_enum, default_value_t = FindingsFormat::Text)]
    pub format: FindingsFormat,

    /// Replace a folder of an earlier build even if its files were changed: the changes are lost
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Target {
    /// One sbatch job
    Slurm,
    /// The same, and a Jenkinsfile that builds and submits it
    Jenkins,
}

#[derive(Debug, Args)]
pub struct Check {
    /// KDL files; of a folder, every file below it that ends in .kdl
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,

    #[command(flatten)]
    pub options: Options,

    /// How to say what was found
    #[arg(long, value_enum, default_value_t = FindingsFormat::Text)]
    pub format: FindingsFormat,
}

#[derive(Debug, Args)]
pub struct Fix {
    /// KDL files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,

    /// Which topology, if a file has several
    #[arg(long, value_name = "NAME")]
    pub topology: Option<String>,

    /// Take engines and clusters from this folder instead of those that are built in
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,

    /// Show the changes as a diff, and write nothing
    #[arg(long)]
    pub diff: bool,
}

#[derive(Debug, Args)]
pub struct Fmt {
    /// KDL files; of a folder, every file below it that ends in .kdl; - for the standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,

    /// Say which files have another layout, and write nothing
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    /// YAML files; of a folder, every file below it that ends in .yaml or .yml
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,

    /// The folder to write to
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub output: PathBuf,

    /// Import a perf-sanity test in its mode: 'perf/test_perf_sanity.py::test_e2e[disagg-gen_only-STEM]' (may be repeated;
    /// only files that are named so are read)
    #[arg(long = "test-id", value_name = "ID")]
    pub tests: Vec<String>,

    /// Put the variables that topologies share into common.kdl, which they use
    #[arg(long)]
    pub factor: bool,

    /// Compile what was written, and compare it with the source: settings, environment, servers, GPUs, nodes
    #[arg(long)]
    pub verify: bool,

    /// Serve with this engine of the stdlib, whatever the file names
    #[arg(long, value_name = "NAME")]
    pub engine: Option<String>,

    /// Replace files that are there
    #[arg(long)]
    pub force: bool,

    /// Take engines, clusters and formats from this folder instead of those that are built in
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,

    /// How to say what was found
    #[arg(long, value_enum, default_value_t = FindingsFormat::Text)]
    pub format: FindingsFormat,
}

#[derive(Debug, Args)]
pub struct New {
    /// What to call the topology and its file
    #[arg(default_value = "topo")]
    pub name: String,
}

#[derive(Debug, Args)]
pub struct Why {
    #[command(flatten)]
    pub input: Input,

    /// Which value: ctx.tp, gen.env.NAME, 'gen[long].config.KEY', server.port, slurm.partition [default: a list of all]
    pub path: Option<String>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = WhyFormat::Text)]
    pub format: WhyFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhyFormat {
    /// For reading
    Text,
    /// For programs: one object a line
    Json,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub input: Input,

    /// How to print it
    #[arg(long, value_enum, default_value_t = PlanFormat::Table)]
    pub format: PlanFormat,

    /// Show what differs from OLD instead: a KDL file, a bundle or its plan.json
    #[arg(long, value_name = "OLD", conflicts_with_all = ["format", "svg", "html", "compare"])]
    pub diff: Option<String>,

    /// Say how many nodes the rules of other tools would take, and how many the topology declares
    #[arg(long, conflicts_with = "format")]
    pub compare: bool,

    /// Draw it into this file, too
    #[arg(long, value_name = "FILE.svg")]
    pub svg: Option<PathBuf>,

    /// Write a page about it, with what each step does, into this file, too
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PlanFormat {
    /// For reading
    Table,
    /// For programs: what a bundle's plan.json holds
    Json,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// A KDL file, a bundle or its plan.json
    pub old: String,

    /// Another one
    pub new: String,

    /// Take engines and clusters from this folder instead of those that are built in
    #[arg(long, value_name = "DIR")]
    pub stdlib: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Jenkins {
    /// KDL files; of a folder, every file below it that ends in .kdl
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,

    #[command(flatten)]
    pub options: Options,

    /// The pipeline's file
    #[arg(short, long, value_name = "FILE", default_value = "Jenkinsfile")]
    pub output: PathBuf,

    /// Write what the engine's own pipeline needs into this folder, too
    #[arg(long, value_name = "DIR")]
    pub stages: Option<PathBuf>,

    /// Replace files that disaggc did not write
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Submit {
    /// The folder that `build` wrote
    pub bundle: PathBuf,

    /// Where all about the job goes; sbatch is called there [default: the bundle's name with .job, here]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// Cancel a job that waits longer in the queue: HH:MM:SS or D-HH:MM:SS
    #[arg(long, value_name = "TIME", value_parser = super::submit::time)]
    pub queue_timeout: Option<Duration>,

    /// Cancel a job that takes longer in all
    #[arg(long, value_name = "TIME", value_parser = super::submit::time)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub struct Cancel {
    /// Folders that `submit` wrote
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Status {
    /// The folder that the job made, called TOPOLOGY-JOBID
    #[arg(value_name = "RUN_FOLDER")]
    pub folder: PathBuf,

    /// Print it once, though the job runs
    #[arg(long)]
    pub once: bool,

    /// Draw the steps' times into this file, too; prints once
    #[arg(long, value_name = "FILE.svg")]
    pub timeline: Option<PathBuf>,

    /// Write a page with all of it into this file, too: timeline, figures, ends of the logs; prints once
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = StatusFormat::Table)]
    pub format: StatusFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For reading
    Table,
    /// For programs, printed once: result.json's fields, and each step's state and last line
    Json,
}
