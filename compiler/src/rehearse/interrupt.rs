//! Ctrl-C and SIGTERM: noticed by whoever waits, so that things are stopped in order.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::Error;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on the signals no longer end this process at once. A process has one handler, so a second
/// rehearsal in it shares the first one's.
pub fn watch() -> Result<(), Error> {
    static HANDLER: OnceLock<Result<(), String>> = OnceLock::new();
    let set = || ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).map_err(|e| e.to_string());
    HANDLER
        .get_or_init(set)
        .clone()
        .map_err(|why| Error::Unsupported(format!("can't watch for Ctrl-C: {why}")))
}

/// A pause in a polling loop; an error, once, when the user wants to stop.
pub fn pause() -> Result<(), Error> {
    if INTERRUPTED.swap(false, Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    thread::sleep(Duration::from_millis(100));
    Ok(())
}
