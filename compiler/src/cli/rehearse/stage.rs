//! What a rehearsal of one topology needs: the bundle, and what the descriptions of engine and clients ask for.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use camino::{Utf8Path, Utf8PathBuf};
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;
use disaggc::stdlib::rehearsal::{Part, Rehearsal as Description};
use tempfile::TempDir;

use super::super::args::FindingsFormat;
use super::super::render::Style;
use super::super::terminal::print;
use super::super::{Compiled, Failure, bundle_folder, compile, emit, files};
use super::args::Rehearse;
use super::matrix_sets;
use crate::rehearse::{self, Error, Fault, Outcome, Rehearsal, Requirements};

/// All that a rehearsal of one bundle needs.
pub struct Stage<'a> {
    args: &'a Rehearse,
    pub compiled: Compiled,
    descriptions: Vec<Description>,
    bundle: Utf8PathBuf,
    /// Folders that all nodes see.
    shared: Vec<Utf8PathBuf>,
    /// One with programs.
    path: Option<Utf8PathBuf>,
    /// The bundle's, where it was built for this.
    pub temporary: TempDir,
    _lock: File,
}

impl<'a> Stage<'a> {
    pub fn set(args: &'a Rehearse, style: Style) -> Result<Self, Failure> {
        let mut compiled = compile(&args.input, FindingsFormat::Text, style)?;
        let descriptions = descriptions(&compiled.compilation.parts)?;
        let (temporary, lock) = rehearse::temporary_folder(&std::env::temp_dir())
            .map_err(|error| format!("no temporary folder can be made: {}", files::sentence(&error)))?;
        // Nodes see it at this path, so no link may be on the way.
        let folder = std::fs::canonicalize(temporary.path()).map_err(|error| error.to_string())?;
        let folder = Utf8PathBuf::from_path_buf(folder)
            .map_err(|path| format!("{} is not UTF-8; set TMPDIR to another folder", path.display()))?;
        let real = |folder: &Utf8PathBuf| {
            let real = folder.canonicalize_utf8();
            real.map_err(|error| format!("the nodes can't have {folder}: {}", files::sentence(&error)))
        };
        let mut shared = args.share.iter().map(real).collect::<Result<Vec<_>, _>>()?;
        let path = args.path.as_ref().map(real).transpose()?;
        // In a container it is the mounts that decide what is there.
        if reads_model(&descriptions) && !uses_containers(&compiled.plan) {
            let (again, model) = with_model(compiled, args, &folder, style)?;
            compiled = again;
            shared.push(model);
        }
        for set in matrix_sets(&descriptions).into_iter().filter(|_| args.matrix) {
            compiled = compiled.with_set(set, style)?;
        }
        let bundle = match &args.bundle {
            Some(folder) if !folder.join("job.sbatch").is_file() => {
                let message =
                    format!("{folder} is no bundle: it has no job.sbatch; `disaggc build` writes one");
                return Err(Failure::Usage(message));
            }
            Some(folder) => folder.clone(),
            None => {
                let files = emit(&compiled.plan, &compiled.compilation, &compiled.stdlib, style)?;
                let folder = folder.join("bundle");
                std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
                bundle_folder::fill(folder.as_std_path(), &files, &AtomicBool::new(false))
                    .map_err(|error| error.to_string())?;
                folder
            }
        };
        Ok(Stage { args, compiled, descriptions, bundle, shared, path, temporary, _lock: lock })
    }

    pub fn rehearse(
        &self,
        faults: &[Fault],
        keep: Option<&Utf8Path>,
        look: Option<&dyn Fn(&Utf8Path)>,
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        let Compiled { compilation, plan, stdlib, .. } = &self.compiled;
        let python = requirements(&compilation.parts, stdlib)?;
        let cache = self.args.cache.clone().or_else(default_cache);
        let rehearsal = Rehearsal {
            bundle: &self.bundle,
            components: plan.components.clone(),
            pyxis: uses_containers(plan),
            segment: plan.sbatch().any(|option| option.name == "segment"),
            model: compilation.model.as_deref(),
            reads_model: reads_model(&self.descriptions),
            stand_in: &stand_ins(&compilation.parts, stdlib),
            environment: &environment(plan, &compilation.rehearsal, &self.descriptions),
            shared: &self.shared,
            path: self.path.as_deref(),
            packages: &packages(&self.descriptions),
            python: &python,
            cache: cache.as_deref(),
            run_folder: plan.run_folder.as_deref().map(Utf8Path::new),
            keep,
            keep_briefly: self.args.run_folder.is_none(),
            faults,
            patience: rehearse::PATIENCE,
            look,
        };
        rehearse::run(&rehearsal, stdlib, out).map_err(|error| match error {
            Error::Interrupted => Failure::Interrupted,
            error => Failure::Usage(error.to_string()),
        })
    }
}

/// What each part of the job says about its rehearsal; an error where one can't be rehearsed.
fn descriptions(parts: &[Part]) -> Result<Vec<Description>, String> {
    let description = |part: &Part| {
        let help = match &part.rehearsal {
            Some(Description { none: Some(why), .. }) => &why.value,
            Some(description) => return Ok(description.clone()),
            None => {
                "`disaggc build` writes what the cluster runs; a description says in a `rehearsal` block what can run without GPUs"
            }
        };
        Err(format!(
            "the stdlib has nothing that takes the place of {} in a rehearsal\nhelp: {help}",
            part.name
        ))
    };
    parts.iter().map(description).collect()
}

fn reads_model(descriptions: &[Description]) -> bool {
    descriptions.iter().any(|description| description.model)
}

/// Sees to it that there is a folder for the model, which it returns: a pretend one where this machine
/// does not have the topology's.
fn with_model(
    compiled: Compiled,
    args: &Rehearse,
    temporary: &Utf8Path,
    style: Style,
) -> Result<(Compiled, Utf8PathBuf), Failure> {
    let model = Utf8PathBuf::from(compiled.compilation.model.as_deref().unwrap_or_default());
    if model.is_absolute() && model.exists() {
        return Ok((compiled, model));
    }
    if args.bundle.is_some() {
        return Err(Failure::Usage(format!(
            "the bundle's model, {model}, is no folder of this machine, and what serves it reads that\nhelp: rehearse without `--bundle`, which makes a pretend model; or build the bundle with `--set model.path=DIR`, where DIR has a model, and give that `--set` here too"
        )));
    }
    let pretend = temporary.join("model").join(model.file_name().unwrap_or("model"));
    rehearse::write_model(&pretend)
        .map_err(|error| format!("no pretend model can be written: {}", files::sentence(&error)))?;
    print(&format!("the model {model} is not on this machine: a pretend one takes its place\n"))?;
    Ok((compiled.with_set(format!("model.path={pretend}"), style)?, pretend))
}

/// The files of all stand-ins.
fn stand_ins<'a>(parts: &[Part], stdlib: &'a Stdlib) -> Vec<(&'a str, &'a str)> {
    let folder = |part: &Part| {
        let stand_in = part.rehearsal.as_ref()?.stand_in.as_ref()?;
        Some(format!("{}/{}", part.folder, stand_in.folder.value))
    };
    parts.iter().filter_map(folder).flat_map(|folder| stdlib.folder(&folder)).collect()
}

/// The engine's stand-in answers for the version that the plan was made for, and does what the topology tells it.
fn environment(plan: &Plan, settings: &[(&str, u32)], descriptions: &[Description]) -> Vec<(String, String)> {
    let Some(stand_in) = descriptions.first().and_then(|engine| engine.stand_in.as_ref()) else {
        return Vec::new();
    };
    let version =
        stand_in.version_variable.iter().map(|name| (name.value.clone(), plan.engine.version.clone()));
    let told = settings
        .iter()
        .filter_map(|(name, value)| Some((stand_in.setting_variable(name)?.to_owned(), value.to_string())));
    version.chain(told).collect()
}

pub fn packages(descriptions: &[Description]) -> Vec<String> {
    descriptions.iter().flat_map(|d| &d.packages).map(|package| package.value.clone()).collect()
}

/// The software from PyPI. The engine's leads: the job's `python3` is its Python.
pub fn requirements(parts: &[Part], stdlib: &Stdlib) -> Result<Vec<Requirements>, String> {
    let mut list = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Some(file) = part.rehearsal.as_ref().and_then(|r| r.python.as_ref()) else { continue };
        let path = format!("{}/{}", part.folder, file.value);
        let text = stdlib.text(&path).ok_or_else(|| {
            format!("the description of {} names {path}, which the stdlib does not have\nhelp: put the requirements file there", part.name)
        })?;
        list.push(Requirements {
            name: part.folder.replace('/', "-"),
            text: text.to_owned(),
            leads: index == 0,
        });
    }
    Ok(list)
}

/// Where users' programs keep what they can get again.
pub fn default_cache() -> Option<Utf8PathBuf> {
    let folder = |name| Some(Utf8PathBuf::from(std::env::var(name).ok()?)).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    cache.map(|cache| cache.join("disaggc"))
}

pub fn uses_containers(plan: &Plan) -> bool {
    plan.steps
        .iter()
        .flat_map(|step| &step.srun)
        .any(|word| word.as_text().is_some_and(|text| text.starts_with("--container")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use disaggc::source::{FileId, Span, Spanned};

    fn text(text: &str) -> Spanned<String> {
        Spanned::new(text.to_owned(), Span::file_start(FileId(0)))
    }

    fn part(folder: &str, rehearsal: Option<Description>) -> Part {
        Part { name: format!("the {folder}"), folder: folder.to_owned(), rehearsal }
    }

    #[test]
    fn what_nothing_takes_the_place_of_is_named_with_what_to_do() {
        let real = || part("engine/real", Some(Description::default()));
        assert_eq!(descriptions(&[real()]).map(|list| list.len()), Ok(1));
        let why = descriptions(&[real(), part("client/own", None)]).expect_err("one is missing");
        assert!(why.starts_with("the stdlib has nothing that takes the place of the client/own in"), "{why}");
        let none = Description { none: Some(text("use the mocker")), ..Description::default() };
        let why = descriptions(&[part("engine/gpu", Some(none))]).expect_err("it says so");
        assert!(why.ends_with("\nhelp: use the mocker"), "{why}");
    }

    #[test]
    fn the_engines_software_leads() {
        let stdlib = Stdlib::from_files([
            ("engine/e/all.txt".to_owned(), "e==1".to_owned()),
            ("client/c/all.txt".to_owned(), "c==2".to_owned()),
        ]);
        let python = |file| Some(Description { python: Some(text(file)), ..Description::default() });
        let list = requirements(
            &[part("engine/e", python("all.txt")), part("client/c", python("all.txt"))],
            &stdlib,
        );
        let list = list.expect("both are there");
        let seen: Vec<_> = list.iter().map(|r| (r.name.as_str(), r.text.as_str(), r.leads)).collect();
        assert_eq!(seen, [("engine-e", "e==1", true), ("client-c", "c==2", false)]);
        let without = [part("engine/e", Some(Description::default())), part("client/c", python("all.txt"))];
        assert!(!requirements(&without, &stdlib).expect("it is there")[0].leads);
        let why = requirements(&[part("engine/e", python("gone.txt"))], &stdlib).expect_err("no such file");
        assert!(why.contains("names engine/e/gone.txt"), "{why}");
    }
}
