//! `disaggc fix`: writes what certainly was meant in the place of mistakes.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use disaggc::diagnostic::{Edit, Severity};
use disaggc::source::{FileId, Files, Kind, Span};
use disaggc::stdlib::Stdlib;
use disaggc::{Request, syntax};

use super::args::Fix;
use super::files::{Disk, replace, sentence};
use super::snippet::printable;
use super::terminal::{print, tell};
use super::{Failure, stdlib};

/// Changes may make room for others; nobody needs more rounds.
const ROUNDS: usize = 200;

pub fn run(args: &Fix) -> Result<(), Failure> {
    let stdlib = stdlib(args.stdlib.as_deref())?;
    let before = Texts::read(&args.files)?;
    let desk = Desk { files: &args.files, topology: args.topology.as_deref(), stdlib: &stdlib };
    let (after, changes) = desk.fixed(&before);
    let mut changed = 0;
    for file in &args.files {
        let (old, new) = (before.get(file), after.get(file));
        if old == new {
            continue;
        }
        changed += 1;
        if args.diff {
            let diff = TextDiff::from_lines(old, new);
            print(&diff.unified_diff().header(file, file).to_string())?;
        } else {
            replace(Path::new(file), new)
                .map_err(|error| format!("{file} can't be written: {}", sentence(&error)))?;
        }
    }
    for change in &changes {
        tell(&format!("{}\n", printable(change)));
    }
    let left = desk.look(&after).badness;
    tell(&format!("{}\n", summary(changes.len(), left, args)));
    let would_change = args.diff && changed > 0;
    if left.errors > 0 || would_change { Err(Failure::Input) } else { Ok(()) }
}

/// `3 mistakes corrected; 1 error is left, which `disaggc check topo.kdl` shows`.
fn summary(changes: usize, left: Badness, args: &Fix) -> String {
    let corrected = match changes {
        0 => "nothing to correct for certain".to_owned(),
        1 => "1 mistake corrected".to_owned(),
        n => format!("{n} mistakes corrected"),
    };
    let corrected =
        if args.diff { corrected.replace(" corrected", " could be corrected") } else { corrected };
    match left.errors {
        0 => format!("{corrected}; no errors are left"),
        1 => format!("{corrected}; 1 error is left, which `disaggc check` shows"),
        n => format!("{corrected}; {n} errors are left, which `disaggc check` shows"),
    }
}

/// The texts of the files that are named, by their real paths.
#[derive(Clone, PartialEq)]
struct Texts(BTreeMap<PathBuf, String>);

impl Texts {
    fn read(files: &[String]) -> Result<Self, String> {
        let mut texts = BTreeMap::new();
        for file in files {
            let text = Disk::with_main(file)?.read(file)?;
            let real = fs::canonicalize(file).map_err(|error| format!("{file}: {}", sentence(&error)))?;
            texts.insert(real, text);
        }
        Ok(Texts(texts))
    }

    fn get(&self, file: &str) -> &str {
        real(file).and_then(|path| self.0.get(&path)).map_or("", String::as_str)
    }
}

fn real(file: &str) -> Option<PathBuf> {
    fs::canonicalize(file).ok()
}

/// Changed texts, and all other files as they are.
struct Edited<'a> {
    texts: &'a Texts,
}

impl Files for Edited<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        match real(path).and_then(|real| self.texts.0.get(&real)) {
            Some(text) => Ok(text.clone()),
            None => Disk::with_main(path).and_then(|disk| disk.read(path)),
        }
    }
}

/// How much is wrong. What is no KDL hides other mistakes, so it counts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Badness {
    syntax: usize,
    errors: usize,
    warnings: usize,
}

impl Badness {
    /// Beyond a hundred in each file faults are only counted.
    fn is_better_than(self, other: Badness) -> bool {
        self < other || (other.syntax > syntax::MAX_FAULTS && self.syntax <= other.syntax)
    }
}

struct Found {
    badness: Badness,
    fixes: Vec<Change>,
}

/// A fix in the files that are named.
struct Change {
    edits: Vec<(PathBuf, Edit)>,
    /// `topo.kdl:4:9: write `#true``.
    said: String,
}

impl Change {
    fn touches(&self, other: &Change) -> bool {
        self.edits.iter().any(|(path, edit)| {
            let near = |other: &Edit| edit.span.start <= other.span.end && other.span.start <= edit.span.end;
            other.edits.iter().any(|(at, other)| at == path && near(other))
        })
    }
}

struct Desk<'a> {
    files: &'a [String],
    topology: Option<&'a str>,
    stdlib: &'a Stdlib,
}

impl Desk<'_> {
    /// The texts with every fix in them that leaves less wrong than before, and what was done.
    fn fixed(&self, texts: &Texts) -> (Texts, Vec<String>) {
        let mut texts = texts.clone();
        let mut said = Vec::new();
        let mut found = self.look(&texts);
        for _ in 0..ROUNDS {
            let mut batch: Vec<&Change> = Vec::new();
            for change in &found.fixes {
                if !batch.iter().any(|other| other.touches(change)) {
                    batch.push(change);
                }
            }
            // If all of them together make it worse, one of them may not.
            let attempts = std::iter::once(batch.clone()).chain(batch.iter().map(|change| vec![*change]));
            let better = attempts.filter(|changes| !changes.is_empty()).find_map(|changes| {
                let changed = applied(&texts, &changes);
                let after = self.look(&changed);
                after.badness.is_better_than(found.badness).then(|| {
                    let said: Vec<String> = changes.iter().map(|change| change.said.clone()).collect();
                    (changed, after, said)
                })
            });
            let Some((changed, after, done)) = better else { break };
            (texts, found) = (changed, after);
            said.extend(done);
        }
        (texts, said)
    }

    /// Compiles every file.
    fn look(&self, texts: &Texts) -> Found {
        let mut found = Found { badness: Badness { syntax: 0, errors: 0, warnings: 0 }, fixes: Vec::new() };
        let mut seen: HashSet<Vec<(PathBuf, Edit)>> = HashSet::new();
        for file in self.files {
            let request = Request {
                main: file.clone(),
                topology: self.topology.map(str::to_owned),
                ..Request::default()
            };
            let compilation = disaggc::compile(&request, &Edited { texts }, self.stdlib);
            let sources = &compilation.sources;
            for diagnostic in compilation.diagnostics.iter() {
                // A file that only others use has no topology, and needs none.
                match diagnostic.severity {
                    Severity::Error if diagnostic.code.starts_with("syntax/") => found.badness.syntax += 1,
                    Severity::Error if diagnostic.code == "topology/none" && self.files.len() > 1 => continue,
                    Severity::Warning => found.badness.warnings += 1,
                    Severity::Error => {}
                }
                found.badness.errors += usize::from(diagnostic.severity == Severity::Error);
                let Some(fix) = &diagnostic.fix else { continue };
                let ours = |edit: &Edit| {
                    let file = sources.get(edit.span.file);
                    let path = real(&file.name).filter(|path| texts.0.contains_key(path))?;
                    // The path names the file; its number is another one in every compilation.
                    let span = Span { file: FileId(0), ..edit.span };
                    (file.kind == Kind::File).then(|| (path, Edit { span, text: edit.text.clone() }))
                };
                let Some(edits) = fix.edits.iter().map(ours).collect::<Option<Vec<_>>>() else { continue };
                let place = fix.edits.first().map(|edit| sources.location(edit.span)).unwrap_or_default();
                if seen.insert(edits.clone()) {
                    found.fixes.push(Change { edits, said: format!("{place}: {}", fix.title) });
                }
            }
        }
        found
    }
}

fn applied(texts: &Texts, changes: &[&Change]) -> Texts {
    let mut texts = texts.clone();
    for (path, text) in &mut texts.0 {
        let edits = changes.iter().flat_map(|change| &change.edits).filter(|(at, _)| at == path);
        let edits: Vec<&Edit> = edits.map(|(_, edit)| edit).collect();
        *text = disaggc::fix::apply(text, &edits);
    }
    texts
}
