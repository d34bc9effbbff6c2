//! A block with `from="FILE"` is a piece of that file, of the page's folder or of the stdlib: the lines from the one that has `first="…"` in it to the next one
//! that has `last="…"`, or that begins with it after a `^`; without these, from the file's first or to its last line.

use disaggc::source::Files;
use disaggc::stdlib::Stdlib;

use crate::block::Block;
use crate::folder::Folder;

pub fn cut(block: &Block, file: &str, folder: &Folder) -> Result<Vec<String>, String> {
    let text = match file.strip_prefix("stdlib/") {
        Some(path) => {
            Stdlib::embedded().text(path).map(str::to_owned).ok_or_else(|| "there is none".to_owned())
        }
        None => folder.read(file),
    };
    let text = text.map_err(|why| format!("line {}: {file}: {why}", block.line))?;
    let lines: Vec<&str> = text.lines().collect();
    let find = |words: &str, from: usize| {
        let has = |line: &&str| {
            words.strip_prefix('^').map_or(line.contains(words), |words| line.starts_with(words))
        };
        let found = lines.iter().skip(from).position(has);
        found.map(|at| from + at).ok_or_else(|| format!("line {}: {file} has no {words:?}", block.line))
    };
    let first = block.tag("first").map_or(Ok(0), |words| find(words, 0))?;
    let last = block.tag("last").map_or(Ok(lines.len() - 1), |words| find(words, first))?;
    Ok(lines[first..=last].iter().map(|line| (*line).to_owned()).collect())
}
