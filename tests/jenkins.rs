//! Pipelines: Groovy executes what was written, with the steps of `jenkins/execute.groovy`, on a private Slurm.

mod support;
#[path = "jenkins/texts.rs"]
mod texts;
#[path = "jenkins/written.rs"]
mod written;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use disaggc::plan::Plan;
use serde_json::{Value, json};
use support::slurm::Slurm;
use support::top;

/// Debian's Groovy with its Ant, and the Java that both run on; `None`, with a note, where they are missing.
fn groovy(mut command: Command, script: &str) -> Option<Command> {
    let java = fs::read_dir("/usr/lib/jvm").ok().and_then(|entries| {
        let paths = entries.flatten().map(|entry| entry.path());
        paths
            .filter(|path| path.to_string_lossy().contains("java-17-openjdk-"))
            .find(|path| path.join("bin/java").exists())
    });
    let Some(java) = java.filter(|_| Path::new("/usr/bin/groovy").exists()) else {
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "groovy or Java 17 is missing");
        eprintln!("SKIPPED: groovy or Java 17 is not installed");
        return None;
    };
    // Java's statistics in /tmp would clash: each private Slurm counts its processes from 1.
    command
        .env("JAVA_HOME", java)
        .env("CLASSPATH", "/usr/share/java/ant.jar")
        .env("JAVA_OPTS", "-XX:-UsePerfData")
        .stdin(Stdio::null());
    command.args(["-c", "exec groovy \"$@\"", "groovy"]);
    command.arg(top().join("tests/jenkins").join(script));
    Some(command)
}

fn events(output: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(output);
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{text}"))).collect()
}

/// One node with one GPU; `jenkins` and more stand in `rest`.
fn topology(name: &str, requests: u32, rest: &str) -> String {
    format!(
        "use \"cluster/local\"\nuse \"engine/trtllm\"\ncluster \"workstation\" extends=\"local\" {{ gpus-per-node 1 }}\n\
         topology \"{name}\" {{\n    model \"tiny-llama\"\n    agg tp=1 {{ config {{ max_batch_size 16; max_num_tokens 2048 }} }}\n    \
         {rest}\n}}\n"
    )
    .replace("BENCHMARK", &format!("isl 16; osl 8; concurrency 1; requests {requests}"))
}

/// A repository with topologies and the pipeline that disaggc wrote for them.
struct Pipeline<'a> {
    slurm: &'a Slurm,
    workspace: PathBuf,
}

impl<'a> Pipeline<'a> {
    fn new(slurm: &'a Slurm, name: &str, topologies: &[(&str, u32, &str, &str)]) -> Self {
        let workspace = slurm.work.join(name);
        fs::create_dir_all(workspace.join("ci")).expect("writable");
        for (name, requests, jenkins, rest) in topologies {
            let program = env!("CARGO_BIN_EXE_disaggc");
            let block = format!("jenkins {{ agent \"slurm\"; program \"{program}\"; {jenkins} }}");
            let text = topology(name, *requests, &format!("{block}\n    {rest}"));
            fs::write(workspace.join(format!("ci/{name}.kdl")), text).expect("writable");
        }
        let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .current_dir(&workspace)
            .args(["jenkins", "ci"])
            .output()
            .expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Pipeline { slurm, workspace }
    }

    fn start(&self, settings: &[&str]) -> Option<Child> {
        let java = groovy(self.slurm.command("bash"), "execute.groovy")?;
        // Settings stand before the script.
        let mut words: Vec<_> = java.get_args().map(std::ffi::OsStr::to_owned).collect();
        let script = words.pop().expect("the script");
        let mut command = Command::new(java.get_program());
        command.env_clear().envs(java.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(words).args(settings.iter().map(|setting| format!("-D{setting}"))).arg(script);
        command.args([self.workspace.join("Jenkinsfile"), self.workspace.clone()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Some(command.spawn().expect("nsenter starts"))
    }

    fn end(&self, child: Child) -> Build {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(self.slurm.jobs(), "", "the build has ended");
        Build(events(&output.stdout))
    }

    /// The run folder of a topology's job, as soon as this record is in it.
    fn record(&self, topology: &str, record: &str) -> PathBuf {
        let folder = self.workspace.join(".disaggc").join(topology);
        let patience = Instant::now() + Duration::from_secs(90);
        loop {
            let id = fs::read_to_string(folder.join("job")).unwrap_or_default();
            let run = folder.join(format!("{topology}-{}", id.trim()));
            if run.join("state").join(record).exists() {
                return run;
            }
            assert!(Instant::now() < patience, "no {record} of {topology}");
            sleep(Duration::from_millis(50));
        }
    }
}

struct Build(Vec<Value>);

impl Build {
    fn of(&self, event: &str, stage: &str) -> &Value {
        let mut found = self.0.iter().filter(|e| e["event"] == event && e["stage"] == stage);
        found.next().unwrap_or_else(|| panic!("no {event} of {stage}: {:#?}", self.0))
    }

    fn result(&self, stage: &str) -> &str {
        self.of("stage", stage)["result"].as_str().expect("text")
    }

    /// The result of the build, which is the last event.
    fn whole(&self) -> &str {
        self.0.last().expect("events")["result"].as_str().expect("text")
    }

    /// What kind of failures the stage's test report has.
    fn failures(&self, stage: &str) -> Vec<&str> {
        self.of("junit", stage)["cases"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|c| c["failure"].as_str())
            .collect()
    }

    fn has_archived(&self, stage: &str, file: &str) -> bool {
        let files = self.of("archive", stage)["files"].as_array().expect("a list");
        files.iter().any(|f| *f == json!(format!(".disaggc/{stage}/{file}")))
    }

    fn log(&self, stage: &str) -> &str {
        self.of("sh", stage)["log"].as_str().expect("text")
    }
}

const SERVES: &str = "benchmark { BENCHMARK }";

/// Jobs that pass, fail, die and never start: each stage has its own result, and none hinders another.
#[test]
fn every_stage_has_its_own_result() {
    let Some(slurm) = Slurm::start(2) else { return };
    let shared = "credentials \"token\" as=\"TOKEN\"; parallel 2; archive \"results/**\"; branches \"main\"; \
                  on \"failure\" { mail \"a@example.com\"; slack \"#ci\" }; on \"success\" { mail \"b@example.com\" }";
    let pipeline = Pipeline::new(
        &slurm,
        "results",
        &[
            (
                "passes",
                4,
                shared,
                "prepare { run \"bash\" \"-c\" \"echo token is $TOKEN\" }; benchmark { BENCHMARK }",
            ),
            ("fails", 4, shared, "benchmark { BENCHMARK; args \"--no-such-option\" }"),
            ("dies", 1_000_000, shared, SERVES),
            (
                "waits",
                4,
                &format!("queue-timeout \"00:00:02\"; {shared}"),
                "slurm partition=\"closed\"; benchmark { BENCHMARK }",
            ),
            ("elsewhere", 4, "branches \"release/*\"", SERVES),
        ],
    );
    let Some(child) = pipeline.start(&["branch=main", "credentials=token=s3cret"]) else { return };
    let run = pipeline.record("dies", "agg_0.ready");
    let job = fs::read_to_string(run.join("state/job.began")).expect("there");
    let job = job.split_whitespace().nth(1).expect("the id").to_owned();
    let steps = slurm.asks("squeue", &["--steps", "--noheader", "--format=%i %j", &format!("--jobs={job}")]);
    let step = steps.lines().find_map(|line| line.strip_suffix(" agg_0")).expect("it runs").trim();
    slurm.asks("scancel", &["--signal=KILL", step]);
    let build = pipeline.end(child);

    let results: Vec<&str> = ["compile", "passes", "fails", "dies", "waits", "elsewhere"]
        .map(|stage| build.result(stage))
        .to_vec();
    assert_eq!(results, ["SUCCESS", "SUCCESS", "FAILURE", "FAILURE", "FAILURE", "SKIPPED"], "{:#?}", build.0);
    assert_eq!(build.whole(), "FAILURE");
    assert!(build.failures("passes").is_empty());
    assert_eq!(build.failures("fails"), ["failed"]);
    assert_eq!(build.failures("dies"), ["failed"]);
    assert_eq!(build.failures("waits"), ["not started"]);
    assert!(build.log("dies").contains("failed: agg_0 "), "{}", build.log("dies"));
    assert!(
        build.log("waits").contains("not started: the job did not leave the queue"),
        "{}",
        build.log("waits")
    );
    assert!(build.log("passes").contains("run folder: ") && build.log("passes").ends_with("passed\n"));
    for file in ["plan.svg", "result.json"] {
        assert!(build.has_archived("passes", file), "{file}: {:#?}", build.of("archive", "passes"));
    }
    let archived = build.of("archive", "passes").to_string();
    assert!(archived.contains("/run/log/agg_0.log") && archived.contains("/run/results/"), "{archived}");
    let prepared = fs::read_dir(pipeline.workspace.join(".disaggc/passes/run/log")).expect("there");
    let logs: String =
        prepared.flatten().map(|file| fs::read_to_string(file.path()).unwrap_or_default()).collect();
    assert!(logs.contains("token is s3cret"), "{logs}");
    // Of each job its own id.
    let id = |stage: &str| {
        fs::read_to_string(pipeline.workspace.join(format!(".disaggc/{stage}/job"))).expect("an id")
    };
    assert!(id("passes") != id("fails") && id("fails") != id("dies") && id("dies") != id("waits"));
    let told: Vec<&Value> =
        build.0.iter().filter(|e| e["event"] == "mail" || e["event"] == "slack").collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["to"], "a@example.com");
    assert_eq!(told[0]["subject"], "job #7: FAILURE");
    assert_eq!(told[1]["channel"], "#ci");
}

/// However a build is ended, its job is gone; a mistake in a topology submits nothing; an absent controller is waited for.
#[test]
fn no_build_leaves_a_job() {
    let Some(slurm) = Slurm::start(2) else { return };
    let long =
        [("long", 1_000_000, "timeout \"01:00:00\"; on \"aborted\" { mail \"a@example.com\" }", SERVES)];
    for (name, signal) in [("aborted", "TERM"), ("killed", "KILL")] {
        let pipeline = Pipeline::new(&slurm, name, &long);
        let abort = pipeline.workspace.join("abort");
        let settings = [format!("abort={}", abort.display()), format!("signal={signal}")];
        let Some(child) = pipeline.start(&settings.each_ref().map(String::as_str)) else { return };
        pipeline.record("long", "agg_0.ready");
        fs::write(abort, "").expect("writable");
        let build = pipeline.end(child);
        assert_eq!((build.result("long"), build.whole()), ("ABORTED", "ABORTED"), "{:#?}", build.0);
        assert!(build.0.iter().any(|e| e["event"] == "mail"), "{:#?}", build.0);
        let cancel =
            build.0.iter().find(|e| e["event"] == "sh" && e["post"] == true).expect("the safety net");
        let said = cancel["log"].as_str().expect("text");
        assert!(said.ends_with(" is gone\n") || said.ends_with(" had ended\n"), "{said}");
        // Who was asked to end still reports; who was killed can't.
        let reported: &[&str] = if signal == "TERM" { &["cancelled"] } else { &[] };
        assert_eq!(build.failures("long"), reported);
    }

    let pipeline = Pipeline::new(&slurm, "timed-out", &long);
    let Some(child) = pipeline.start(&["timeout=6"]) else { return };
    let build = pipeline.end(child);
    assert_eq!((build.result("long"), build.whole()), ("ABORTED", "ABORTED"), "{:#?}", build.0);
    assert_eq!(build.of("stage", "long")["seconds"], 4500);

    // Changed after the pipeline was written.
    let pipeline = Pipeline::new(&slurm, "wrong", &[("one", 4, "", SERVES), ("two", 4, "", SERVES)]);
    for name in ["one", "two"] {
        let file = pipeline.workspace.join(format!("ci/{name}.kdl"));
        let text = fs::read_to_string(&file).expect("there").replace("agg tp=1", "agg tp=1 ep=3");
        fs::write(file, text).expect("writable");
    }
    let Some(child) = pipeline.start(&[]) else { return };
    let build = pipeline.end(child);
    assert_eq!((build.result("compile"), build.whole()), ("FAILURE", "FAILURE"));
    assert!(build.log("compile").matches("[sizes/ep]").count() == 2, "{}", build.log("compile"));
    assert!(!build.0.iter().any(|e| e["stage"] == "one"), "{:#?}", build.0);

    let pipeline = Pipeline::new(&slurm, "away", &[("away", 16, "", SERVES)]);
    slurm.stop_controller();
    let Some(child) = pipeline.start(&[]) else { return };
    sleep(Duration::from_secs(4));
    slurm.start_controller();
    let build = pipeline.end(child);
    assert_eq!((build.result("away"), build.whole()), ("SUCCESS", "SUCCESS"), "{:#?}", build.0);
}

fn plan(text: &str) -> Plan {
    support::plan(text)
}

const PLAIN: &str = "benchmark { isl 16; osl 8; concurrency 1 }\n    jenkins { agent \"slurm\" }";
