//! Links of Markdown files to files and headings of this project. Nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support;

struct Page {
    anchors: BTreeSet<String>,
    links: Vec<String>,
}

/// Every link that leads nowhere, as `FILE: LINK`.
pub fn broken() -> Vec<String> {
    let top = support::top();
    let mut paths = Vec::new();
    for folder in ["book/src", "examples", "stdlib", "tests", "compiler"] {
        super::collect(&top.join(folder), &mut paths);
    }
    paths.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| top.join(name)));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        Some((plain(&path), page(&text)))
    };
    // What npm and pip have installed is not ours.
    paths.retain(|path| !path.components().any(|part| part.as_os_str() == "node_modules"));
    let pages: BTreeMap<PathBuf, Page> = paths.into_iter().filter_map(read).collect();
    let mut wrong = Vec::new();
    let mut followed = 0;
    for (path, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { plain(&path.with_file_name(file)) };
            let anchored =
                anchor.is_empty() || pages.get(&target).is_some_and(|page| page.anchors.contains(anchor));
            if !target.exists() || !anchored {
                wrong.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(followed > 100, "only {followed} links were found");
    let summary = &pages[&plain(&top.join("book/src/SUMMARY.md"))].links;
    for path in pages.keys() {
        let Ok(name) = path.strip_prefix(plain(&top.join("book/src"))) else { continue };
        if name != Path::new("SUMMARY.md") && !summary.iter().any(|link| Path::new(link) == name) {
            wrong.push(format!("book/src/SUMMARY.md does not name {}", name.display()));
        }
    }
    wrong
}

/// Without `..`, and without asking the disk.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

fn page(text: &str) -> Page {
    let mut page = Page { anchors: BTreeSet::new(), links: Vec::new() };
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let name = anchor(&heading.take().unwrap_or_default());
                // A second one of the same name has a number behind it.
                let numbered = (1..).map(|number| format!("{name}-{number}"));
                let free =
                    std::iter::once(name.clone()).chain(numbered).find(|name| !page.anchors.contains(name));
                page.anchors.extend(free);
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.into_string());
            }
            _ => {}
        }
    }
    page
}

/// As mdBook makes it of a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.trim().chars().filter_map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => {
            Some(letter.to_ascii_lowercase())
        }
        letter if letter.is_whitespace() => Some('-'),
        _ => None,
    });
    letters.collect()
}
