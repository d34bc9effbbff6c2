//! `disaggc new`: a topology to begin with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use disaggc::source::Files;

use super::Failure;
use super::args::New;
use super::files::sentence;
use super::snippet::printable;
use super::terminal::tell;

/// The most common shape, which the stdlib's first engine serves anywhere: `check` and `rehearse` take it as it is.
const TEMPLATE: &str = include_str!("new.kdl");

/// The template as the only file there is.
pub struct Template;

impl Files for Template {
    fn read(&self, _path: &str) -> Result<String, String> {
        Ok(TEMPLATE.to_owned())
    }
}

pub fn run(args: &New) -> Result<(), Failure> {
    let path = if args.name.ends_with(".kdl") { args.name.clone() } else { format!("{}.kdl", args.name) };
    let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".kdl");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.starts_with(['-', '.']) || !name.chars().all(plain) {
        return Err(Failure::Usage(format!(
            "\"{name}\" is no name for a topology: write letters, digits and -, such as `disaggc new dsr1-1k1k`"
        )));
    }
    let text = TEMPLATE.replace("\"NAME\"", &format!("\"{name}\""));
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{path} is there already; choose another name"),
        _ => format!("{path} can't be written: {}", sentence(&error)),
    })?;
    let shown = printable(&path);
    tell(&format!("wrote {shown}\nnext: edit it; disaggc check {shown}; disaggc rehearse {shown}\n"));
    Ok(())
}
