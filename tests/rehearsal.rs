//! Bundles on a private Slurm, for real: Slurm's own processes, MPI ranks through PMIx, requests over
//! HTTP. Needs root and the packages of `tests/packages`; says so where it can't run. The examples run in `tests/examples/`.

mod support;

use std::path::Path;
use std::process::Command;

use support::rehearsal::{Rehearsal, assert_served, disaggc, edit, example, rehearse, rehearse_text};

/// Builds an example, lets `edit` break the bundle, and rehearses what is there then.
fn sabotage(name: &str, sets: &[&str], edit: impl FnOnce(&Path)) -> Option<Rehearsal> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bundle = folder.path().join("bundle");
    let bundle_path = bundle.to_str().expect("UTF-8");
    let topology = example(name);
    let sets: Vec<&str> = sets.iter().flat_map(|s| ["--set", s]).collect();
    let output = disaggc(&[&["build", topology.as_str(), "-o", bundle_path], &sets[..]].concat())?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    edit(&bundle);
    rehearse(&[&[topology.as_str(), "--bundle", bundle_path], &sets[..]].concat())
}

/// Many ranks on few cores: they start world by world.
#[test]
fn a_domain_of_eighteen_nodes() {
    let topology = r#"use "cluster/gb200-nvl72"
use "engine/trtllm"
topology "domain" {
    model "m"
    container "registry.example/engine:1"
    nodes 18
    ctx replicas=6 tp=6
    gen replicas=1 tp=32
    ctx "small" tp=4
    server
    benchmark { isl 16; osl 8; concurrency 16; rounds 1 }
}"#;
    let Some(rehearsal) = rehearse_text(topology) else { return };
    assert_served(&rehearsal, &[16], 8);
    let plan = support::plan(topology);
    assert_eq!((plan.nodes, plan.gpus()), (18, 72));
    rehearsal.assert_placed(&plan);
}

/// For programs: one object on the standard output, and nothing else.
#[test]
fn what_came_of_it_is_data() {
    let topology = example("one-gpu");
    let Some(output) = disaggc(&["rehearse", topology.as_str(), "--format", "json"]) else { return };
    let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    assert_eq!((&outcome["verdict"], &outcome["cause"]), (&"passed".into(), &serde_json::Value::Null));
    assert!(outcome["last_words"]["agg_0"].is_string(), "{outcome}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("run folder: "));
}

/// Every rank sits where the plan says, and sees the GPUs that it says: pools of different shapes, on nodes that they
/// share or don't, without the GPUs that are excluded; and the coordinator on a node of its own.
#[test]
fn wishes_about_placement_hold_on_the_nodes() {
    let topology = r#"use "cluster/local"
use "engine/trtllm"
cluster "mine" extends="local" { gpus-per-node 4; gres "gpu"; domain-nodes 3; segment #true }
topology "wishes" {
    model "tiny-llama"
    placement { exclude-gpus 1; apart "ctx" "gen" }
    gen replicas=2 tp=4 { placement { one-domain #true } }
    ctx "pair" replicas=2 tp=2 { placement { servers-per-node 1 } }
    ctx "one" tp=1
    server on="dedicated"
    benchmark { isl 16; osl 8; concurrency 4; rounds 1 }
    rehearsal { startup 3 }
}"#;
    let Some(rehearsal) = rehearse_text(topology) else { return };
    let result = rehearsal.result();
    let gen_0 = result["steps"].as_array().expect("a list").iter().find(|step| step["name"] == "gen_0");
    let at = |moment: &str| gen_0.expect("it ran")[moment].as_i64().expect("a second");
    assert!(at("ready") - at("started") >= 3, "it takes as long to start as it is told: {result}");
    assert_served(&rehearsal, &[4], 8);
    let plan = support::plan(topology);
    assert_eq!((plan.nodes, plan.placement.dedicated), (6, Some(5)));
    assert!(plan.sbatch().any(|option| option.name == "segment"), "{:?}", plan.components);
    rehearsal.assert_placed(&plan);
}

const SMALL: [&str; 3] = ["benchmark.rounds=1", "benchmark.concurrency=8", "benchmark.osl=8"];

#[test]
fn a_worker_without_its_launcher_is_named() {
    let rehearsal = sabotage("deepseek-r1", &SMALL, |bundle| {
        edit(&bundle.join("steps/gen.sh"), "exec trtllm-llmapi-launch ", "exec ");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("gen_0", "was not started through trtllm-llmapi-launch");
}

#[test]
fn a_coordinator_with_mpi_is_named() {
    let rehearsal = sabotage("gpt-oss", &SMALL, |bundle| {
        edit(&bundle.join("job.sbatch"), "--job-name=server", "--job-name=server --mpi=pmix");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("server", "--mpi");
}

#[test]
fn a_hostfile_out_of_order_is_named() {
    let rehearsal = sabotage("deepseek-r1", &SMALL, |bundle| {
        edit(&bundle.join("hostfiles/gen_0"), "0\n1\n", "1\n0\n");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("gen_0", "rank order");
}

/// The stand-in would have noticed by itself, as the real engine does.
#[test]
fn a_hostfile_out_of_order_is_noticed_by_the_engine() {
    let rehearsal = sabotage("deepseek-r1", &SMALL, |bundle| {
        edit(&bundle.join("hostfiles/gen_0"), "0\n1\n", "1\n0\n");
        edit(&bundle.join("runtime/gpus.sh"), "if ((DISAGGC_PROCID < first ||", "if ((0 &&");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("gen_0", "not contiguous");
}

/// What pyxis would say is the cause, and what is not mounted is missing.
#[test]
fn a_container_without_its_mounts_is_noticed() {
    let rehearsal = sabotage("deepseek-r1", &[], |bundle| {
        edit(&bundle.join("job.sbatch"), ",\"$DISAGGC_RUN\":\"$DISAGGC_RUN\"", "");
    });
    let Some(rehearsal) = rehearsal else { return };
    rehearsal.assert_cause("prepare", "see the run folder");
    let rehearsal = sabotage("deepseek-r1", &[], |bundle| {
        edit(&bundle.join("job.sbatch"), ":no_exec", "-of-somebody");
    });
    let Some(rehearsal) = rehearsal else { return };
    let result = rehearsal.result();
    let message = result["cause"]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("error: pyxis: there is no container disaggc-1-of-somebody on node"),
        "{message}"
    );
}

/// In a user namespace, for somebody whom the machine gives some users more, as `useradd` does.
const NOBODY: &str = r#"
set -e
printf 'nobody:100000:65536\n' >"$1/ids"
mount --bind "$1/ids" /etc/subuid
mount --bind "$1/ids" /etc/subgid
export HOME=$1
cd "$1"
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@""#;

/// With containers, whose system folders are laid over the machine's.
#[test]
fn without_root_it_runs_in_a_user_namespace() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: without root all other rehearsals do that");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = |path: &Path| {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("its own");
    };
    open(folder.path());
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "bash", "-c", NOBODY, "bash"]).arg(folder.path()).args(arguments);
        command.output().expect("unshare runs")
    };
    let able = as_nobody(&["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "true"]);
    if !able.status.success() {
        let why = String::from_utf8_lossy(&able.stderr).into_owned();
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "{why}");
        eprintln!("SKIPPED: no user namespaces on this machine: {why}");
        return;
    }
    let binary = folder.path().join("disaggc");
    std::fs::copy(env!("CARGO_BIN_EXE_disaggc"), &binary).expect("room");
    open(&binary);
    std::fs::write(folder.path().join("topo.kdl"), CONTAINED).expect("room");
    let binary = binary.to_str().expect("UTF-8");
    let output = as_nobody(&[binary, "rehearse", "topo.kdl", "--fault", "take port server"]);
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("fault: took port 8333 of server"), "{said}");
    let output = as_nobody(&[binary, "rehearse", "topo.kdl", "--run-folder", "kept"]);
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let log = || std::fs::read_to_string(folder.path().join("kept/log/prepare.log")).unwrap_or_default();
    assert!(output.status.success() && said.contains("\npassed\n"), "{said}{}", log());
    assert!(said.contains("containers had empty folders for it: /no-such-lustre"), "{said}");
}

/// A server of one rank each, in a container.
const CONTAINED: &str = r#"
use "cluster/local"
use "engine/trtllm"
cluster "own" extends="local" { pyxis #true }
topology "contained" {
    model "m" path="/models/m"
    container "registry.example/engine:1" { mount "/no-such-lustre" to="/models" }
    ctx tp=1 { config { max_batch_size 4; max_num_tokens 1024 } }
    gen tp=1 { config { max_batch_size 4; max_num_tokens 512 } }
    server port=8333
    benchmark { isl 16; osl 8; concurrency 2; rounds 1 }
}
"#;

/// A copy of the stdlib in which the engine's block `rehearsal` says this besides.
fn stdlib_with(line: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let copied = Command::new("cp").arg("-a").arg(support::top().join("stdlib/.")).arg(copy.path()).status();
    assert!(copied.expect("cp runs").success());
    let described = copy.path().join("engine/trtllm/engine.kdl");
    edit(&described, "rehearsal {", &format!("rehearsal {{\n{line}"));
    copy
}

/// Software that reads the model finds one on the node, though this machine does not have the topology's.
#[test]
fn a_pretend_model_takes_the_place_of_one_that_is_not_here() {
    let stdlib = stdlib_with("model #true");
    let program = stdlib.path().join("engine/trtllm/standin/bin/trtllm-serve");
    edit(
        &program,
        "\"\"\"",
        "import glob\nprint(glob.glob('/tmp/disaggc-*/model/tiny-llama/*.json'))\n\"\"\"",
    );
    let stdlib = stdlib.path().to_str().expect("UTF-8");
    let sets = ["--set", "benchmark.concurrency=2", "--set", "benchmark.osl=8"];
    let topology = example("one-gpu");
    let Some(rehearsal) = rehearse(&[&[topology.as_str(), "--stdlib", stdlib], &sets[..]].concat()) else {
        return;
    };
    assert!(rehearsal.passed, "{}", rehearsal.said);
    let line = "the model tiny-llama is not on this machine: a pretend one takes its place\n";
    assert!(rehearsal.said.contains(line), "{}", rehearsal.said);
    assert!(
        rehearsal.log("agg_0").contains("/model/tiny-llama/tokenizer.json"),
        "{}",
        rehearsal.log("agg_0")
    );
}

#[test]
fn a_folder_for_the_nodes_that_is_not_there_is_refused() {
    for option in ["--path", "--share"] {
        let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .args(["rehearse", &example("one-gpu"), option, "no/such/folder"])
            .output()
            .expect("it runs");
        let why = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{why}");
        assert!(why.contains("the nodes can't have no/such/folder: "), "{why}");
    }
}

#[test]
fn what_nothing_takes_the_place_of_is_refused() {
    let refusal = |line: &str, arguments: &[&str]| {
        let stdlib = stdlib_with(line);
        let output = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .args(["rehearse", &example("one-gpu"), "--stdlib", stdlib.path().to_str().expect("UTF-8")])
            .args(arguments)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let why = refusal("none \"take the mocker\"", &[]);
    let said = "error: the stdlib has nothing that takes the place of the engine trtllm in a rehearsal\nhelp: take the mocker\n";
    assert_eq!(why, said);
    let why = refusal("model #true", &["--bundle", "/no/such/bundle"]);
    assert!(why.starts_with("error: the bundle's model, tiny-llama, is no folder of this machine"), "{why}");
}
