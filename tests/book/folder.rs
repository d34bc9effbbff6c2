//! The folder in which a page's commands run: the examples, what `tests/book/files` has, and the page's own blocks.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use disaggc::source::Files;
use tempfile::TempDir;

use crate::support;

pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&support::top().join("tests/book/files"), folder.path());
        copy(&support::top().join("examples"), &folder.path().join("examples"));
        Folder(folder)
    }

    pub fn write(&self, name: &str, text: &[String]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("writable");
        fs::write(path, text.join("\n") + "\n").expect("writable");
    }

    /// Runs a line of a shell; what it said in the order in which it said it, and its exit code.
    pub fn run(&self, command: &str) -> (Vec<String>, Option<i32>) {
        let program = Path::new(env!("CARGO_BIN_EXE_disaggc"));
        let programs = program.parent().expect("it lies in a folder").display();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(self.0.path())
            .env("PATH", path)
            .env("HOME", self.0.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .expect("bash is there");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        // Nobody wants to read where the folder was.
        let said = said.replace(self.0.path().to_str().expect("UTF-8"), "/home/me");
        (said.lines().map(|line| line.trim_end().to_owned()).collect(), output.status.code())
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.0.path().join(path)).map_err(|error| error.to_string())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("readable") {
        let path = entry.expect("readable").path();
        let copied = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).expect("writable");
        }
    }
}
