//! A rehearsal that is stopped or killed leaves nothing running. It needs a process of its own: this
//! test program once more, with one test that is ignored otherwise.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use disaggc::stdlib::Stdlib;

use super::{Bundle, able, run};
use crate::rehearse::{self, Error};

const JOB: &str = r#"
trap 'echo the job was asked to stop; kill $step; wait; exit 1' TERM
srun --overlap sleep 100000 & step=$!
echo "working in $SLURM_SUBMIT_DIR"
while :; do wait; done"#;

#[test]
#[ignore = "part of the other tests of this file"]
fn rehearse_a_job_without_end() {
    let bundle = Bundle::script(JOB);
    let outcome = rehearse::run(&bundle.rehearsal(1), &Stdlib::embedded(), &mut io::stdout());
    assert!(matches!(outcome, Err(Error::Interrupted)), "{outcome:?}");
}

/// A process that rehearses the job without end.
struct Rehearsing {
    process: Child,
    output: BufReader<ChildStdout>,
    /// Its work folder.
    work: String,
}

impl Rehearsing {
    /// Returns when the job runs.
    fn start() -> Self {
        let module = module_path!().split_once("::").expect("a module").1;
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args([&format!("{module}::rehearse_a_job_without_end"), "--exact", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program runs");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut rehearsing = Rehearsing { process, output, work: String::new() };
        let mut seen = String::new();
        while rehearsing.work.is_empty() {
            let mut line = String::new();
            assert_ne!(rehearsing.output.read_line(&mut line).expect("a line"), 0, "no job started:\n{seen}");
            if let Some(folder) = line.trim_end().strip_prefix("working in ") {
                rehearsing.work = folder.strip_suffix("/submission").expect("a work folder").to_owned();
            }
            seen += &line;
        }
        let processes = processes(&rehearsing.work);
        assert!(processes.iter().any(|command| command.starts_with("slurmd ")), "{processes:?}");
        rehearsing
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Rehearsing {
    fn drop(&mut self) {
        // It has ended unless the test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The commands of a rehearsal's processes: those that name its work folder.
fn processes(work: &str) -> Vec<String> {
    let command = |entry: io::Result<fs::DirEntry>| {
        let command = fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        command.contains(work).then_some(command)
    };
    fs::read_dir("/proc").expect("/proc").filter_map(command).collect()
}

#[test]
fn killed_it_leaves_no_process() {
    if !able() {
        return;
    }
    let mut rehearsing = Rehearsing::start();
    rehearsing.signal("KILL");
    rehearsing.process.wait().expect("it is dead");
    let began = Instant::now();
    while !processes(&rehearsing.work).is_empty() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "still running: {:?}",
            processes(&rehearsing.work)
        );
        thread::sleep(Duration::from_millis(50));
    }
    // Nobody is left who could remove its folder: the next rehearsal does.
    assert!(fs::exists(&rehearsing.work).expect("/tmp is readable"));
    let next = Bundle::script("true");
    run(&next.rehearsal(1)).0.expect("a rehearsal");
    assert!(!fs::exists(&rehearsing.work).expect("/tmp is readable"), "{} is left", rehearsing.work);
}

#[test]
fn asked_to_stop_it_stops_the_job_and_leaves_nothing() {
    if !able() {
        return;
    }
    let mut rehearsing = Rehearsing::start();
    rehearsing.signal("TERM");
    let rest: Vec<String> = rehearsing.output.by_ref().lines().map(|line| line.expect("a line")).collect();
    assert!(rehearsing.process.wait().expect("it has ended").success(), "{rest:?}");
    assert!(rest.iter().any(|line| line == "the job was asked to stop"), "{rest:?}");
    assert_eq!(processes(&rehearsing.work), Vec::<String>::new());
    assert!(!fs::exists(&rehearsing.work).expect("/tmp is readable"), "{} is left", rehearsing.work);
}
