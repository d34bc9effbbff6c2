//! `disaggc man`: manual pages, made of the definition that `--help` is made of.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, roman};
use disaggc::diagnostic::nearest;

use super::Failure;
use super::args::Cli;
use super::files::sentence;
use super::terminal::{print, tell};

#[derive(Debug, Args)]
pub struct Man {
    /// Which command's [default: disaggc's own]
    pub command: Option<String>,

    /// The folder that gets all pages; it is made where it is not there
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    pub output: Option<PathBuf>,
}

pub fn run(args: &Man) -> Result<(), Failure> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.output else {
        let asked = match &args.command {
            None => &command,
            Some(name) => command.find_subcommand(name).ok_or_else(|| unknown(name, &command))?,
        };
        let page = page(asked).map_err(|error| error.to_string())?;
        return Ok(print(&String::from_utf8_lossy(&page))?);
    };
    let fail =
        |path: &Path, error: &io::Error| format!("{} can't be written: {}", path.display(), sentence(error));
    fs::create_dir_all(folder).map_err(|error| fail(folder, &error))?;
    let commands: Vec<_> = std::iter::once(&command).chain(command.get_subcommands()).collect();
    for command in &commands {
        let path = folder.join(format!("{}.1", name(command)));
        page(command).and_then(|page| fs::write(&path, page)).map_err(|error| fail(&path, &error))?;
    }
    tell(&format!("wrote {} pages into {}\n", commands.len(), folder.display()));
    Ok(())
}

/// `disaggc-build`.
fn name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn unknown(name: &str, command: &clap::Command) -> String {
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("there is no command \"{name}\"; did you mean \"{near}\"?"),
        None => format!("there is no command \"{name}\"; there are {}", names.join(", ")),
    }
}

fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let version = command.get_version().unwrap_or_default();
    let man = Page::new(command.clone()).source(format!("disaggc {version}")).manual("disaggc");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(after) = command.get_after_help() {
        after_help(&after.to_string()).to_writer(&mut page)?;
    }
    Ok(page)
}

/// What stands behind the options in `--help`. clap_mangen would fill examples as if they were prose.
fn after_help(text: &str) -> Roff {
    let mut roff = Roff::new();
    let mut noted = false;
    for paragraph in text.split("\n\n") {
        if let Some(examples) = paragraph.strip_prefix("Examples:\n") {
            roff.control("SH", ["EXAMPLES"]);
            verbatim(&mut roff, examples.lines());
        } else if let Some(codes) = paragraph.strip_prefix("Exit code: ") {
            roff.control("SH", ["EXIT STATUS"]);
            roff.text([roman(codes)]);
        } else {
            roff.control(if noted { "PP" } else { "SH" }, (!noted).then_some("NOTES"));
            noted = true;
            for lines in paragraph
                .split_inclusive('\n')
                .collect::<Vec<_>>()
                .chunk_by(|a, b| a.starts_with("  ") == b.starts_with("  "))
            {
                if lines[0].starts_with("  ") {
                    verbatim(&mut roff, lines.iter().copied());
                } else {
                    roff.text([roman(lines.concat().trim_end())]);
                }
            }
        }
    }
    roff
}

/// Lines that stay lines.
fn verbatim<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line.trim_end())]);
    }
    roff.control("fi", []);
}
