//! Run folders made by hand, and what is read from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::slurm::Job;
use super::*;

pub const BEGAN: u64 = 1_700_000_000;

/// A run folder with its bundle beside it.
pub struct Fixture {
    _temporary: tempfile::TempDir,
    pub folder: PathBuf,
    bundle: PathBuf,
}

impl Fixture {
    /// A job of `(step, role, part)` that has just begun.
    pub fn new(steps: &[(&str, &str, &str)]) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("dsr1-1k1k-4711");
        let bundle = temporary.path().join("bundle");
        for below in ["hosts", "state", "log", "results"] {
            fs::create_dir_all(folder.join(below)).unwrap();
        }
        fs::create_dir_all(bundle.join("steps")).unwrap();
        std::os::unix::fs::symlink(bundle.join("steps"), folder.join("steps")).unwrap();
        let mut roles: Vec<_> = steps.iter().map(|(_, role, part)| (*role, *part)).collect();
        roles.dedup();
        let plan = serde_json::json!({
            "schema": 2, "topology": "dsr1-1k1k", "mode": "e2e",
            "roles": roles.iter().map(|(name, part)| serde_json::json!({"name": name, "part": part})).collect::<Vec<_>>(),
            "steps": steps.iter().map(|(name, role, _)| serde_json::json!({"name": name, "role": role})).collect::<Vec<_>>(),
        });
        fs::write(bundle.join("plan.json"), plan.to_string()).unwrap();
        let fixture = Fixture { _temporary: temporary, folder, bundle };
        fixture.record("job.began", format!("{BEGAN} 4711"))
    }

    /// Two context servers, one generation server on two nodes, a coordinator, and two clients.
    pub fn small() -> Self {
        Fixture::new(&[
            ("ctx_0", "ctx", "worker"),
            ("ctx_1", "ctx", "worker"),
            ("gen_0", "gen", "worker"),
            ("server", "server", "coordinator"),
            ("benchmark_1", "benchmark", "client"),
            ("benchmark_64", "benchmark", "client"),
        ])
        .hosts("ctx_0", "node00\nnode00\n")
        .hosts("ctx_1", "node01\nnode01\n")
        .hosts("gen_0", "node02\nnode02\nnode03\nnode03\n")
        .hosts("server", "node00\n")
        .hosts("benchmark_1", "node00\n")
        .hosts("benchmark_64", "node00\n")
    }

    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub fn record(self, name: &str, line: impl AsRef<str>) -> Self {
        self.file(&format!("state/{name}"), format!("{}\n", line.as_ref()))
    }

    pub fn hosts(self, step: &str, lines: &str) -> Self {
        self.file(&format!("hosts/{step}"), lines)
    }

    pub fn log(self, step: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.file(&format!("log/{step}.log"), bytes)
    }

    pub fn started(self, step: &str, second: u64) -> Self {
        self.record(&format!("{step}.started"), second.to_string())
    }

    pub fn ready(self, step: &str, second: u64) -> Self {
        self.record(&format!("{step}.ready"), second.to_string())
    }

    pub fn ended(self, step: &str, code: i32, second: u64) -> Self {
        self.record(&format!("{step}.ended"), format!("{code} {second}"))
    }

    /// All servers of `small` are ready.
    pub fn serving(self) -> Self {
        let fixture = self.started("ctx_0", 1).started("ctx_1", 1).started("gen_0", 1).started("server", 95);
        let fixture = fixture.ready("ctx_0", 61).ready("ctx_1", 64).ready("gen_0", 94).ready("server", 97);
        fixture
            .log("ctx_0", "loading\nINFO: application startup complete\n")
            .log("ctx_1", "loading\nINFO: application startup complete\n")
            .log("gen_0", "loading\nINFO: 10.0.0.1:1234 - POST /v1/completions HTTP/1.1 200 OK, and more that nobody needs\n")
            .log("server", "INFO: serving on port 8333\n")
    }

    /// The clients of `small` have measured, and it passed.
    pub fn passed(self) -> Self {
        let fixture = self.serving().started("benchmark_1", 98).ended("benchmark_1", 0, 190);
        fixture
            .started("benchmark_64", 191)
            .ended("benchmark_64", 0, 300)
            .log("benchmark_1", "done\n")
            .log("benchmark_64", "done\n")
            .file(
                "results/benchmark_1/metrics",
                "requests=8\nfailed=0\noutput_tokens_per_second=101.26\nmean_ttft_ms=35.125\n",
            )
            .file(
                "results/benchmark_64/metrics",
                "requests=512\nfailed=0\noutput_tokens_per_second=4811.5\nmean_ttft_ms=212.5\n",
            )
            .record("job.verdict", "passed 300")
            .stopped(&["ctx_0", "ctx_1", "gen_0", "server"], 304)
            .result("passed", 305, "null")
    }

    pub fn stopped(mut self, steps: &[&str], second: u64) -> Self {
        for step in steps {
            self = self.record(&format!("{step}.exit"), "143 node00 terminated").ended(step, 143, second);
        }
        self
    }

    /// `result.json` without steps: they have their records.
    pub fn result(self, verdict: &str, seconds: u64, cause: &str) -> Self {
        let text = format!(
            r#"{{"schema": 2, "topology": "dsr1-1k1k", "mode": "e2e", "job": "4711", "plan": "", "began": {BEGAN},
                "verdict": "{verdict}", "cause": {cause}, "seconds": {seconds}, "steps": []}}"#
        );
        self.file("result.json", text)
    }

    /// `gen_0` dies while the client runs.
    pub fn failed(self) -> Self {
        self.serving()
            .started("benchmark_1", 98)
            .log("benchmark_1", "12 of 64 requests done\n")
            .log("gen_0", "step 9\n[ERROR] CUDA error: an illegal memory access was encountered\n")
            .record("gen_0.exit", "137 node03 by-itself")
            .ended("gen_0", 137, 131)
            .record("job.verdict", "failed 133")
            .stopped(&["ctx_0", "ctx_1", "server", "benchmark_1"], 136)
            .result(
                "failed",
                137,
                r#"{"step": "gen_0", "role": "gen", "node": "node03", "message": "gen_0 ended early on node03 with code 137 (signal 9)\n[ERROR] CUDA error: an illegal memory access was encountered"}"#,
            )
    }

    /// 18 generation servers of which most are ready, 4 context servers, a coordinator, a client.
    pub fn big() -> Self {
        let name = |role: &str, n: u32| format!("{role}_{n}");
        let servers = (0..18).map(|n| ("gen", n)).chain((0..4).map(|n| ("ctx", n)));
        let servers: Vec<_> = servers.map(|(role, n)| (name(role, n), role)).collect();
        let mut steps: Vec<_> = servers.iter().map(|(name, role)| (name.as_str(), *role, "worker")).collect();
        steps.push(("server", "server", "coordinator"));
        steps.push(("benchmark_256", "benchmark", "client"));
        let mut fixture = Fixture::new(&steps);
        for (index, (name, role)) in servers.iter().enumerate() {
            fixture = fixture
                .hosts(name, &format!("node{index:02}\n"))
                .started(name, 2)
                .log(name, format!("{name} loads its weights\n"));
            if *role == "gen" && index != 11 {
                fixture = fixture.ready(name, 100 + index as u64);
            }
        }
        fixture.hosts("server", "node18\n").hosts("benchmark_256", "node18\n")
    }

    /// As it is `seconds` after the job's start.
    pub fn read(&self, seconds: u64) -> Run {
        read(&self.folder, BEGAN + seconds).unwrap()
    }

    /// All records are from this second of the job.
    pub fn aged(self, second: u64) -> Self {
        let then = UNIX_EPOCH + Duration::from_secs(BEGAN + second);
        for entry in fs::read_dir(self.folder.join("state")).unwrap() {
            fs::File::open(entry.unwrap().path()).unwrap().set_modified(then).unwrap();
        }
        self
    }

    pub fn without_bundle(self) -> Self {
        fs::remove_dir_all(&self.bundle).unwrap();
        self
    }
}

fn states(run: &Run) -> Vec<(&str, State)> {
    run.steps.iter().map(|step| (step.name.as_str(), step.state)).collect()
}

fn job(state: &str) -> Answer {
    Answer::Job(Job { state: state.into(), ..Job::default() })
}

#[test]
fn a_job_goes_from_waiting_to_ready() {
    use State::*;
    let fixture = Fixture::small().started("ctx_0", 1).started("gen_0", 2).ready("gen_0", 40);
    let run = fixture.read(50);
    let begin = &states(&run)[..4];
    assert_eq!(begin, [("ctx_0", Starting), ("ctx_1", Waiting), ("gen_0", Ready), ("server", Waiting)]);
    assert_eq!((run.verdict, run.over, run.seconds), (None, false, Some(50)));
    assert_eq!(run.steps[2].nodes, ["node02", "node03"]);
    let run = fixture.serving().started("benchmark_1", 98).read(120);
    assert_eq!(states(&run)[3..], [("server", Ready), ("benchmark_1", Running), ("benchmark_64", Waiting)]);
}

#[test]
fn the_end_has_one_failure_and_its_consequences() {
    use State::*;
    let run = Fixture::small().failed().read(1000);
    let expected = [Stopped, Stopped, Failed, Stopped, Stopped, NotStarted];
    assert_eq!(states(&run).iter().map(|(_, state)| *state).collect::<Vec<_>>(), expected);
    assert_eq!((run.verdict, run.over, run.seconds), (Some(Verdict::Failed), true, Some(133)));
    assert_eq!(run.steps[2].code, Some(137));
    let run = Fixture::small().passed().read(1000);
    let expected = [Stopped, Stopped, Stopped, Stopped, Done, Done];
    assert_eq!(states(&run).iter().map(|(_, state)| *state).collect::<Vec<_>>(), expected);
}

#[test]
fn between_verdict_and_end_steps_are_stopped() {
    let fixture = Fixture::small().serving().ended("gen_0", 1, 110).record("job.verdict", "failed 111");
    let run = fixture.read(112);
    assert_eq!(
        states(&run)[..3],
        [("ctx_0", State::Stopping), ("ctx_1", State::Stopping), ("gen_0", State::Failed)]
    );
    assert!(!run.over);
    // Nobody stopped them, long after: the job was ended.
    let run = fixture.aged(111).read(300);
    assert!(run.over);
    assert_eq!(states(&run)[0], ("ctx_0", State::CutOff));
}

#[test]
fn a_server_may_end_well_only_where_the_plan_says_so() {
    let fixture = Fixture::small().serving().ended("gen_0", 0, 110);
    assert_eq!(fixture.read(111).steps[2].state, State::Failed);
    let plan = fs::read_to_string(fixture.bundle.join("plan.json")).unwrap();
    let plan = plan.replace(r#""name":"gen","#, r#""ends_itself":true,"name":"gen","#);
    fs::write(fixture.bundle.join("plan.json"), plan).unwrap();
    assert_eq!(fixture.read(111).steps[2].state, State::Done);
}

#[test]
fn what_slurm_says_counts_only_without_a_verdict() {
    let fixture = Fixture::small().serving().aged(97);
    let mut run = fixture.read(500);
    run.hear(&job("RUNNING"), 0);
    assert_eq!((run.verdict, run.over), (None, false));
    run.hear(&job("NODE_FAIL"), 0);
    assert_eq!((run.verdict, run.over, run.seconds), (Some(Verdict::Infrastructure), true, Some(97)));
    assert_eq!(run.steps[0].state, State::CutOff);
    let mut run = fixture.read(500);
    run.hear(&Answer::Gone("gone".into()), 0);
    assert_eq!((run.verdict, run.over, run.note.as_deref()), (None, true, Some("gone")));
    let mut run = Fixture::small().passed().read(500);
    run.hear(&job("NODE_FAIL"), 0);
    assert_eq!(run.verdict, Some(Verdict::Passed));
}

#[test]
fn records_alone_are_enough() {
    let run = Fixture::small().serving().started("benchmark_1", 98).without_bundle().read(120);
    assert_eq!((run.topology.as_str(), run.job.as_deref()), ("dsr1-1k1k", Some("4711")));
    let names: Vec<_> = run.steps.iter().map(|step| (step.name.as_str(), step.role.as_str())).collect();
    assert_eq!(names[..4], [("ctx_0", "ctx"), ("ctx_1", "ctx"), ("gen_0", "gen"), ("server", "server")]);
    assert_eq!(names[4..], [("benchmark_1", "benchmark"), ("benchmark_64", "benchmark")]);
    let run = Fixture::small().without_bundle().read(3);
    assert_eq!(run.steps.len(), 6);
}

#[test]
fn a_result_alone_is_enough() {
    let fixture = Fixture::small().without_bundle().file(
        "result.json",
        r#"{"schema": 1, "topology": "t", "mode": "e2e", "job": "7", "verdict": "passed", "cause": null, "seconds": 9,
            "steps": [{"name": "agg_0", "part": "worker", "node": "n1", "started": 0, "ready": 2, "ended": 9, "code": 143},
                      {"name": "client", "part": "client", "node": "n1", "started": 2, "ready": null, "ended": 8, "code": 0,
                       "metrics": {"b": 1, "a": 2.5}}]}"#,
    );
    for below in ["state", "hosts", "log", "results"] {
        fs::remove_dir_all(fixture.folder.join(below)).unwrap();
    }
    let run = fixture.read(1000);
    assert_eq!(states(&run), [("agg_0", State::Stopped), ("client", State::Done)]);
    assert_eq!((run.topology.as_str(), run.verdict, run.seconds), ("t", Some(Verdict::Passed), Some(9)));
    assert_eq!(run.steps[1].metrics.keys().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!((run.steps[0].role.as_str(), run.steps[0].nodes.len()), ("agg", 1));
}

#[test]
fn damaged_records_are_no_reason_to_stop() {
    let run = Fixture::small()
        .file("state/job.began", b"\xff\xfe")
        .file("state/ctx_0.started", "")
        .record("ctx_1.started", "18446744073709551615")
        .record("gen_0.ended", "x y z")
        .file("state/job.verdict", "maybe\n")
        .hosts("gen_0", "")
        .file("results/benchmark_1/metrics", b"a=1\nb=NaN\n=3\nc\n\xff=1\nd=0x1\n")
        .read(10);
    assert_eq!((run.verdict, run.began, run.job.as_deref()), (None, None, Some("4711")));
    assert_eq!(run.steps[4].metrics.keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_preparation_has_a_log_on_each_node() {
    let run = Fixture::new(&[("prepare", "prepare", "preparation")])
        .hosts("prepare", "n0\nn1\n")
        .started("prepare", 0)
        .file("log/prepare-n1.log", "+ pip install x\n")
        .read(1);
    assert_eq!(run.steps[0].last_line, "+ pip install x");
    assert_eq!(run.steps[0].state, State::Running);
}

#[test]
fn other_folders_are_refused() {
    let fixture = Fixture::small();
    let why = |path: &Path| read(path, 0).unwrap_err().to_string();
    assert!(why(&fixture.folder.join("gone")).ends_with("can't be read: there is no such file"));
    assert!(why(&fixture.folder.join("hosts/ctx_0")).contains("it is a file"));
    assert!(why(&fixture.folder.join("hosts")).contains("no folder state"));
    fs::write(fixture.bundle.join("job.sbatch"), "").unwrap();
    assert!(why(&fixture.bundle).contains("it is a bundle"));
    let result = |text: &str| why(&Fixture::small().file("result.json", text).folder);
    assert!(result("{").contains("it is no result"));
    let future = r#"{"schema": 3, "topology": "t", "verdict": "passed", "seconds": 1}"#;
    assert!(result(future).contains("its schema is 3, and this disaggc knows 1 and 2"));
}

#[test]
fn a_restarted_jobs_folder_says_so() {
    for (name, number, topology, id) in [
        ("a-b-12", 0, "a-b", Some("12")),
        ("a-r2-12-r3", 3, "a-r2", Some("12")),
        ("run", 0, "run", None),
        ("x-r1", 1, "x", None),
    ] {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join(name);
        fs::create_dir_all(folder.join("state")).unwrap();
        let run = read(&folder, 0).unwrap();
        assert_eq!((restart(&folder), run.topology.as_str(), run.job.as_deref()), (number, topology, id));
    }
}
