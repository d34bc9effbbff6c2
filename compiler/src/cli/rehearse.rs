//! `disaggc rehearse`: compiles, writes the bundle into a temporary folder, and has it run.

use std::io;
use std::sync::atomic::AtomicBool;

use camino::{Utf8Path, Utf8PathBuf};
use disaggc::plan::Plan;
use disaggc::stdlib::engine::StandIn;

use super::args::Rehearse;
use super::render::Style;
use super::{Compiled, Failure, bundle_folder, compile, emit, files};
use crate::rehearse::{self, Error, Rehearsal};

pub fn run(args: &Rehearse, style: Style) -> Result<(), Failure> {
    let Compiled { compilation, plan, stdlib } = compile(&args.input, style)?;
    let temporary = tempfile::Builder::new()
        .prefix("disaggc-")
        .tempdir()
        .map_err(|error| format!("no temporary folder can be made: {}", files::sentence(&error)))?;
    let bundle = match &args.bundle {
        Some(folder) => folder.clone(),
        None => {
            let files = emit(&plan, &compilation, &stdlib, style)?;
            let folder = temporary.path().join(&plan.topology);
            std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
            bundle_folder::fill(&folder, &files, &AtomicBool::new(false))
                .map_err(|error| error.to_string())?;
            Utf8PathBuf::from_path_buf(folder).map_err(|path| format!("{} is not UTF-8", path.display()))?
        }
    };
    let mut shared = Vec::new();
    for folder in &args.share {
        let real = folder.canonicalize_utf8();
        shared.push(real.map_err(|error| format!("{folder} can't be shared: {}", files::sentence(&error)))?);
    }
    let stand_in = compilation.stand_in.as_ref();
    let rehearsal = Rehearsal {
        bundle: &bundle,
        nodes: plan.nodes,
        gpus_per_node: plan.cluster.gpus_per_node,
        gres: plan.cluster.gres.as_deref(),
        pyxis: uses_containers(&plan),
        segment: plan.sbatch.iter().any(|option| option.name == "segment"),
        sbatch: &plan.sbatch,
        stand_in: &stand_in.map(|s| stdlib.folder(&s.folder.value)).unwrap_or_default(),
        environment: &environment(&plan, stand_in),
        shared: &shared,
        path: args.path.as_deref(),
        packages: &packages(stand_in),
        run_folder: plan.run_folder.as_deref().map(Utf8Path::new),
        keep: args.run_folder.as_deref(),
    };
    match rehearse::run(&rehearsal, &stdlib, &mut io::stdout()) {
        Ok(outcome) if outcome.exit_code() == 0 => Ok(()),
        Ok(_) => Err(Failure::Verdict),
        Err(Error::Interrupted) => Err(Failure::Interrupted),
        Err(error) => Err(Failure::Usage(error.to_string())),
    }
}

/// The stand-in answers for the version that the plan was made for.
fn environment(plan: &Plan, stand_in: Option<&StandIn>) -> Vec<(String, String)> {
    let variable = stand_in.and_then(|s| s.version_variable.as_ref());
    variable.iter().map(|name| (name.value.clone(), plan.engine.version.clone())).collect()
}

fn packages(stand_in: Option<&StandIn>) -> Vec<String> {
    stand_in.iter().flat_map(|s| &s.packages).map(|package| package.value.clone()).collect()
}

fn uses_containers(plan: &Plan) -> bool {
    plan.steps
        .iter()
        .flat_map(|step| &step.srun)
        .any(|word| word.as_text().is_some_and(|text| text.starts_with("--container")))
}
