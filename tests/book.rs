//! The book and the READMEs say what is so. Every KDL block compiles, or fails with the code that it names; every
//! command is run; every piece of a file is cut from one; the reference is made of the sources; links lead somewhere.
//!
//! `UPDATE_BOOK=1 cargo test --test book` writes anew what differs. Read it before it is committed. How blocks are
//! marked: CONTRIBUTING.md.

#[path = "book/block.rs"]
mod block;
#[path = "book/commands.rs"]
mod commands;
#[path = "book/cut.rs"]
mod cut;
#[path = "book/fields.rs"]
mod fields;
#[path = "book/folder.rs"]
mod folder;
#[path = "book/json.rs"]
mod json;
#[path = "book/links.rs"]
mod links;
#[path = "book/page.rs"]
mod page;
#[path = "book/settings.rs"]
mod settings;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use block::blocks;
use disaggc::source::Files as _;

/// Blocks of commands that no test runs, each with its reason. Fewer are better.
const NOT_RUN: usize = 8;

/// The pages that people write; what tests write begins with a comment that says so. Examples' READMEs are not among
/// them: their commands are tested with the examples.
fn pages() -> Vec<PathBuf> {
    let top = support::top();
    let mut pages = vec![top.join("README.md"), top.join("CONTRIBUTING.md")];
    collect(&top.join("book/src"), &mut pages);
    pages.retain(|page| !fs::read_to_string(page).expect("UTF-8").starts_with("<!-- Written by tests/"));
    pages.sort();
    pages
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

/// What is written differs from what is so; or with `UPDATE_BOOK=1` it is written.
fn kept(path: &Path, is: &str) -> Option<String> {
    let written = fs::read_to_string(path).unwrap_or_default();
    if written == is {
        return None;
    }
    if std::env::var_os("UPDATE_BOOK").is_some() {
        fs::write(path, is).expect("writable");
        return None;
    }
    let (line, says, is) = first_difference(&written, is);
    Some(format!("{}:{line} says\n  {says}\nand it is\n  {is}", path.display()))
}

fn first_difference<'a>(written: &'a str, is: &'a str) -> (usize, &'a str, &'a str) {
    let (mut says, mut now) = (written.lines(), is.lines());
    for line in 1.. {
        match (says.next(), now.next()) {
            (Some(says), Some(now)) if says == now => {}
            (None, None) => break,
            (says, now) => return (line, says.unwrap_or("(the end)"), now.unwrap_or("(the end)")),
        }
    }
    (0, "other line ends", "")
}

fn assert_none(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "UPDATE_BOOK=1 cargo test --test book writes it anew\n\n{}",
        wrong.join("\n\n")
    );
}

/// KDL, commands, pieces of files, tables of fields. Pages at a time, since some rehearse.
#[test]
fn pages_say_what_is_so() {
    let pages = pages();
    let (next, wrong) = (Mutex::new(pages.iter()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(path) = next.lock().expect("not poisoned").next() else { break };
            let text = fs::read_to_string(path).expect("UTF-8");
            let found = match page::as_it_is(&text) {
                Ok(page) => kept(path, &page),
                Err(why) => Some(format!("{}: {why}", path.display())),
            };
            wrong.lock().expect("not poisoned").extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(work);
        }
    });
    assert_none(&wrong.into_inner().expect("not poisoned"));
}

#[test]
fn few_commands_are_not_run() {
    let mut reasons = Vec::new();
    let mut run = 0;
    for path in pages() {
        for block in blocks(&fs::read_to_string(&path).expect("UTF-8")) {
            match block.tag("not-run") {
                Some(why) => {
                    assert!(why.len() > 5, "{}:{}: no reason", path.display(), block.line);
                    reasons.push(format!("{}:{}: {why}", path.display(), block.line));
                }
                None => run += usize::from(block.language == "console"),
            }
        }
    }
    assert!(reasons.len() <= NOT_RUN, "{} are not run:\n{}", reasons.len(), reasons.join("\n"));
    assert!(run > NOT_RUN, "only {run} are run");
}

#[test]
fn the_reference_is_made_of_the_sources() {
    let reference = support::top().join("book/src/reference");
    let mut wrong = Vec::new();
    wrong.extend(kept(&reference.join("commands.md"), &commands::page()));
    wrong.extend(kept(&reference.join("plan.md"), &json::plan()));
    wrong.extend(kept(&reference.join("result.md"), &json::result()));
    for (name, page) in settings::pages() {
        wrong.extend(kept(&reference.join(format!("settings-{name}.md")), &page));
    }
    assert_none(&wrong);
}

#[test]
fn the_tutorial_installs_what_a_rehearsal_needs() {
    let read = |path: &str| fs::read_to_string(support::top().join(path)).expect("UTF-8");
    let needed: Vec<String> =
        read("tests/packages").lines().filter(|line| !line.starts_with('#')).map(words).collect();
    let page = read("book/src/tutorial/first-topology.md");
    let command: Vec<&str> =
        page.lines().skip_while(|line| !line.starts_with("$ apt-get install ")).collect();
    let command = command.iter().take_while(|line| **line != "```").map(|line| line.trim_end_matches('\\'));
    let command = words(&command.collect::<Vec<_>>().join(" "));
    assert_eq!(command, format!("$ apt-get install {}", needed.join(" ")));
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn no_field_of_the_language_is_left_out() {
    let pages: Vec<String> = pages().iter().map(|page| fs::read_to_string(page).expect("UTF-8")).collect();
    let missing = fields::missing(&pages);
    assert!(missing.is_empty(), "neither in a table nor in a row: {}", missing.join(", "));
}

#[test]
fn the_language_names_all_that_can_be_used() {
    let page = fs::read_to_string(support::top().join("book/src/reference/language.md")).expect("UTF-8");
    for module in disaggc::stdlib::Stdlib::embedded().modules() {
        let kinds = ["cluster/", "engine/"];
        let Some(name) = kinds.iter().find_map(|kind| module.strip_prefix(kind)) else { continue };
        assert!(
            name.contains('/') || page.contains(&format!("`{name}`")),
            "language.md does not name {module}"
        );
    }
}

#[test]
fn links_lead_somewhere() {
    let wrong = links::broken();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each by the line that draws it into `drawn.svg`.
#[test]
fn pictures_are_what_the_commands_draw() {
    let pictures = [
        ("explanation/placement.svg", "disaggc plan examples/odd-shapes/topo.kdl --svg drawn.svg"),
        ("tutorial/first.svg", "disaggc new first; disaggc plan first.kdl --svg drawn.svg"),
        ("introduction.svg", "disaggc plan examples/deepseek-r1/topo.kdl --svg drawn.svg"),
        ("how-to/failed-run.svg", "disaggc status first-1 --timeline drawn.svg"),
    ];
    let mut wrong = Vec::new();
    for (path, command) in pictures {
        let folder = folder::Folder::new();
        let (said, _) = folder.run(command);
        let drawn = folder.read("drawn.svg").unwrap_or_else(|_| panic!("{}", said.join("\n")));
        wrong.extend(kept(&support::top().join("book/src").join(path), &drawn));
    }
    assert_none(&wrong);
}
