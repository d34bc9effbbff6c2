//! The last line of a log, made safe for a terminal.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// So many bytes at a log's end are looked at.
const TAIL: u64 = 16 * 1024;

/// The last line that has something in it; empty where there is none. A log is any bytes.
pub fn last_line(file: &Path) -> String {
    tail(file).map(|bytes| last_words(&bytes)).unwrap_or_default()
}

/// The last lines, made safe as a whole; none where there is no log.
pub fn last_lines(file: &Path, count: usize) -> String {
    let bytes = tail(file).unwrap_or_default();
    let text = anstream::adapter::strip_str(&String::from_utf8_lossy(&bytes)).to_string();
    // Of a progress bar only the last state.
    let lines: Vec<&str> = text.lines().map(|line| line.rsplit('\r').next().unwrap_or_default()).collect();
    let shown = &lines[lines.len().saturating_sub(count)..];
    shown.iter().map(|line| format!("{}\n", unsteered(line))).collect()
}

fn tail(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn last_words(bytes: &[u8]) -> String {
    let text = anstream::adapter::strip_str(&String::from_utf8_lossy(bytes)).to_string();
    // A progress bar draws over itself: what counts is its last state.
    let lines = || text.rsplit(['\n', '\r']).map(printable);
    // A rule under a table says nothing.
    let says_something = |line: &String| line.contains(char::is_alphanumeric);
    let words = lines().find(|line| says_something(line) && !is_of_the_end(line));
    words
        .or_else(|| lines().find(says_something))
        .or_else(|| lines().find(|line| !line.is_empty()))
        .unwrap_or_default()
}

/// What Slurm and bash add to the log of a step that is ended, and hides what it said itself.
fn is_of_the_end(line: &str) -> bool {
    let slurm = line.starts_with("slurmstepd") && line.contains("*** ");
    let srun = ["Job step aborted", "lacks support for cpu binding"].iter().any(|words| line.contains(words));
    let bash = line.contains(": line ") && [" Terminated", " Killed"].iter().any(|word| line.contains(word));
    slurm || (line.starts_with("srun: ") && srun) || bash
}

/// Without what steers a terminal or turns the direction of writing.
fn printable(line: &str) -> String {
    unsteered(line).trim().to_owned()
}

fn unsteered(line: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = line.chars().map(|c| if c == '\t' { ' ' } else { c });
    kept.filter(|&c| !c.is_control() && !turns(c) && c != '\u{feff}').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_its_end_hides_no_words() {
        let end = "slurmstepd-node1: error: *** STEP 1.0 ON node1 CANCELLED AT 2026-11-26T00:05:24 ***\n\
                   srun: Job step aborted: Waiting up to 14 seconds for job step to finish.\n\
                   steps/gen.sh: line 12:  1234 Terminated              serve\n";
        assert_eq!(last_words(format!("handled 7 requests\n{end}").as_bytes()), "handled 7 requests");
        assert_eq!(last_words(end.as_bytes()), "steps/gen.sh: line 12:  1234 Terminated              serve");
    }

    #[test]
    fn only_words_are_left() {
        for (bytes, words) in [
            (&b""[..], ""),
            (b"one\ntwo\n", "two"),
            (b"one\n====\n", "one"),
            (b"====\n", "===="),
            (b"one\n \t\n\x1b[0m\n", "one"),
            (b"\x1b[31mred\x1b[0m and \x1b[1;4mbold\x1b[m", "red and bold"),
            (b"loading 1 %\rloading 99 %\r", "loading 99 %"),
            (b"a\tb\x07\x00c", "a bc"),
            (b"\xff\xfe broken", "\u{fffd}\u{fffd} broken"),
            ("\u{202e}turned".as_bytes(), "turned"),
            (b"ends in a colour \x1b[3", "ends in a colour"),
            (b"\x1b]0;title\x07text", "text"),
        ] {
            assert_eq!(last_words(bytes), words, "{bytes:?}");
        }
    }
}
