//! The files that a command is to work on.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::files::{self, sentence};

/// One of them.
pub struct Target {
    pub path: String,
    /// Nobody named it: it is below a folder.
    pub found: bool,
}

/// The files that are named, and those below folders that are named, by name, where they have one of the endings.
///
/// # Errors
/// A sentence about what can't be read.
pub fn targets(paths: &[String], endings: &[&str]) -> Result<Vec<Target>, String> {
    let mut targets = Vec::new();
    for path in paths {
        if !Path::new(path).is_dir() {
            targets.push(Target { path: path.clone(), found: false });
            continue;
        }
        let below = files::below(Path::new(path))
            .map_err(|(place, error)| format!("{} can't be read: {}", place.display(), sentence(&error)))?;
        let wanted = |file: &Path| file.extension().is_some_and(|end| endings.iter().any(|e| end == *e));
        let mut found = Vec::new();
        for file in below.into_iter().filter(|file| wanted(file)) {
            let name = file.into_os_string().into_string();
            found.push(name.map_err(|name| format!("{} is not UTF-8; rename it", name.display()))?);
        }
        if found.is_empty() {
            let endings: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
            return Err(format!("there is no file below {path} that ends in {}", endings.join(" or ")));
        }
        found.sort();
        targets.extend(found.into_iter().map(|path| Target { path, found: true }));
    }
    Ok(targets)
}

/// `work` for each item, on all cores; the results are in the items' order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(some)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
