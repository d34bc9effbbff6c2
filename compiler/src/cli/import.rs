//! `disaggc import`: reads other tools' files, writes topologies.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use disaggc::import::verify::Verified;
use disaggc::import::{self, Imported, Input, Output};
use disaggc::names::TestId;
use disaggc::source::Files as _;

use super::args::Import;
use super::files::{Disk, sentence};
use super::findings::{self, Finding};
use super::render::Style;
use super::snippet::printable;
use super::targets::{Target, targets};
use super::terminal::tell;
use super::{Failure, stdlib};

const ENDINGS: [&str; 2] = ["yaml", "yml"];

pub fn run(args: &Import, style: Style) -> Result<(), Failure> {
    let stdlib = stdlib(args.stdlib.as_deref())?;
    let targets = targets(&args.paths, &ENDINGS)?;
    let (mut inputs, mut unreadable) = (Vec::new(), Vec::new());
    for target in &targets {
        match Disk::with_main(&target.path).and_then(|disk| disk.read(&target.path)) {
            Ok(text) => {
                inputs.push(Input { name: target.path.clone(), path: place(target, &args.paths), text })
            }
            Err(why) => unreadable.push(why),
        }
    }
    let tests = args.tests.iter().map(|id| TestId::parse(id));
    let tests: Vec<TestId> = tests.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if let Some(id) = tests.iter().find(|id| !inputs.iter().any(|input| stem(&input.path) == id.stem())) {
        return Err(Failure::Usage(format!("no file is called {}.yaml, which {id} tests", id.stem())));
    }
    if !tests.is_empty() {
        inputs.retain(|input| tests.iter().any(|test| stem(&input.path) == test.stem()));
    }
    let options = import::Options { engine: args.engine.clone(), tests, factor: args.factor };
    let mut imported = import::import(&inputs, &options, &stdlib);
    let verified = if args.verify { import::verify::verify(&mut imported, &stdlib) } else { Vec::new() };
    let findings = findings::in_order([(&imported.diagnostics, &imported.sources)]);
    show(&findings, args, style)?;
    if !imported.topologies.is_empty() {
        write(&args.output, &imported.files, args.force)?;
    }
    tell(&format!("{}\n", summary(&imported, &findings, args)));
    if args.verify {
        tell(&format!("{}\n", proof(&verified)));
    }
    if !unreadable.is_empty() {
        return Err(Failure::Usage(unreadable.join("\nerror: ")));
    }
    if imported.diagnostics.has_errors() { Err(Failure::Input) } else { Ok(()) }
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Where a file's topology goes: as it lies below the folder that was named.
fn place(target: &Target, paths: &[String]) -> String {
    let path = Path::new(&target.path);
    let folder = paths.iter().filter(|_| target.found).find_map(|named| path.strip_prefix(named).ok());
    let below = folder.unwrap_or_else(|| Path::new(path.file_name().unwrap_or_default()));
    below.with_extension("").to_string_lossy().into_owned()
}

/// What is said of many files alike is shown once, with how often it is so.
fn show(findings: &[Finding], args: &Import, style: Style) -> Result<(), String> {
    if args.format != super::args::FindingsFormat::Text {
        return findings::show(findings, args.format, style);
    }
    let mut kinds: Vec<(Finding, usize)> = Vec::new();
    for finding in findings {
        let alike = |(known, _): &&mut (Finding, usize)| {
            known.diagnostic.code == finding.diagnostic.code
                && known.diagnostic.message == finding.diagnostic.message
        };
        match kinds.iter_mut().find(alike) {
            Some((_, more)) => *more += 1,
            None => kinds.push((*finding, 0)),
        }
    }
    let mut left = 0;
    for (finding, more) in kinds {
        if left >= 100 {
            left += 1;
            continue;
        }
        left += 1;
        tell(&super::render::finding(finding.diagnostic, finding.sources, style));
        match more {
            0 => {}
            1 => tell("  and in 1 more place: --format json names it\n"),
            more => tell(&format!("  and in {more} more places: --format json names them\n")),
        }
        tell("\n");
    }
    if left > 100 {
        tell(&format!("{} more are not shown: --format json names them\n", left - 100));
    }
    Ok(())
}

/// All files, or none where one is there already.
fn write(folder: &Path, files: &[Output], force: bool) -> Result<(), Failure> {
    let there = files.iter().map(|file| folder.join(&file.path)).find(|path| path.exists());
    if let Some(path) = there.filter(|_| !force) {
        return Err(Failure::Usage(format!(
            "{} is there already: nothing was written; name another folder with `-o DIR`, or replace files with --force",
            path.display()
        )));
    }
    for file in files {
        let path = folder.join(&file.path);
        create(&path, &file.text)
            .map_err(|error| format!("{} can't be written: {}", path.display(), sentence(&error)))?;
    }
    Ok(())
}

fn create(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    fs::create_dir_all(&folder)?;
    let mut file = tempfile::Builder::new().prefix(".disaggc-").tempfile_in(&folder)?;
    file.write_all(text.as_bytes())?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(mode)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// `172 topologies verified: 170 are equal to their sources, 2 differ; 812 nodes, 901 by the sources' own rules`.
fn proof(verified: &[Verified]) -> String {
    let equal = verified.iter().filter(|one| one.differences == 0).count();
    let nodes =
        verified.iter().filter_map(|one| one.nodes).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let differ = match verified.len() - equal {
        0 => String::new(),
        1 => ", 1 differs".to_owned(),
        n => format!(", {n} differ"),
    };
    format!(
        "{} of {} equal to their sources{differ}; {} nodes, {} by the sources' own rules",
        equal,
        verified.len(),
        nodes.0,
        nodes.1
    )
}

fn summary(imported: &Imported, findings: &[Finding], args: &Import) -> String {
    let topologies = match imported.topologies.len() {
        1 => "1 topology".to_owned(),
        n => format!("{n} topologies"),
    };
    let mut text = match imported.topologies.len() {
        0 => "nothing was imported".to_owned(),
        _ => format!("{topologies} written to {}", printable(&args.output.to_string_lossy())),
    };
    if imported.files.iter().any(|file| file.path == "site.kdl") {
        text.push_str(", what belongs to the site in site.kdl");
    }
    if imported.failed > 0 {
        text.push_str(&format!("; {} could not be", imported.failed));
    }
    if let Some(count) = findings::count(findings) {
        text.push_str(&format!(": {count}"));
    }
    text
}
