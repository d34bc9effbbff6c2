//! `disaggc rehearse`: compiles into a temporary folder and runs that.

use std::sync::atomic::AtomicBool;

use super::args::Rehearse;
use super::render::Style;
use super::{Compiled, Failure, bundle_folder, compile, emit, files};

pub fn run(args: &Rehearse, style: Style) -> Result<(), Failure> {
    let Compiled { compilation, plan, stdlib } = compile(&args.input, style)?;
    let bundle = emit(&plan, &compilation, &stdlib, style)?;
    let folder = tempfile::Builder::new()
        .prefix("disaggc-")
        .tempdir()
        .map_err(|error| format!("no temporary folder can be made: {}", files::sentence(&error)))?;
    bundle_folder::fill(folder.path(), &bundle, &AtomicBool::new(false))
        .map_err(|error| error.to_string())?;
    // The rehearsal of `folder` begins here, with `compilation.stand_in` in the engine's place.
    Err(Failure::Usage("rehearsals are not part of this build yet".into()))
}
