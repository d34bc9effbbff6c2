//! Rehearsals: bundles on a private Slurm, and what they leave.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use disaggc::plan::{Part, Plan, Share};
use serde_json::Value;
use tempfile::TempDir;

/// `None`, with a note, where nothing can be rehearsed on this machine.
pub fn disaggc(arguments: &[&str]) -> Option<Output> {
    let output = Command::new(env!("CARGO_BIN_EXE_disaggc")).args(arguments).output().expect("it runs");
    if output.status.code() == Some(2) {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "{why}");
        eprintln!("SKIPPED: no rehearsal on this machine: {why}");
        return None;
    }
    Some(output)
}

/// Where Python software is kept from one test to the next.
pub fn cache() -> String {
    let cache = super::top().join("target/rehearsal");
    std::fs::create_dir_all(&cache).expect("target is writable");
    cache.canonicalize().expect("there").to_str().expect("UTF-8").to_owned()
}

pub fn example(name: &str) -> String {
    super::top().join("examples").join(name).join("topo.kdl").to_str().expect("UTF-8").to_owned()
}

/// What a rehearsal said, and what it left.
pub struct Rehearsal {
    pub said: String,
    pub passed: bool,
    pub folder: TempDir,
}

impl Rehearsal {
    pub fn run_folder(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    pub fn result(&self) -> Value {
        let path = self.run_folder().join("result.json");
        let text = std::fs::read(path).unwrap_or_else(|e| panic!("no result.json ({e}): {}", self.said));
        let result: Value = serde_json::from_slice(&text)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&text)));
        let schema = super::top().join("book/src/schema/result.json");
        let schema: Value = serde_json::from_slice(&std::fs::read(schema).expect("there")).expect("JSON");
        let validator = jsonschema::draft202012::new(&schema).expect("a schema");
        let faults: Vec<String> = validator.iter_errors(&result).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{}: {result}", faults.join("; "));
        result
    }

    pub fn log(&self, step: &str) -> String {
        let bytes = std::fs::read(self.run_folder().join(format!("log/{step}.log"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Every rank sat where the plan says, and saw the GPUs that it says.
    pub fn assert_placed(&self, plan: &Plan) {
        let result = self.result();
        for step in &plan.steps {
            let gpus = |share: &Share| share.gpus.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            let host = |share: &Share| format!("node{}", share.node + 1);
            let found = result["steps"]
                .as_array()
                .expect("a list")
                .iter()
                .find(|found| found["name"] == step.name.as_str());
            assert_eq!(found.expect("it ran")["node"], host(&step.nodes[0]), "{}", step.name);
            if plan.role(step).part == Part::Worker {
                let places = step.nodes.iter().map(|share| format!("{}:{}", host(share), gpus(share)));
                let placed = format!(" on {}\n", places.collect::<Vec<_>>().join(" "));
                let log = self.log(&step.name);
                assert!(
                    log.contains("engine of ") && log.contains(&placed),
                    "{}: {placed} is not in {log}",
                    step.name
                );
            }
        }
    }

    /// `failed`, with a cause that names the step and says `words`.
    pub fn assert_cause(&self, step: &str, words: &str) {
        let result = self.result();
        assert!(!self.passed, "{}", self.said);
        assert_eq!(result["verdict"], "failed", "{result}");
        assert_eq!(result["cause"]["step"], step, "{result}");
        let message = result["cause"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{message}");
    }
}

pub fn rehearse(arguments: &[&str]) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("run");
    let run = run.to_str().expect("UTF-8");
    let output = disaggc(&[&["rehearse", "--run-folder", run], arguments].concat())?;
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some(Rehearsal { said, passed: output.status.success(), folder })
}

/// The client's numbers at each concurrency: all requests came back, with as many tokens as asked for.
pub fn assert_served(rehearsal: &Rehearsal, requests: &[u64], osl: u64) {
    assert!(rehearsal.passed, "{}", rehearsal.said);
    let result = rehearsal.result();
    assert_eq!(result["verdict"], "passed");
    let clients: Vec<&Value> =
        result["steps"].as_array().expect("a list").iter().filter(|s| s["part"] == "client").collect();
    assert_eq!(clients.len(), requests.len());
    for (client, requests) in clients.iter().zip(requests) {
        let metrics = &client["metrics"];
        assert_eq!(metrics["completed"], *requests, "{client}");
        assert_eq!(metrics["output_tokens"], requests * osl, "{client}");
    }
}

/// Rehearses a topology that is no example.
pub fn rehearse_text(text: &str) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let topology = folder.path().join("topo.kdl");
    std::fs::write(&topology, text).expect("writable");
    rehearse(&[topology.to_str().expect("UTF-8")])
}

/// Changes a file of a bundle, in one place.
pub fn edit(path: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(path).expect("there");
    assert!(text.contains(old), "{} has no {old:?}", path.display());
    std::fs::write(path, text.replacen(old, new, 1)).expect("writable");
}
