//! Every ```kdl block of the book and the README is read; one with a topology compiles, or fails
//! with the code that its `must-fail` tag names.

mod support;

use std::fs;
use std::process::Command;

use support::compile;

#[test]
fn the_books_topologies_do_what_it_says() {
    let mut pages = vec![support::top().join("README.md")];
    for entry in fs::read_dir(support::top().join("book/src")).expect("readable") {
        pages.push(entry.expect("readable").path());
    }
    // The rules' examples are parts of topologies, which tests/rules.rs puts together.
    pages.retain(|page| page.extension().is_some_and(|e| e == "md") && !page.ends_with("rules.md"));
    pages.sort();
    let mut compiled = 0;
    for page in pages {
        let text = fs::read_to_string(&page).expect("UTF-8");
        for (tag, block) in blocks(&text) {
            let compilation = compile(&block);
            let codes: Vec<&str> = compilation.diagnostics.iter().map(|d| d.code).collect();
            let expected = match tag.split_once("must-fail=") {
                Some((_, code)) => vec![code],
                // A site file has no topology of its own.
                None if !block.contains("topology ") => vec!["topology/none"],
                None => vec![],
            };
            assert_eq!(codes, expected, "{}:\n{block}", page.display());
            compiled += 1;
        }
    }
    assert!(compiled >= 5, "{compiled} blocks");
}

/// What stands behind a command is what it prints, in a folder with the KDL blocks that have a name.
#[test]
fn the_books_commands_print_what_it_says() {
    let page = support::top().join("book/src/check.md");
    let text = fs::read_to_string(&page).expect("UTF-8");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (tag, block) in blocks(&text) {
        if let Some(name) = tag.split_whitespace().find_map(|word| word.strip_prefix("file=")) {
            fs::write(folder.path().join(name), block + "\n").expect("writable");
        }
    }
    let mut printed = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        printed.push_str(&format!("{line}\n"));
        if line != "```console" {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        for command in block.iter().filter_map(|line| line.strip_prefix("$ disaggc ")) {
            let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
                .current_dir(folder.path())
                .args(command.split_whitespace())
                .output()
                .expect("the command starts");
            printed.push_str(&format!("$ disaggc {command}\n"));
            for text in [output.stderr, output.stdout] {
                let text = String::from_utf8(text).expect("UTF-8");
                printed.extend(text.lines().map(|line| format!("{}\n", line.trim_end())));
            }
        }
        printed.push_str("```\n");
    }
    // UPDATE_BOOK=1 writes the page anew; read it before it is committed.
    if std::env::var_os("UPDATE_BOOK").is_some() {
        fs::write(&page, printed).expect("writable");
    } else {
        assert!(printed == text, "{} says otherwise:\n{printed}", page.display());
    }
}

/// The tag and the text of every fenced block that is KDL.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(tag) = line.strip_prefix("```")
            && tag.starts_with("kdl")
        {
            let text: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
            blocks.push((tag.to_owned(), text.join("\n")));
        } else if line.starts_with("```") {
            lines.by_ref().take_while(|l| *l != "```").for_each(drop);
        }
    }
    blocks
}

/// `UPDATE_BOOK=1` draws it anew.
#[test]
fn the_books_picture_is_what_the_command_draws() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let drawn = folder.path().join("placement.svg");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(support::top())
        .args(["plan", "examples/odd-shapes/topo.kdl", "--svg"])
        .arg(&drawn)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (drawn, kept) =
        (fs::read_to_string(drawn).expect("drawn"), support::top().join("book/src/placement.svg"));
    if std::env::var_os("UPDATE_BOOK").is_some() {
        fs::write(&kept, &drawn).expect("writable");
    }
    let kept = fs::read_to_string(kept).unwrap_or_default();
    assert!(kept == drawn, "book/src/placement.svg is another picture: UPDATE_BOOK=1 cargo test --test book");
}
