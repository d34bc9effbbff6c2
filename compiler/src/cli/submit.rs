//! `disaggc submit` and `disaggc cancel`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Failure;
use super::args::{Cancel, Submit};
use crate::submit::{self, Folder, Limits};

pub fn run(args: &Submit) -> Result<(), Failure> {
    super::meant::there(&args.bundle)?;
    let path = match &args.output {
        Some(folder) => folder.clone(),
        None => default_folder(&args.bundle)?,
    };
    let limits = Limits { queue: args.queue_timeout, whole: args.timeout };
    let stop = on_signal();
    let outcome = submit::run(&args.bundle, &Folder::new(path), limits, &stop, &mut io::stdout())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    match outcome.word.exit_code() {
        _ if outcome.interrupted => Err(Failure::Interrupted),
        0 => Ok(()),
        code => Err(Failure::Ended(code)),
    }
}

pub fn cancel(args: &Cancel) -> Result<(), Failure> {
    // It may take a while, and half of it is no use.
    let _ = on_signal();
    let mut failed = Vec::new();
    for folder in &args.folders {
        if let Err(error) = submit::cancel(&Folder::new(folder.clone()), &mut io::stdout()) {
            failed.push(error.to_string());
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Usage(failed.join("\nerror: "))) }
}

/// `BUNDLE.job`, here.
fn default_folder(bundle: &Path) -> Result<PathBuf, String> {
    let real = bundle
        .canonicalize()
        .map_err(|error| format!("{} can't be read: {}", bundle.display(), super::sentence(&error)))?;
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(PathBuf::from(format!("{}.job", name.as_deref().unwrap_or("disaggc"))))
}

/// A flag that Ctrl-C or a signal sets. However often they come, the process goes on until the job is gone.
fn on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a handler a signal ends this process, and `cancel` has to end the job.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    stop
}

/// A time in Slurm's form, with its unit in sight.
///
/// # Errors
/// A sentence for a person.
pub fn time(text: &str) -> Result<Duration, String> {
    let seconds = Some(text).filter(|text| text.contains([':', '-'])).and_then(disaggc::slurm_time::seconds);
    match seconds.flatten() {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("write HH:MM:SS or D-HH:MM:SS".to_owned()),
    }
}
