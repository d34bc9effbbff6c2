//! What goes wrong while a job runs, on a private Slurm: each fault has a verdict that names who failed, where and
//! how, and leaves no process behind. Needs what `tests/rehearsal.rs` does.

mod support;

use std::path::Path;

use support::rehearsal::{Rehearsal, disaggc, edit, rehearse};

/// Two context servers and a generation server over two nodes.
const TOPOLOGY: &str = r#"
use "cluster/local"
use "engine/trtllm"
topology "faults" {
    model "m"
    slurm time="30"
    health-timeout 8
    ready-timeout 20
    ctx replicas=2 tp=2
    gen tp=4
    server on="gen"
    benchmark on="gen" { isl 64; osl 512; concurrency 8; requests 20000; timeout 900 }
}
"#;

/// A short benchmark, for faults before it.
const SHORT: &[&str] = &["benchmark.requests=16", "benchmark.osl=8"];

struct Fault<'a> {
    sets: &'a [&'a str],
    /// Given to the rehearsal.
    faults: &'a [&'a str],
    /// Breaks the bundle.
    edit: &'a dyn Fn(&Path),
}

impl Default for Fault<'_> {
    fn default() -> Self {
        Fault { sets: &[], faults: &[], edit: &|_| {} }
    }
}

impl Fault<'_> {
    fn rehearse(&self) -> Option<Rehearsal> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let topology = folder.path().join("topo.kdl");
        std::fs::write(&topology, TOPOLOGY).expect("writable");
        let topology = topology.to_str().expect("UTF-8");
        let bundle = folder.path().join("bundle");
        let bundle_path = bundle.to_str().expect("UTF-8");
        let sets: Vec<&str> = self.sets.iter().flat_map(|s| ["--set", s]).collect();
        let output = disaggc(&[&["build", topology, "-o", bundle_path], &sets[..]].concat())?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (self.edit)(&bundle);
        let faults: Vec<&str> = self.faults.iter().flat_map(|f| ["--fault", f]).collect();
        rehearse(&[&[topology, "--bundle", bundle_path], &sets[..], &faults[..]].concat())
    }

    /// The verdict and its cause; `None` where nothing can be rehearsed.
    fn assert(
        &self,
        verdict: &str,
        step: Option<&str>,
        node: Option<&str>,
        words: &str,
    ) -> Option<Rehearsal> {
        let rehearsal = self.rehearse()?;
        let result = rehearsal.result();
        let cause = &result["cause"];
        assert_eq!(result["verdict"], verdict, "{}", rehearsal.said);
        assert!(!rehearsal.said.contains("left behind"), "{}", rehearsal.said);
        assert_eq!(cause["step"].as_str(), step, "{}", rehearsal.said);
        if node.is_some() {
            assert_eq!(cause["node"].as_str(), node, "{}", rehearsal.said);
        }
        let message = cause["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{message}");
        assert!(!rehearsal.passed, "{}", rehearsal.said);
        for step in result["steps"].as_array().expect("a list") {
            assert_eq!(step["started"].is_null(), step["ended"].is_null(), "{step}");
        }
        Some(rehearsal)
    }
}

/// Puts a line before the program of a step's script.
fn before(bundle: &Path, script: &str, line: &str) {
    edit(&bundle.join("steps").join(script), "supervise \\\n", &format!("{line}\nsupervise \\\n"));
}

/// Puts another program in the place of a step's.
fn instead(bundle: &Path, script: &str, program: &str) {
    edit(&bundle.join("steps").join(script), "supervise \\\n", &format!("supervise {program} \\\n"));
}

const SILENT: &str = "python3 -c 'import time; time.sleep(1000)'";

#[test]
fn a_server_that_never_gets_ready() {
    let edit = |bundle: &Path| instead(bundle, "ctx.command.sh", SILENT);
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("ctx_0"), Some("node2"), "was not ready within 20 s");
}

/// It listens, and says that it is not ready for ever.
#[test]
fn a_server_that_answers_503_for_ever() {
    let program = "python3 -c '
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)
http.server.HTTPServer((\"\", int(os.environ[\"DISAGGC_PORT\"])), Handler).serve_forever()'";
    let edit = |bundle: &Path| instead(bundle, "gen.command.sh", program);
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("gen_0"), Some("node1"), "never answered 200");
}

/// It says that it is ready, but sends nothing on.
#[test]
fn a_coordinator_that_routes_nowhere() {
    let program = "python3 -c '
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def do_POST(self):
        self.send_error(502, \"no worker\")
http.server.HTTPServer((\"\", int(os.environ[\"DISAGGC_PORT\"])), Handler).serve_forever()'";
    let edit = |bundle: &Path| instead(bundle, "server.sh", program);
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("server"), Some("node1"), "no request got through it");
}

#[test]
fn an_engine_that_exits_0_early() {
    let edit = |bundle: &Path| instead(bundle, "ctx.command.sh", "true");
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("ctx_0"), Some("node2"), "ended early on node2 with code 0");
}

#[test]
fn an_engine_that_crashes_at_start() {
    let line = "printf '[ERROR] no such model\\n'; record_exit 3; exit 0";
    let edit = |bundle: &Path| before(bundle, "gen.command.sh", line);
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    let words = "code 3\n[ERROR] no such model";
    fault.assert("failed", Some("gen_0"), Some("node1"), words);
}

#[test]
fn no_token_at_all() {
    let edit = |bundle: &Path| {
        let results = bundle.join("steps/results.py");
        std::fs::write(results, "print('requests=16')\nprint('failed=0')\nprint('output_tokens=0')\n")
            .expect("writable");
    };
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("benchmark_8"), Some("node1"), "no token was generated");
}

#[test]
fn requests_that_fail() {
    let edit = |bundle: &Path| {
        let results = bundle.join("steps/results.py");
        std::fs::write(results, "print('requests=16')\nprint('failed=3')\nprint('output_tokens=9')\n")
            .expect("writable");
    };
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert(
        "failed",
        Some("benchmark_8"),
        Some("node1"),
        "3 of 16 requests of benchmark_8 failed, 0 may",
    );
    let sets = [SHORT, &["benchmark.max-failed=3"]].concat();
    let Some(rehearsal) = (Fault { sets: &sets, edit: &edit, ..Fault::default() }).rehearse() else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
}

#[test]
fn a_client_that_crashes() {
    let edit =
        |bundle: &Path| instead(bundle, "benchmark.sh", "python3 -c 'raise SystemExit(\"bad client\")'");
    let fault = Fault { sets: SHORT, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("benchmark_8"), Some("node1"), "failed on node1 with code 1");
}

#[test]
fn a_client_that_hangs() {
    let edit = |bundle: &Path| instead(bundle, "benchmark.sh", SILENT);
    let sets = [SHORT, &["benchmark.timeout=5"]].concat();
    let fault = Fault { sets: &sets, edit: &edit, ..Fault::default() };
    fault.assert("failed", Some("benchmark_8"), Some("node1"), "did not end within 5 s");
}

/// Seconds of the job's own clock.
fn record(rehearsal: &Rehearsal, name: &str, word: usize) -> i64 {
    let path = rehearsal.run_folder().join("state").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}: {}", rehearsal.said));
    text.split_whitespace().nth(word).and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{name}: {text}"))
}

/// When the rehearsal broke something, by the job's own clock.
fn broken_at(rehearsal: &Rehearsal) -> i64 {
    let said =
        rehearsal.said.split("fault: ").nth(1).unwrap_or_else(|| panic!("no fault: {}", rehearsal.said));
    let before = said.split(" s after the job's start").next().unwrap_or_default();
    before.split_whitespace().last().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

/// The fault has its verdict, at most so many seconds later, and the job is over soon after.
fn named_within(seconds: i64, fault: &str, verdict: &str, steps: &[&str], node: Option<&str>, words: &str) {
    let fault = Fault { faults: &[fault], ..Fault::default() };
    let Some(rehearsal) = fault.rehearse() else { return };
    let result = rehearsal.result();
    assert!(!rehearsal.passed, "{}", rehearsal.said);
    assert_eq!(result["verdict"], verdict, "{}", rehearsal.said);
    let step = result["cause"]["step"].as_str().unwrap_or_default();
    assert!(steps.contains(&step), "{step}: {}", rehearsal.said);
    if node.is_some() {
        assert_eq!(result["cause"]["node"].as_str(), node, "{}", rehearsal.said);
    }
    let message = result["cause"]["message"].as_str().unwrap_or_default();
    assert!(message.contains(words), "{message}");
    assert!(!rehearsal.said.contains("left behind"), "{}", rehearsal.said);
    let verdict = record(&rehearsal, "job.verdict", 1);
    // The two clocks are cut to whole seconds.
    assert!(verdict - broken_at(&rehearsal) <= seconds + 1, "{}", rehearsal.said);
    assert!(record(&rehearsal, "job.over", 0) - verdict <= 20, "{}", rehearsal.said);
}

const WORDS: &str = "ended early on";

#[test]
fn a_rank_that_is_killed_while_its_server_starts() {
    named_within(5, "kill gen[0] rank 2 when gen[0] starts", "failed", &["gen_0"], Some("node1"), WORDS);
}

#[test]
fn a_rank_that_is_killed_under_load() {
    named_within(5, "kill gen[0] rank 3 under load", "failed", &["gen_0"], Some("node1"), WORDS);
}

#[test]
fn a_leader_that_is_killed_under_load() {
    named_within(5, "kill ctx[1] under load", "failed", &["ctx_1"], Some("node2"), WORDS);
}

#[test]
fn a_coordinator_that_is_killed_under_load() {
    named_within(8, "kill server under load", "failed", &["server"], Some("node1"), WORDS);
}

#[test]
fn a_client_that_is_killed() {
    named_within(15, "kill benchmark under load", "failed", &["benchmark_8"], Some("node1"), "signal 9");
}

/// Nothing ends: only that it does not answer any more.
#[test]
fn a_server_that_hangs() {
    named_within(25, "hang ctx[0] under load", "failed", &["ctx_0"], Some("node2"), "has not answered for");
}

/// Slurm would notice after minutes.
#[test]
fn a_node_that_is_cut_off() {
    let steps = ["ctx_0", "ctx_1"];
    named_within(25, "cut node 2 under load", "failed", &steps, Some("node2"), "has not answered for");
}

#[test]
fn a_port_that_is_taken() {
    let fault = Fault { sets: SHORT, faults: &["take port ctx[1]"], ..Fault::default() };
    let words = "port 8001 of node2, which the plan gives to ctx_1, is taken";
    fault.assert("failed", Some("ctx_1"), Some("node2"), words);
}

#[test]
fn a_file_system_without_room() {
    let fault = Fault { faults: &["full disk under load"], ..Fault::default() };
    fault.assert("infrastructure", None, None, "nothing can be written to the run folder");
}

#[test]
fn a_job_that_is_cancelled() {
    let fault = Fault { faults: &["cancel under load"], ..Fault::default() };
    fault.assert("cancelled", None, None, "the job was cancelled");
}

#[test]
fn a_job_at_its_time_limit() {
    let sets = ["slurm.time=2", "benchmark.requests=2000000", "benchmark.timeout=600"];
    let fault = Fault { sets: &sets, ..Fault::default() };
    fault.assert("timeout", None, None, "time limit");
}

/// A job goes on where nothing is lost that it needs.
fn survives(fault: &str) {
    let Some(rehearsal) = (Fault { faults: &[fault], ..Fault::default() }).rehearse() else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    assert!(rehearsal.said.contains("fault: "), "{}", rehearsal.said);
    assert!(!rehearsal.said.contains("left behind"), "{}", rehearsal.said);
}

/// Steps live on without it: no failure before Slurm says so.
#[test]
fn slurmd_is_killed() {
    survives("kill slurmd node 2 under load");
}

#[test]
fn slurmctld_is_restarted() {
    survives("restart slurmctld under load");
}

/// The second run has a folder of its own, and passes.
#[test]
fn a_job_that_is_requeued() {
    let requeue =
        |bundle: &Path| edit(&bundle.join("job.sbatch"), "#SBATCH --no-requeue", "#SBATCH --requeue");
    let fault = Fault { faults: &["requeue under load"], edit: &requeue, ..Fault::default() };
    let Some(rehearsal) = fault.rehearse() else { return };
    assert!(rehearsal.passed, "{}", rehearsal.said);
}

/// By the job's own clock.
#[test]
fn a_dead_server_ends_the_job_at_once() {
    let line = "(sleep 3; pkill -KILL -P $$ -f disaggregated) &";
    let edit = |bundle: &Path| before(bundle, "server.sh", line);
    let fault = Fault { edit: &edit, ..Fault::default() };
    let Some(rehearsal) = fault.assert("failed", Some("server"), Some("node1"), "ended early") else {
        return;
    };
    let verdict = record(&rehearsal, "job.verdict", 1);
    assert!(verdict - record(&rehearsal, "server.ended", 1) <= 5, "{}", rehearsal.said);
}
