//! Translation validation: every example's job script runs with recording programs in the place of
//! Slurm, the launcher and the engine, and what it started is compared with `plan.json`, word by word.
//! Then templates are broken on purpose: each break must be noticed.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use disaggc::stdlib::Stdlib;
use serde_json::Value;
use support::{example_names, files_of, write_files};

/// One call of a recorded program.
#[derive(Debug)]
struct Call {
    /// Nanoseconds.
    time: u128,
    kind: String,
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    hostfile: Vec<String>,
}

/// A job that ran.
struct Run {
    bundle: String,
    run: String,
    plan: Value,
    calls: Vec<Call>,
    result: Value,
    /// Whether its exit code is 0.
    succeeded: bool,
    header: Vec<String>,
    leading: BTreeMap<String, u128>,
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn run(bundle: &Path, scratch: &Path, limit_seconds: u32) -> Run {
    let plan: Value =
        serde_json::from_slice(&fs::read(bundle.join("plan.json")).expect("there")).expect("JSON");
    let programs = scratch.join("programs");
    let records = scratch.join("records");
    fs::create_dir(&programs).expect("writable");
    fs::create_dir(&records).expect("writable");
    let recorders = support::top().join("tests/recorders").canonicalize().expect("there");
    let place = |name: &str, recorder: &str| {
        let link = programs.join(name);
        if !link.exists() {
            symlink(recorders.join(recorder), &link).expect("writable");
        }
    };
    for name in ["srun", "scancel", "scontrol", "curl", "hostname"] {
        place(name, name);
    }
    let mut address_variable = String::new();
    for role in list(&plan["roles"]) {
        if let Some(launcher) = role["launcher"]["command"].as_str() {
            place(launcher, "launcher");
            address_variable = text(&role["launcher"]["address_variable"]).to_owned();
        }
        for tool in [role["binding"].get(0), role["wrapper"].get(0)].into_iter().flatten() {
            place(text(tool), "tool");
        }
        for command in list(&role["preparation"]["commands"]) {
            place(text(&command[0]), "command");
        }
        let programs = [role["command"].get(0), role["follower"].get(0)];
        // The scripts sleep themselves.
        for program in programs.into_iter().flatten().filter(|program| *program != "sleep") {
            place(text(program), "program");
        }
    }
    let mut addresses = String::new();
    for step in list(&plan["steps"]) {
        let role =
            list(&plan["roles"]).iter().find(|r| r["name"] == step["role"]).expect("every step has a role");
        let port = ready_port(step, role);
        addresses += &format!("{} n{}:{port}\n", text(&step["name"]), step["nodes"][0]["node"]);
    }
    fs::write(records.join("addresses"), addresses).expect("writable");

    let log = fs::File::create(scratch.join("job.out")).expect("writable");
    // A job that waits for what never comes is ended, and then has another verdict.
    let status = Command::new("timeout")
        .args([&limit_seconds.to_string(), "bash"])
        .arg(bundle.join("job.sbatch"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("RECORDERS", &programs)
        .env("RECORDS", &records)
        .env("BUNDLE", bundle)
        .env("NODES", plan["nodes"].to_string())
        .env("ADDRESS_VARIABLE", address_variable)
        // What sbatch's own step and a login leave behind.
        .env("SLURM_JOB_ID", "7")
        .env("SLURM_JOB_NODELIST", "n[0-99]")
        .env("SLURM_SUBMIT_DIR", scratch)
        .env("SLURM_NTASKS", "99")
        .env("SLURM_NNODES", "99")
        .env("SLURM_PROCID", "0")
        .env("UCX_TLS", "tcp")
        .env("PMIX_RANK", "0")
        .env("OMPI_COMM_WORLD_RANK", "0")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .status()
        .expect("bash runs");
    let job = fs::read_to_string(scratch.join("job.out")).expect("there");
    let run = scratch.join(format!("{}-7", text(&plan["topology"])));
    let result = fs::read(run.join("result.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let result: Value = result.unwrap_or_else(|| panic!("no result.json; {status}; the job said\n{job}"));
    let mut leading = BTreeMap::new();
    for step in list(&plan["steps"]) {
        let bound = records.join(format!("leading-{}", text(&step["name"])));
        leading.extend(modified(&bound).map(|time| (text(&step["name"]).to_owned(), time)));
    }
    let script = fs::read_to_string(bundle.join("job.sbatch")).expect("there");
    Run {
        bundle: bundle.to_str().expect("UTF-8").to_owned(),
        run: run.to_str().expect("UTF-8").to_owned(),
        calls: calls(&records),
        header: script.lines().filter_map(|l| l.strip_prefix("#SBATCH ")).map(str::to_owned).collect(),
        plan,
        result,
        succeeded: status.success(),
        leading,
    }
}

/// When a file was written, in nanoseconds.
fn modified(path: &Path) -> Option<u128> {
    let time = fs::metadata(path).and_then(|m| m.modified()).ok()?;
    Some(time.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos())
}

/// The port that answers when the step is ready.
fn ready_port(step: &Value, role: &Value) -> u64 {
    let named = role["ready"]["port"].as_str();
    let found = named.and_then(|name| list(&step["ports"]).iter().find(|range| range["name"] == name));
    number(found.map_or(&step["port"], |range| &range["from"]))
}

fn calls(records: &Path) -> Vec<Call> {
    let fields = |path: PathBuf| -> Vec<String> {
        let bytes = fs::read(path).unwrap_or_default();
        let mut fields: Vec<String> =
            bytes.split(|b| *b == 0).map(|f| String::from_utf8_lossy(f).into_owned()).collect();
        fields.pop();
        fields
    };
    let mut calls = Vec::new();
    for entry in fs::read_dir(records).expect("there") {
        let path = entry.expect("readable").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("UTF-8").to_owned();
        let [time, _, kind] = name.splitn(3, '-').collect::<Vec<_>>()[..] else { continue };
        let Ok(time) = time.parse() else { continue };
        let hostfile = fs::read_to_string(path.join("hostfile")).unwrap_or_default();
        calls.push(Call {
            time,
            kind: kind.to_owned(),
            argv: fields(path.join("argv")),
            env: fields(path.join("env"))
                .iter()
                .filter_map(|e| e.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            hostfile: hostfile.lines().map(str::to_owned).collect(),
        });
    }
    calls.sort_by_key(|call| call.time);
    calls
}

impl Run {
    /// Every way in which what ran differs from the plan.
    fn mismatches(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.result["verdict"] != "passed" {
            found.push(format!("the verdict is {}", self.result));
        } else if !self.succeeded {
            found.push("the verdict is \"passed\", but the job ended with another code".to_owned());
        }
        self.compare("#SBATCH", &self.planned_header(), &self.header, &mut found);
        let steps = list(&self.plan["steps"]);
        let started: Vec<&Call> = self.calls.iter().filter(|c| c.kind == "srun").collect();
        if started.len() != steps.len() {
            found.push(format!("{} steps were started, {} are planned", started.len(), steps.len()));
        }
        for step in steps {
            self.step(step, &mut found);
        }
        found
    }

    fn compare(&self, what: &str, planned: &[String], seen: &[String], found: &mut Vec<String>) {
        if planned != seen {
            found.push(format!("{what}: planned {planned:?}, seen {seen:?}"));
        }
    }

    fn planned_header(&self) -> Vec<String> {
        let line = |option: &Value| match option["value"].as_str() {
            Some(value) => format!("--{}={value}", text(&option["name"])),
            None => format!("--{}", text(&option["name"])),
        };
        list(&self.plan["components"][0]["sbatch"]).iter().map(line).collect()
    }

    fn role(&self, step: &Value) -> &Value {
        list(&self.plan["roles"]).iter().find(|r| r["name"] == step["role"]).expect("every step has a role")
    }

    /// Calls of a step's own programs.
    fn of<'a>(&'a self, step: &'a Value, kind: &'a str) -> Vec<&'a Call> {
        let ours = move |c: &&Call| {
            c.kind == kind && c.env.get("DISAGGC_STEP").map(String::as_str) == step["name"].as_str()
        };
        self.calls.iter().filter(ours).collect()
    }

    fn srun(&self, name: &str) -> Option<&Call> {
        let option = format!("--job-name={name}");
        self.calls.iter().find(|c| c.kind == "srun" && c.argv.contains(&option))
    }

    fn step(&self, step: &Value, found: &mut Vec<String>) {
        let name = text(&step["name"]);
        let Some(srun) = self.srun(name) else {
            found.push(format!("{name} was never started"));
            return;
        };
        let options: Vec<String> = list(&step["srun"]).iter().map(|w| self.word(w, step, 0)).collect();
        let seen: Vec<String> = srun.argv.iter().take_while(|w| w.starts_with('-')).cloned().collect();
        self.compare(&format!("srun of {name}"), &options, &seen, found);
        let leaked = srun.env.keys().filter(|k| {
            k.starts_with("SLURM_")
                && !k.starts_with("SLURM_JOB_")
                && !["SLURM_SUBMIT_DIR", "SLURM_HOSTFILE", "SLURM_MPI_TYPE"].contains(&k.as_str())
        });
        let leaked: Vec<String> = leaked.cloned().collect();
        self.compare(&format!("SLURM_ variables for {name}"), &[], &leaked, found);
        let mut hosts = Vec::new();
        for share in list(&step["nodes"]) {
            hosts.extend((0..number(&share["ranks"])).map(|_| format!("n{}", share["node"])));
        }
        self.compare(&format!("hostfile of {name}"), &hosts, &srun.hostfile, found);
        self.edges(step, srun.time, found);
        self.ranks(step, found);
        if self.role(step)["preparation"].is_null() {
            self.programs(step, found);
        } else {
            self.preparation(step, found);
        }
    }

    /// It started after all that it waits for.
    fn edges(&self, step: &Value, start: u128, found: &mut Vec<String>) {
        for edge in list(&step["after"]) {
            let other = text(&edge["step"]);
            let planned = list(&self.plan["steps"]).iter().find(|s| s["name"] == other).expect("planned");
            let reached = match text(&edge["state"]) {
                "leading" => self.leading.get(other).copied(),
                "ready" => {
                    let port = ready_port(planned, self.role(planned));
                    let address = format!("//n{}:{port}/", planned["nodes"][0]["node"]);
                    let path = text(&self.role(planned)["ready"]["path"]);
                    let answered = |c: &&Call| {
                        c.kind == "curl200"
                            && c.argv.iter().any(|a| a.contains(&address) && a.ends_with(path))
                    };
                    self.calls.iter().find(answered).map(|c| c.time)
                }
                _ if planned["role"] == "prepare" => {
                    let last = self.of(planned, "command").last().map(|c| c.time);
                    // One that only makes the container runs nothing that is recorded.
                    last.or_else(|| modified(&Path::new(&self.run).join("state/prepare.done")))
                }
                _ => self.of(planned, "program").last().map(|c| c.time),
            };
            if reached.is_none_or(|time| time >= start) {
                found.push(format!("{} started before {other} was {}", step["name"], edge["state"]));
            }
        }
    }

    /// Each rank of a worker sees its server's GPUs on its node, in its role's environment.
    fn ranks(&self, step: &Value, found: &mut Vec<String>) {
        let role = self.role(step);
        if role["launcher"].is_null() {
            return;
        }
        let name = text(&step["name"]);
        let calls = self.of(step, "launcher");
        let mut rank = 0;
        for share in list(&step["nodes"]) {
            let gpus: Vec<String> = list(&share["gpus"]).iter().map(Value::to_string).collect();
            for _ in 0..number(&share["ranks"]) {
                let what = format!("rank {rank} of {name}");
                let of_rank = |c: &&&Call| c.env.get("SLURM_PROCID") == Some(&rank.to_string());
                let Some(call) = calls.iter().find(of_rank) else {
                    found.push(format!("{what} never ran the launcher"));
                    return;
                };
                let command = [format!("steps/{}.command.sh", text(&role["name"]))];
                self.compare(&format!("behind the launcher, {what}"), &command, &call.argv, found);
                self.environment(&what, step, call, rank, found);
                let visible = call.env.get("CUDA_VISIBLE_DEVICES").cloned().unwrap_or_default();
                self.compare(&format!("GPUs of {what}"), &[gpus.join(",")], &[visible], found);
                let mpi = list(&step["srun"])
                    .iter()
                    .filter_map(Value::as_str)
                    .find_map(|w| w.strip_prefix("--mpi="));
                if mpi != call.env.get("SLURM_MPI_TYPE").map(String::as_str) {
                    found.push(format!("{what} has another MPI than {mpi:?}"));
                }
                rank += 1;
            }
        }
        if calls.len() != rank {
            found.push(format!("{name}: {} launchers for {rank} ranks", calls.len()));
        }
    }

    /// Each node runs all commands, in their order.
    fn preparation(&self, step: &Value, found: &mut Vec<String>) {
        let (name, role) = (text(&step["name"]), self.role(step));
        let calls = self.of(step, "command");
        let planned: Vec<Vec<String>> = list(&role["preparation"]["commands"])
            .iter()
            .map(|words| list(words).iter().map(|w| self.word(w, step, 0)).collect())
            .collect();
        for share in list(&step["nodes"]) {
            let node = format!("n{}", share["node"]);
            let here: Vec<&&Call> =
                calls.iter().filter(|c| c.env.get("DISAGGC_NODE") == Some(&node)).collect();
            let seen: Vec<Vec<String>> = here.iter().map(|c| c.argv.clone()).collect();
            if seen != planned {
                found.push(format!("{name} on {node}: planned {planned:?}, seen {seen:?}"));
            }
            for call in here {
                self.environment(name, step, call, 0, found);
                self.cleared(step, call, found);
            }
        }
        if calls.len() != planned.len() * list(&step["nodes"]).len() {
            found.push(format!("{name} ran {} commands", calls.len()));
        }
    }

    /// Nothing of MPI's is left.
    fn cleared(&self, step: &Value, call: &Call, found: &mut Vec<String>) {
        for prefix in list(&self.role(step)["clear"]).iter().map(text) {
            let left: Vec<String> = call.env.keys().filter(|k| k.starts_with(prefix)).cloned().collect();
            self.compare(&format!("{prefix} variables of {}", step["name"]), &[], &left, found);
        }
    }

    /// The program with its arguments; before it the wrapper and the binding tool.
    fn programs(&self, step: &Value, found: &mut Vec<String>) {
        let (name, role) = (text(&step["name"]), self.role(step));
        let words = |key: &str, rank| -> Vec<String> {
            list(&role[key]).iter().map(|w| self.word(w, step, rank)).collect()
        };
        let calls = self.of(step, "program");
        let Some(call) = calls.iter().find(|c| c.env.get("DISAGGC_PROCID").is_some_and(|rank| rank == "0"))
        else {
            found.push(format!("{name} never ran its program"));
            return;
        };
        self.compare(&format!("program of {name}"), &words("command", 0), &call.argv, found);
        let by_node = role["processes"] == "node";
        let nodes = list(&step["nodes"]);
        if role["launcher"].is_null() && !nodes[0]["gpus"].as_array().is_none_or(Vec::is_empty) {
            for (rank, share) in nodes.iter().enumerate() {
                self.process(rank, share, step, found);
            }
        }
        let ranks = if by_node { nodes.len() } else { 1 };
        let expected = if role["reducer"].is_null() { ranks } else { 2 };
        if calls.len() != expected {
            found.push(format!("{name} ran {} programs instead of {expected}", calls.len()));
        }
        if let Some(reducer) = calls.get(1).filter(|_| !role["reducer"].is_null()) {
            let planned: Vec<String> =
                list(&role["reducer"]["command"]).iter().map(|w| self.word(w, step, 0)).collect();
            self.compare(&format!("reducer of {name}"), &planned, &reducer.argv, found);
        }
        self.environment(name, step, call, 0, found);
        self.cleared(step, call, found);
        let tools = self.of(step, "tool");
        let heads: Vec<(&str, Vec<String>)> = ["wrapper", "binding"]
            .into_iter()
            .map(|k| (k, words(k, 0)))
            .filter(|(_, w)| !w.is_empty())
            .collect();
        for (kind, head) in &heads {
            let ran = tools.iter().any(|c| c.argv.starts_with(head));
            if !ran {
                found.push(format!("{name}: the {kind} {head:?} did not run; tools were {tools:?}"));
            }
        }
        if heads.is_empty() && !tools.is_empty() {
            found.push(format!("{name} ran a tool that is not planned"));
        }
    }

    /// A process that has the server's GPUs of its node for itself.
    fn process(&self, rank: usize, share: &Value, step: &Value, found: &mut Vec<String>) {
        let (what, role) = (format!("process {rank} of {}", text(&step["name"])), self.role(step));
        let ours = |c: &&Call| c.env.get("DISAGGC_PROCID") == Some(&rank.to_string());
        let Some(call) = self.of(step, "program").into_iter().find(ours) else {
            found.push(format!("{what} never ran its program"));
            return;
        };
        let followers = list(&role["follower"]);
        let planned = if rank > 0 && !followers.is_empty() { followers } else { list(&role["command"]) };
        let planned: Vec<String> = planned.iter().map(|w| self.word(w, step, rank)).collect();
        self.compare(&what, &planned, &call.argv, found);
        self.environment(&what, step, call, rank, found);
        let gpus: Vec<String> = list(&share["gpus"]).iter().map(Value::to_string).collect();
        let visible = call.env.get("CUDA_VISIBLE_DEVICES").cloned().unwrap_or_default();
        self.compare(&format!("GPUs of {what}"), &[gpus.join(",")], &[visible], found);
        let node = call.env.get("DISAGGC_NODE").cloned().unwrap_or_default();
        self.compare(&format!("node of {what}"), &[format!("n{}", share["node"])], &[node], found);
    }

    fn environment(&self, what: &str, step: &Value, call: &Call, rank: usize, found: &mut Vec<String>) {
        let mut expected: BTreeMap<&str, Option<String>> = BTreeMap::new();
        for variable in list(&self.role(step)["env"]) {
            let value = &variable["value"];
            let value = (!value.is_null()).then(|| self.word(value, step, rank));
            expected.insert(text(&variable["name"]), value);
        }
        expected.insert("DISAGG_SERVING_TYPE", step["serving_type"].as_str().map(str::to_owned));
        for (name, value) in expected {
            if call.env.get(name) != value.as_ref() {
                found.push(format!("{name} of {what}: planned {value:?}, seen {:?}", call.env.get(name)));
            }
        }
    }

    /// A word of plan.json with what the job filled in.
    fn word(&self, word: &Value, step: &Value, rank: usize) -> String {
        let node = |index: &Value| format!("n{index}");
        let part = |part: &Value| -> String {
            if let Some(text) = part.as_str() {
                return text.to_owned();
            }
            let runtime = &part["runtime"];
            if let Some(index) = runtime.get("node") {
                return node(index);
            }
            if let Some(distance) = runtime.get("port-plus") {
                return (number(&step["port"]) + number(distance)).to_string();
            }
            if let Some(factor) = runtime.get("rank-times") {
                return (rank as u64 * number(factor)).to_string();
            }
            let load = &step["load"];
            match text(runtime) {
                "host" | "leader" => node(&step["nodes"][0]["node"]),
                "job" => "7".to_owned(),
                "run-folder" => self.run.clone(),
                "bundle" => self.bundle.clone(),
                "rank" => rank.to_string(),
                "step" => text(&step["name"]).to_owned(),
                "port" => step["port"].to_string(),
                "target-host" => node(&load["target_node"]),
                "target-port" => load["target_port"].to_string(),
                "concurrency" => load["concurrency"].to_string(),
                "requests" => load["requests"].to_string(),
                "results" => format!("{}/results/{}", self.run, text(&step["name"])),
                other => panic!("an unknown part {other}"),
            }
        };
        match word.as_str() {
            Some(text) => text.to_owned(),
            None => list(&word["word"]).iter().map(part).collect(),
        }
    }
}

/// Compiles a topology with a stdlib, runs its job, and compares.
fn validate(text: &str, stdlib: &Stdlib, limit_seconds: u32) -> Vec<String> {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    // A bundle's path may have blanks and characters that a shell would expand.
    let bundle = scratch.path().join("a bundle's $HOME [x]*");
    write_files(&bundle, &files_of(text, stdlib));
    run(&bundle, scratch.path(), limit_seconds).mismatches()
}

/// Seconds that a job may take which should pass, on a machine that is busy with other tests.
const PATIENT: u32 = 300;

fn example_text(name: &str) -> String {
    let text =
        fs::read_to_string(support::top().join("examples").join(name).join("topo.kdl")).expect("there");
    // The tests' source tree has to be there: ours is.
    let source = support::top().join("tests/pytest_harness/src").canonicalize().expect("there");
    text.replace("/lustre/TensorRT-LLM", source.to_str().expect("UTF-8"))
}

#[test]
fn jobs_start_what_is_planned() {
    for some in example_names().chunks(4) {
        let runs: Vec<_> = some
            .iter()
            .map(|name| {
                let text = example_text(name);
                std::thread::spawn(move || validate(&text, &Stdlib::embedded(), PATIENT))
            })
            .collect();
        for (name, run) in some.iter().zip(runs) {
            assert_eq!(run.join().expect("no panic"), Vec::<String>::new(), "{name}");
        }
    }
}

/// Profiler, blanks and shell characters in every place that takes a string, servers over several
/// nodes, and leaders that share one.
const STRINGS: &str = r##"
use "cluster/gb200-nvl72"
use "engine/trtllm"
topology "strings" {
    model "m" path="/models/a b'c\"d $(touch /tmp/x) `id` *"
    container "nvcr.io/a/b:1" { mount "/x y/$HOME" to="/it's"; mount "/plain" }
    env { SPACES " a  b "; QUOTES "'\"\\"; LINES "a\nb\n"; EMPTY ""; DASH "-n"; UNICODE "ü→🦀"; UCX_NET "x y" }
    ctx replicas=3 tp=2 {
        profile "nsys" range="10-30"
        args "--flag" "two words" "$HOME" "*" "" "-x"
        env { ONLY_CTX 1 }
    }
    gen tp=6 { env { UCX_TLS "rc,cuda" } }
    server { env { ONLY_SERVER "x=y" }; args "--note" "a;b|c&d" }
    benchmark { isl 8; osl 8; concurrency 1 2; args "--metadata" "k=v w" }
}
"##;

#[test]
fn strings_reach_their_programs_unchanged() {
    assert_eq!(validate(STRINGS, &Stdlib::embedded(), PATIENT), Vec::<String>::new());
}

/// Servers whose processes have a node's GPUs each, with settings as flags: over several nodes they follow the
/// first, or serve what they have.
fn by_node(backend: &str) -> String {
    // What follows a mocker only sleeps, which is not recorded: it stays on one node.
    let tp = if backend == "mocker" { 4 } else { 8 };
    format!(
        r##"
use "cluster/gb200-nvl72"
use "engine/dynamo"
topology "by-node" {{
    backend "{backend}"
    model "a/model" path="/models/a m"
    infra {{ etcd port=2379; nats }}
    env "ctx" "gen" {{ DYN_REQUEST_PLANE "nats" }}
    ctx replicas=2 tp=2 {{ config {{ max_x "$HOME *"; enable_y #true; disable_z #false; kv {{ a "it's"; b 1 2 }} }} }}
    gen "wide" tp={tp} ep={tp} attention-dp=#true
    gen "deep" tp={tp}
    server {{ config {{ router_mode "kv" }} }}
    benchmark {{ isl 8; osl 8; concurrency 1 2; requests 5 }}
}}
"##
    )
}

#[test]
fn processes_of_whole_nodes_run_as_planned() {
    let backends = ["mocker", "trtllm", "vllm", "sglang"];
    let runs =
        backends.map(|b| std::thread::spawn(move || validate(&by_node(b), &Stdlib::embedded(), PATIENT)));
    for (backend, run) in backends.into_iter().zip(runs) {
        assert_eq!(run.join().expect("no panic"), Vec::<String>::new(), "{backend}");
    }
}

/// Commands before the servers, in a container that is kept, and tasks after the benchmark.
const PREPARED: &str = r##"
use "cluster/gb200-nvl72"
use "engine/trtllm"
topology "prepared" {
    model "m"
    container "nvcr.io/a/b:1"
    prepare timeout=60 {
        wheel "/w/it's $HOME.whl"
        run "warm-up" "two words" "$(id)" "*" "" "-x" "a\nb"
        editable "/code/x"
        env { LINES "a\nb\n" }
    }
    ctx tp=2
    gen tp=6
    server
    benchmark { isl 8; osl 8; concurrency 1 2 }
    accuracy {
        task "gsm8k"
        task "mmlu" { model-args note="a $HOME" ; args "--flag" "two words" }
        env { ONLY_HERE "x y" }
    }
}
"##;

#[test]
fn preparation_and_accuracy_run_as_planned() {
    assert_eq!(validate(PREPARED, &Stdlib::embedded(), PATIENT), Vec::<String>::new());
}

#[test]
fn broken_templates_are_noticed() {
    assert_noticed(
        PREPARED,
        &[
            ("bundle/steps/prepare.sh", "for word in command.words", "for word in clear"),
            ("bundle/parts/alone.sh", "unset[%", ":[%"),
            (
                "bundle/parts/environment.sh",
                ". \"$DISAGGC_BUNDLE/steps/[= role",
                ": \"$DISAGGC_BUNDLE/steps/[= role",
            ),
            ("bundle/steps/prepare.sh", "perform [=", "[ \"$DISAGGC_PROCID\" != 0 ] || perform [="),
            ("bundle/runtime/commands.sh", "record \"$DISAGGC_STEP.finished", ": \"$DISAGGC_STEP.finished"),
            ("bundle/runtime/launch.sh", "recorded \"$edge\" || return 1", "return 0"),
            ("bundle/steps/client.sh", "DISAGGC_TARGET_PORT=$4", "DISAGGC_TARGET_PORT=1"),
        ],
    );
    assert_noticed(STRINGS, &BREAKS);
    assert_noticed(
        Box::leak(by_node("vllm").into_boxed_str()),
        &[
            ("bundle/steps/worker.sh", "if ((DISAGGC_PROCID > 0))", "if false"),
            ("bundle/steps/worker.sh", "for word in follower", "for word in command"),
            ("bundle/runtime/gpus.sh", "DISAGGC_LEADER=${2%%=*}", "DISAGGC_LEADER=$DISAGGC_NODE"),
            ("bundle/steps/worker.sh", "choose_gpus [= processes =]", "choose_gpus gpu"),
        ],
    );
}

/// A file of the stdlib, and what in it is replaced by what.
type Break = (&'static str, &'static str, &'static str);

const BREAKS: [Break; 15] = [
    ("bundle/job.sbatch", "[= word =][% endfor %] \\", "'--extra' [= word =][% endfor %] \\"),
    ("bundle/job.sbatch", "after [= step.name =] [= edge =]", ":"),
    ("bundle/job.sbatch", "#SBATCH [= option =]", "#SBATCH [= option =]x"),
    ("bundle/job.sbatch", "*) unset \"$name\" ;;", "*) ;;"),
    ("bundle/job.sbatch", "SLURM_HOSTFILE=$hosts exec", "exec"),
    ("bundle/steps/worker.sh", "[= launcher =] steps", "steps"),
    ("bundle/steps/worker.sh", "choose_gpus", ": choose_gpus"),
    ("bundle/steps/env.sh", "[% if variable.value -%]", "[% if false -%]"),
    ("bundle/steps/command.sh", ". \"$DISAGGC_BUNDLE/steps", ": \"$DISAGGC_BUNDLE/steps"),
    ("bundle/steps/command.sh", "for word in command", "for word in variables"),
    ("bundle/parts/alone.sh", "unset[%", ":[%"),
    ("bundle/runtime/fill.sh", "printf '%s\\n' \"${names[index]}\"", "printf '%s\\n' \"${names[0]}\""),
    ("bundle/runtime/gpus.sh", "export CUDA_VISIBLE_DEVICES=\"$*\"", "export CUDA_VISIBLE_DEVICES=0"),
    ("bundle/runtime/leading.sh", "until is_bound \"$port\"; do", "until true; do"),
    ("bundle/runtime/ready.sh", "= 200 ]", "!= 000 ]"),
];

fn assert_noticed(topology: &'static str, breaks: &[Break]) {
    // A few at a time: a job that hangs is ended after a while, and must not be one that was only slow.
    for some in breaks.chunks(4) {
        let runs: Vec<_> = some
            .iter()
            .map(|&(path, old, new)| {
                std::thread::spawn(move || validate(topology, &support::stdlib_with(path, old, new), 30))
            })
            .collect();
        for ((path, old, _), run) in some.iter().zip(runs) {
            assert!(!run.join().expect("no panic").is_empty(), "{path} without {old:?} passes");
        }
    }
}
