//! Where the command's words go.

use std::io::{self, ErrorKind, Write as _};

use anstream::{AutoStream, ColorChoice};

use super::render::Style;

/// What was asked for: the result of a command. A reader that has enough of it (`| head`) is no
/// error.
///
/// # Errors
/// A sentence about why it can't be written.
pub fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("the output can't be written: {}", super::files::sentence(&error)))
        }
        _ => Ok(()),
    }
}

/// What a person should know beside the result. Where nobody can read it, it is lost.
pub fn tell(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// How to write to the standard error.
pub fn style(color: clap::ColorChoice) -> Style {
    let color = match color {
        clap::ColorChoice::Always => true,
        clap::ColorChoice::Never => false,
        clap::ColorChoice::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
    };
    let columns = terminal_size::terminal_size_of(io::stderr()).map_or(100, |(width, _)| width.0);
    // Too long lines are hard to read, and in too short ones nothing fits.
    Style { color, width: usize::from(columns).clamp(40, 120) }
}

/// The standard output's columns and lines, where it is a terminal.
pub fn size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size_of(io::stdout())?;
    Some((width.0.into(), height.0.into()))
}
