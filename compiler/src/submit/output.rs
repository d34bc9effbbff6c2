//! The job's own output, line by line as it grows.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

/// So much is read at a time.
const CHUNK: u64 = 1 << 20;

#[derive(Default)]
pub struct Output {
    file: Option<PathBuf>,
    /// How much of it was shown.
    shown: u64,
    /// The beginning of a line.
    rest: Vec<u8>,
}

impl Output {
    pub fn is_known(&self) -> bool {
        self.file.is_some()
    }

    pub fn is_in(&mut self, file: PathBuf) {
        self.file = Some(file);
    }

    /// Says the lines that are complete and were not said yet. The file may not be there, or begin anew.
    pub fn show(&mut self, say: &mut dyn FnMut(&str)) {
        let Some(mut file) = self.file.as_ref().and_then(|path| File::open(path).ok()) else { return };
        let Ok(length) = file.metadata().map(|metadata| metadata.len()) else { return };
        if length < self.shown {
            (self.shown, self.rest) = (0, Vec::new());
        }
        if file.seek(SeekFrom::Start(self.shown)).is_err() {
            return;
        }
        let mut bytes = Vec::new();
        let Ok(read) = file.take(CHUNK).read_to_end(&mut bytes) else { return };
        self.shown += read as u64;
        self.rest.extend(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            say(String::from_utf8_lossy(&line).trim_end());
        }
    }

    /// The end of it, which may be no whole line.
    pub fn finish(&mut self, say: &mut dyn FnMut(&str)) {
        let mut before = u64::MAX;
        while before != self.shown {
            before = self.shown;
            self.show(say);
        }
        if !self.rest.is_empty() {
            say(String::from_utf8_lossy(&std::mem::take(&mut self.rest)).trim_end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_said_once_and_when_they_are_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        let mut output = Output::default();
        let mut said = Vec::new();
        output.is_in(path.clone());
        let mut step = |text: Option<&str>, last: bool| {
            if let Some(text) = text {
                std::fs::write(&path, text).expect("written");
            }
            let mut lines = Vec::new();
            let mut say = |line: &str| lines.push(line.to_owned());
            if last {
                output.finish(&mut say)
            } else {
                output.show(&mut say)
            }
            said.push(lines);
        };
        step(None, false);
        step(Some("one\ntw"), false);
        step(Some("one\ntwo\nthr"), false);
        step(Some("new\n"), false);
        step(Some("new\nend"), true);
        assert_eq!(said, [vec![], vec!["one"], vec!["two"], vec!["new"], vec!["end"]]);
    }
}
