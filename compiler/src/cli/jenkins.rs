//! `disaggc jenkins`, and `disaggc build --target jenkins`.

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path};

use disaggc::bundle::File;
use disaggc::diagnostic::{Diagnostic, Diagnostics};
use disaggc::emit::jenkins::{Stage, fragment, pipeline};
use disaggc::plan::Plan;
use disaggc::source::SourceMap;
use disaggc::stdlib::Stdlib;
use disaggc::{Compilation, Request};

use super::args::{Build, FindingsFormat, Jenkins, Options};
use super::files::{Disk, sentence};
use super::render::{self, Style};
use super::targets::{Target, targets};
use super::terminal::tell;
use super::{DENIED, Failure, findings, stdlib};

/// In the first line of what `disaggc jenkins` writes.
const MARK: &str = "Written by `disaggc jenkins";

/// A topology that has a pipeline.
struct Compiled {
    file: String,
    options: Vec<String>,
    plan: Plan,
}

pub fn run(args: &Jenkins, style: Style) -> Result<(), Failure> {
    let library = stdlib(args.options.stdlib.as_deref())?;
    relative_stdlib(&args.options)?;
    let (mut compiled, mut found, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for target in targets(&args.paths, &["kdl"])? {
        let file = in_repository(&target.path)?;
        for (compilation, options) in compilations(&target, &args.options, &library)? {
            let Compilation { diagnostics, sources, plan, .. } = compilation;
            found.push((diagnostics, sources));
            match plan {
                Some(plan) if plan.jenkins.is_some() => {
                    compiled.push(Compiled { file: file.clone(), options, plan });
                }
                Some(plan) => without.push(format!("{file} ({})", plan.topology)),
                None => {}
            }
        }
    }
    let list = findings::in_order(found.iter().map(|(diagnostics, sources)| (diagnostics, sources)));
    findings::show(&list, FindingsFormat::Text, style)?;
    if let Some(count) = findings::count(&list) {
        tell(&format!("{count}\n"));
    }
    if found.iter().any(|(diagnostics, _)| diagnostics.has_errors()) {
        return Err(Failure::Input);
    }
    if args.options.deny.is_some() && !list.is_empty() {
        tell(DENIED);
        return Err(Failure::Input);
    }
    let shown = |diagnostic: Diagnostic| {
        tell(&render::finding(&diagnostic, &SourceMap::default(), style));
        Failure::Input
    };
    let stages: Vec<Stage> = compiled.iter().map(stage).collect();
    let file = pipeline(&stages, &library).map_err(shown)?;
    let mut all = vec![(args.output.clone(), file)];
    if let Some(folder) = &args.stages {
        let plans: Vec<&Plan> = compiled.iter().map(|compiled| &compiled.plan).collect();
        let files = fragment(&plans, &library).map_err(shown)?;
        if files.is_empty() {
            return Err(Failure::Usage(
                "no topology is a stage of the engine's own pipeline; write `stage platform=\"…\"` in its block `jenkins`".into(),
            ));
        }
        all.extend(files.into_iter().map(|file| (folder.join(&file.path), file)));
    }
    for (path, _) in &all {
        ours(path, args.force)?;
    }
    for (path, file) in &all {
        write(path, file)?;
    }
    if !without.is_empty() {
        tell(&format!("left out, without a block `jenkins`: {}\n", without.join(", ")));
    }
    Ok(())
}

/// The bundle of one topology with its pipeline, and its stages of the engine's own one.
pub fn bundle(
    args: &Build,
    plan: &Plan,
    compilation: &Compilation,
    stdlib: &Stdlib,
    style: Style,
) -> Result<Vec<File>, Failure> {
    relative_stdlib(&args.input.options)?;
    let shown = |diagnostic: Diagnostic| {
        tell(&render::finding(&diagnostic, &compilation.sources, style));
        Failure::Input
    };
    let options = options(&args.input.options, args.input.options.topology.as_deref());
    let stage = Stage { plan, file: &in_repository(&args.input.file)?, options: &options };
    let mut files = vec![pipeline(&[stage], stdlib).map_err(shown)?];
    let stages = fragment(&[plan], stdlib).map_err(shown)?;
    files.extend(stages.into_iter().map(|file| File { path: format!("stages/{}", file.path), ..file }));
    disaggc::emit::emit_with(plan, &compilation.sources, stdlib, files).map_err(shown)
}

fn stage(compiled: &Compiled) -> Stage<'_> {
    Stage { plan: &compiled.plan, file: &compiled.file, options: &compiled.options }
}

/// Every topology of a file, with how it is compiled again. A file that others use has none.
fn compilations(
    target: &Target,
    options: &Options,
    stdlib: &Stdlib,
) -> Result<Vec<(Compilation, Vec<String>)>, Failure> {
    let disk = Disk::with_main(&target.path)?;
    let mut names = vec![options.topology.clone()];
    if options.topology.is_none() {
        let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
        let program = disaggc::topology::load(
            &target.path,
            &options.sets,
            &disk,
            stdlib,
            &mut sources,
            &mut diagnostics,
        );
        if program.topologies.len() > 1 {
            names = program.topologies.iter().map(|topology| Some(topology.name.value.clone())).collect();
        }
        if target.found && program.topologies.is_empty() && !diagnostics.has_errors() {
            return Ok(Vec::new());
        }
    }
    let compiled = |name: Option<String>| {
        let again = self::options(options, name.as_deref());
        let request = Request {
            main: target.path.clone(),
            topology: name,
            sets: options.sets.clone(),
            ..Request::default()
        };
        (disaggc::compile(&request, &disk, stdlib), again)
    };
    Ok(names.into_iter().map(compiled).collect())
}

/// The options as words of a command.
fn options(options: &Options, topology: Option<&str>) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |option: &str, value: &str| words.extend([option.to_owned(), value.to_owned()]);
    topology.iter().for_each(|name| add("--topology", name));
    options.sets.iter().for_each(|set| add("--set", set));
    options.stdlib.iter().for_each(|folder| add("--stdlib", &folder.to_string_lossy()));
    words
}

/// The path as the pipeline finds the file again.
fn in_repository(path: &str) -> Result<String, Failure> {
    let parts: Vec<Component> = Path::new(path).components().collect();
    let inside = parts.iter().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let clean: std::path::PathBuf =
        parts.into_iter().filter(|part| matches!(part, Component::Normal(_))).collect();
    match clean.to_str() {
        Some(clean) if inside && !clean.is_empty() => Ok(clean.to_owned()),
        _ => Err(Failure::Usage(format!(
            "{path} is not below this folder, and Jenkins has the repository elsewhere; call disaggc at the repository's top, and name files from there"
        ))),
    }
}

fn relative_stdlib(options: &Options) -> Result<(), Failure> {
    options.stdlib.iter().try_for_each(|folder| in_repository(&folder.to_string_lossy()).map(drop))
}

/// # Errors
/// A file that somebody else wrote.
fn ours(path: &Path, force: bool) -> Result<(), Failure> {
    let Ok(text) = fs::read(path) else { return Ok(()) };
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if force || String::from_utf8_lossy(first).contains(MARK) {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} was not written by disaggc, so it is left as it is; write elsewhere, or replace it with `--force`",
        path.display()
    )))
}

/// Appears as a whole.
fn write(path: &Path, file: &File) -> Result<(), Failure> {
    let fail = |error: std::io::Error| {
        Failure::Usage(format!("{} can't be written: {}", path.display(), sentence(&error)))
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(fail)?;
    let mut draft = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)) // less the umask
        .tempfile_in(folder)
        .map_err(fail)?;
    draft.write_all(file.content.as_bytes()).map_err(fail)?;
    draft.persist(path).map_err(|error| fail(error.error))?;
    tell(&format!("wrote {}\n", path.display()));
    Ok(())
}
