//! A page as it is when its commands are run, its pieces are cut, and its tables of fields are made.

use std::collections::BTreeSet;

use disaggc::stdlib::Stdlib;
use disaggc::{Request, source::Files};

use crate::block::Block;
use crate::folder::Folder;
use crate::{cut, fields};

pub fn as_it_is(page: &str) -> Result<String, String> {
    let folder = Folder::new();
    let mut out: Vec<String> = Vec::new();
    let mut lines = page.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        out.push(line.to_owned());
        if let Some(command) = line.strip_prefix("<!-- $ ").and_then(|rest| rest.strip_suffix(" -->")) {
            let (said, code) = folder.run(command);
            if code != Some(0) {
                return Err(format!("line {}: {command}: {}", number + 1, said.join("\n")));
            }
        }
        if let Some(node) = line.strip_prefix("<!-- fields of ").and_then(|rest| rest.strip_suffix(" -->")) {
            let table = |(_, line): &(usize, &str)| line.is_empty() || line.starts_with('|');
            let written: Vec<&str> =
                std::iter::from_fn(|| lines.next_if(table)).map(|(_, line)| line).collect();
            out.extend(fields::table(node, &written).map_err(|why| format!("line {}: {why}", number + 1))?);
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut block = Block::of_fence(number + 1, info);
        block.text =
            lines.by_ref().map(|(_, line)| line.to_owned()).take_while(|line| line != "```").collect();
        out.extend(text_of(block, &folder)?);
        out.push("```".to_owned());
    }
    Ok(out.join("\n") + "\n")
}

fn text_of(block: Block, folder: &Folder) -> Result<Vec<String>, String> {
    if let Some(file) = block.tag("from") {
        return cut::cut(&block, file, folder);
    }
    if let Some(name) = block.tag("file") {
        folder.write(name, &block.text);
    }
    match block.language.as_str() {
        "kdl" => compiles(&block, folder).map(|()| block.text),
        "console" if block.tag("not-run").is_none() => commands(&block, folder),
        _ if block.tag("file").is_some() || block.tag("not-run").is_some() => Ok(block.text),
        other => Err(format!(
            "line {}: nothing shows that a block of {other:?} is right: give it from=\"FILE\" or file=\"NAME\"",
            block.line
        )),
    }
}

/// A topology without mistakes, or with the one that is named; a file without one, such as a site's, can be read.
fn compiles(block: &Block, folder: &Folder) -> Result<(), String> {
    let main = block.tag("file").unwrap_or("block.kdl").to_owned();
    if block.tag("file").is_none() {
        folder.write(&main, &block.text);
    }
    let text = folder.read(&main)?;
    let request = Request { main, ..Request::default() };
    let compilation = disaggc::compile(&request, folder, &Stdlib::embedded());
    let codes: Vec<&str> = compilation.diagnostics.iter().map(|d| d.code).collect();
    let expected = match block.tag("must-fail") {
        Some(code) => vec![code],
        None if !text.contains("topology \"") => vec!["topology/none"],
        None => vec![],
    };
    if codes == expected {
        return Ok(());
    }
    Err(format!("line {}: found {codes:?}, not {expected:?}\n{text}", block.line))
}

/// Each line that begins with `$` is run, and what stands below it is what it says.
fn commands(block: &Block, folder: &Folder) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut lines = block.text.iter().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").ok_or_else(|| {
            format!("line {}: a block of commands begins with `$`, not with {line:?}", block.line)
        })?;
        let mut command = command.to_owned();
        out.push(line.clone());
        while command.ends_with('\\')
            && let Some(more) = lines.next()
        {
            command = format!("{command}\n{more}");
            out.push(more.clone());
        }
        let written: Vec<String> =
            std::iter::from_fn(|| lines.next_if(|line| !line.starts_with("$ "))).cloned().collect();
        let (said, code) = folder.run(&command);
        let rehearsal = block.tag("rehearsal").is_some();
        if rehearsal && code == Some(2) && std::env::var_os("DISAGGC_NO_SKIPS").is_none() {
            eprintln!("SKIPPED: no rehearsal on this machine: {}", said.join(" "));
            out.extend(written);
        } else if if rehearsal { alike(&written, &said) } else { elided(&written, &said) } {
            out.extend(written);
        } else {
            out.extend(said);
        }
    }
    Ok(out)
}

const ELLIPSIS: &str = "…";

/// The same lines, but that `…` stands for any.
fn elided(written: &[String], said: &[String]) -> bool {
    match written.split_first() {
        None => said.is_empty(),
        Some((line, rest)) if line.trim() == ELLIPSIS => {
            (0..=said.len()).any(|from| elided(rest, &said[from..]))
        }
        Some((line, rest)) => said.first() == Some(line) && elided(rest, &said[1..]),
    }
}

/// Lines of another run of the same: numbers and the order of servers differ. With an ellipsis there may be others,
/// too, such as what a slow machine is told.
fn alike(written: &[String], said: &[String]) -> bool {
    let masked = |lines: &[String]| lines.iter().map(|line| mask(line)).collect::<BTreeSet<String>>();
    let (mut written, said) = (masked(written), masked(said));
    if written.remove(ELLIPSIS) { written.is_subset(&said) } else { written == said }
}

/// A line without what another run has otherwise: numbers, the names of temporary folders, the width of columns.
fn mask(line: &str) -> String {
    let mut masked = String::new();
    for word in line.split_whitespace() {
        let mut word = word.to_owned();
        if let Some(at) = word.find("/disaggc-") {
            let name = at + "/disaggc-".len();
            let end = word[name..].find('/').map_or(word.len(), |end| name + end);
            word.replace_range(name..end, "#");
        }
        let mut numbers = false;
        for letter in word.chars() {
            let number = letter.is_ascii_digit() || (numbers && letter == '.');
            if number && !numbers {
                masked.push('#');
            } else if !number {
                masked.push(letter);
            }
            numbers = number;
        }
        masked.push(' ');
    }
    // As many processes as there were.
    while masked.contains("#, #") {
        masked = masked.replace("#, #", "#");
    }
    masked.trim_end().to_owned()
}
