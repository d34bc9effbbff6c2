//! The command line around the library: reads files, shows findings, writes bundles.
//!
//! Results go to the standard output, everything else that a person is told to the standard error.

mod args;
mod bundle_folder;
mod check;
mod doctor;
mod drawing;
mod explain;
mod files;
mod findings;
mod fix;
mod fmt;
#[cfg(test)]
#[path = "../../../tests/fuzz/mod.rs"]
mod fuzz;
mod import;
mod jenkins;
mod man;
mod manifest;
mod meant;
mod new;
mod plan;
mod rehearse;
mod render;
mod snippet;
mod status;
mod submit;
mod targets;
mod terminal;
mod welcome;
mod why;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::CommandFactory as _;
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;
use disaggc::{Compilation, Request};

pub use files::sentence;
pub use snippet::printable;

use args::{Build, Cli, Command, FindingsFormat, Input, Options, Target};
use render::Style;
use terminal::{print, tell};

/// Why a command ended without its result.
enum Failure {
    /// The input has errors, which were shown.
    Input,
    /// Wrong usage, or something that can't be read or written.
    Usage(String),
    /// A job ran, and its verdict was bad.
    Verdict,
    /// A job came to an end that has this exit code.
    Ended(u8),
    /// By Ctrl-C or a signal.
    Interrupted,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure::Usage(message)
    }
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let cli = args::read();
    let style = terminal::style(cli.color);
    let Some(command) = &cli.command else { return ended(welcome::run()) };
    ended(match command {
        Command::Build(args) => build(args, style),
        Command::Check(args) => check::run(args, style),
        Command::Plan(args) => plan::run(args, style),
        Command::Diff(args) => plan::diff(args, style),
        Command::Fix(args) => fix::run(args),
        Command::Fmt(args) => fmt::run(args, style),
        Command::Import(args) => import::run(args, style),
        Command::Doctor(args) => doctor::run(args, style),
        Command::New(args) => new::run(args),
        Command::Why(args) => why::run(args, style),
        Command::Rehearse(args) => rehearse::run(args, style),
        Command::Status(args) => status::run(args),
        Command::Jenkins(args) => jenkins::run(args, style),
        Command::Submit(args) => submit::run(args),
        Command::Cancel(args) => submit::cancel(args),
        Command::Explain { code } => explain::run(code.as_deref()),
        Command::Completions { shell } => completions(*shell),
        Command::Man(args) => man::run(args),
    })
}

fn ended(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input | Failure::Verdict) => ExitCode::from(1),
        Err(Failure::Ended(code)) => ExitCode::from(code),
        Err(Failure::Usage(message)) => {
            tell(&format!("error: {}\n", snippet::printable(&message)));
            ExitCode::from(2)
        }
        Err(Failure::Interrupted) => ExitCode::from(130),
    }
}

/// What is said where warnings may be all that was found.
const DENIED: &str = "--deny warnings: they count as errors\n";

/// A compilation without errors.
struct Compiled {
    request: Request,
    disk: files::Disk,
    stdlib: Stdlib,
    compilation: Compilation,
    plan: Plan,
}

impl Compiled {
    /// Compiles once more with a further `--set`, which wins. Warnings were shown the first time.
    fn with_set(mut self, set: String, style: Style) -> Result<Self, Failure> {
        self.request.sets.push(set);
        self.compilation = disaggc::compile(&self.request, &self.disk, &self.stdlib);
        if self.compilation.diagnostics.has_errors() {
            show(&self.compilation, &self.request.main, FindingsFormat::Text, style)?;
        }
        self.plan = take_plan(&mut self.compilation)?;
        Ok(self)
    }
}

/// Compiles and shows all findings.
fn compile(input: &Input, format: FindingsFormat, style: Style) -> Result<Compiled, Failure> {
    compile_declared(input, false, format, style)
}

/// The same; `declared` as in [`Request`].
fn compile_declared(
    input: &Input,
    declared: bool,
    format: FindingsFormat,
    style: Style,
) -> Result<Compiled, Failure> {
    let stdlib = stdlib(input.options.stdlib.as_deref())?;
    let disk = files::Disk::with_main(&input.file)?;
    let request = Request { declared, ..request(&input.file, &input.options) };
    let mut compilation = disaggc::compile(&request, &disk, &stdlib);
    show(&compilation, &input.file, format, style)?;
    if input.options.deny.is_some() && !compilation.diagnostics.is_empty() {
        tell(DENIED);
        return Err(Failure::Input);
    }
    let plan = take_plan(&mut compilation)?;
    Ok(Compiled { request, disk, stdlib, compilation, plan })
}

fn stdlib(folder: Option<&Path>) -> Result<Stdlib, String> {
    folder.map_or_else(|| Ok(Stdlib::embedded()), files::stdlib)
}

fn request(main: &str, options: &Options) -> Request {
    Request {
        main: main.to_owned(),
        topology: options.topology.clone(),
        sets: options.sets.clone(),
        declared: false,
    }
}

fn show(compilation: &Compilation, file: &str, format: FindingsFormat, style: Style) -> Result<(), Failure> {
    let findings = findings::in_order([(&compilation.diagnostics, &compilation.sources)]);
    findings::show(&findings, format, style)?;
    if let Some(count) = findings::count(&findings) {
        tell(&format!("{count} in {}\n", snippet::printable(file)));
    }
    Ok(())
}

fn take_plan(compilation: &mut Compilation) -> Result<Plan, Failure> {
    match compilation.plan.take() {
        _ if compilation.diagnostics.has_errors() => Err(Failure::Input),
        Some(plan) => Ok(plan),
        None => Err(Failure::Usage("no plan was made, though no error was found: a fault of disaggc".into())),
    }
}

fn build(args: &Build, style: Style) -> Result<(), Failure> {
    let Compiled { compilation, plan, stdlib, .. } = compile(&args.input, args.format, style)?;
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => default_folder(&plan.topology)?,
    };
    let files = match args.target {
        Target::Slurm => emit(&plan, &compilation, &stdlib, style)?,
        Target::Jenkins => jenkins::bundle(args, &plan, &compilation, &stdlib, style)?,
    };
    let left =
        bundle_folder::write(&folder, &files, args.force, &on_interrupt()).map_err(|error| match error {
            bundle_folder::Error::Interrupted => Failure::Interrupted,
            error => Failure::Usage(error.to_string()),
        })?;
    if let Some(left) = left {
        tell(&format!("warning: the earlier bundle can't be removed: it is in {}\n", left.display()));
    }
    tell(&format!(
        "wrote {} ({} files): {}\nnext: sbatch {}\n",
        folder.display(),
        files.len(),
        plan::table::summary(&plan),
        shell_word(&folder.join("job.sbatch")),
    ));
    Ok(())
}

fn emit(
    plan: &Plan,
    compilation: &Compilation,
    stdlib: &Stdlib,
    style: Style,
) -> Result<Vec<disaggc::bundle::File>, Failure> {
    disaggc::emit::emit(plan, &compilation.sources, stdlib).map_err(|diagnostic| {
        tell(&render::finding(&diagnostic, &compilation.sources, style));
        Failure::Input
    })
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "disaggc", &mut script);
    Ok(print(&String::from_utf8_lossy(&script))?)
}

/// The topology's name as a folder here.
fn default_folder(topology: &str) -> Result<PathBuf, String> {
    let hidden_or_option = topology.starts_with(['.', '-']);
    if topology.is_empty() || hidden_or_option || topology.contains(['/', '\0', '\n']) {
        return Err(format!(
            "the topology's name {topology:?} is no name of a folder; name one with `-o DIR`"
        ));
    }
    Ok(PathBuf::from(topology))
}

/// As it is typed in a shell.
fn shell_word(path: &Path) -> String {
    let path = path.to_string_lossy();
    shlex::try_quote(&path).map_or_else(|_| path.to_string(), Into::into)
}

/// A flag that Ctrl-C or a signal sets. The second one ends the process at once.
fn on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a handler an interrupt leaves a hidden folder behind, no more.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    stop
}
