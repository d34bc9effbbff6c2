//! `disaggc doctor`: on machines with and without a cluster, and what it has in common with `rehearse`.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::slurm::Slurm;

const TOPOLOGY: &str = r#"use "CLUSTER"
use "engine/trtllm"

topology "t" {
    model "m" path="/models/m"
    slurm partition="batch"
    ctx tp=2
    gen tp=2
    server
    benchmark { isl 8; osl 8; concurrency 1 }
}
"#;

/// Slurm's commands on a cluster that can do all.
const CLUSTER: [(&str, &str); 5] = [
    (
        "sbatch",
        "case $1 in --version) echo 'slurm 24.05.3';; --test-only) head -1 \"$2\" >/dev/null && echo 'sbatch: Job 7 to start at noon' >&2;; *) echo '  --segment=<size>';; esac",
    ),
    ("scontrol", "echo 'Slurmctld(primary) at head1 is UP'"),
    ("scancel", ""),
    ("sinfo", "printf '%s\\n' 'gpu:h100:8(S:0-1)' 'gpu:h100:8(S:0-1)' '(null)'"),
    (
        "srun",
        "if [ \"$1\" = --mpi=list ]; then printf 'MPI plugin types are...\\n\\tpmix\\n\\tnone\\nspecific pmix plugin versions available: pmix_v4\\n' >&2
else echo '      --container-image=[USER@][REGISTRY#]IMAGE[:TAG]|PATH'; fi",
    ),
];

/// A folder with commands, and topologies for a cluster with GPUs that Slurm counts and for one without.
fn folder(commands: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("bin")).expect("new");
    for (name, script) in commands {
        let path = folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own");
    }
    for name in ["h100", "local"] {
        let text = TOPOLOGY.replace("CLUSTER", &format!("cluster/{name}"));
        let container = "    container \"image:1\" { mount \"/models\" }\n    ctx";
        let text = if name == "h100" { text.replacen("    ctx", container, 1) } else { text };
        fs::write(folder.path().join(format!("{name}.kdl")), text).expect("writable");
    }
    folder
}

/// `doctor` with these commands before, or instead of, all others.
fn doctor(folder: &Path, arguments: &[&str]) -> Output {
    // Its own helpers are coreutils'; Slurm's commands of this machine must not be found.
    let tools = folder.join("tools");
    if !tools.exists() {
        fs::create_dir(&tools).expect("new");
        for tool in ["timeout", "sh", "printf", "head"] {
            std::os::unix::fs::symlink(Path::new("/usr/bin").join(tool), tools.join(tool)).expect("new");
        }
    }
    Command::new(env!("CARGO_BIN_EXE_disaggc"))
        .current_dir(folder)
        .arg("doctor")
        .args(arguments)
        .env("PATH", format!("{}/bin:{}", folder.display(), tools.display()))
        .output()
        .expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Name and state of each check of the only ability.
fn states(output: &Output) -> Vec<(String, String)> {
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = all["abilities"][0]["checks"].as_array().expect("checks").clone();
    let word = |check: &Value, key: &str| check[key].as_str().expect("a word").to_owned();
    checks.iter().map(|check| (word(check, "name"), word(check, "state"))).collect()
}

#[track_caller]
fn assert_states(output: &Output, code: i32, expected: &[(&str, &str)]) {
    let found = states(output);
    let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!((output.status.code(), found.as_slice()), (Some(code), expected), "{}", text(&output.stdout));
}

const SUBMIT: [&str; 4] = ["--for", "submit", "--format", "json"];

#[test]
fn a_whole_cluster_takes_all_jobs() {
    let folder = folder(&CLUSTER);
    let expected = [
        ("commands", "ok"),
        ("controller", "ok"),
        ("MPI", "ok"),
        ("containers", "ok"),
        ("segments", "ok"),
        ("GPUs", "ok"),
    ];
    assert_states(&doctor(folder.path(), &SUBMIT), 0, &expected);
    let table = text(&doctor(folder.path(), &["--for", "submit"]).stdout);
    for words in ["submit: yes\n", "slurm 24.05.3\n", "head1 is UP\n", "gpu:h100:8(S:0-1)\n"] {
        assert!(table.contains(words), "{table}");
    }
    // It needs no segments, and sbatch is asked about its job.
    let needed = [expected[0], expected[1], expected[2], expected[3], expected[5], ("job", "ok")];
    assert_states(&doctor(folder.path(), &[&["h100.kdl"], &SUBMIT[..]].concat()), 0, &needed);
}

#[test]
fn what_a_cluster_lacks_matters_to_those_who_need_it() {
    let change = |program: &str, script: &'static str| {
        let mut commands = CLUSTER;
        commands.iter_mut().find(|(name, _)| *name == program).expect("there").1 = script;
        folder(&commands)
    };
    let check = |folder: &tempfile::TempDir, arguments: &[&str], name: &str| {
        let output = doctor(folder.path(), &[arguments, &SUBMIT[..]].concat());
        let state = states(&output).into_iter().find(|(found, _)| found == name).map(|(_, state)| state);
        (output.status.code().expect("an end"), state.unwrap_or_default())
    };
    let answer = |code: i32, state: &str| (code, state.to_owned());
    for (name, program, script) in [
        ("containers", "srun", "[ \"$1\" = --mpi=list ] && echo pmix"),
        ("MPI", "srun", "echo 'none pmi2 --container-image'"),
        ("GPUs", "sinfo", "echo '(null)'"),
    ] {
        let folder = change(program, script);
        assert_eq!(check(&folder, &[], name), answer(1, "absent"), "{name}");
        assert_eq!(check(&folder, &["h100.kdl"], name), answer(1, "missing"), "{name}");
    }
    let folder = change("sinfo", "echo '(null)'");
    assert_eq!(check(&folder, &["local.kdl"], "GPUs"), answer(0, ""), "nobody asks for them");
    let folder = change("scontrol", "echo 'Slurmctld(primary) at head1 is DOWN'; exit 1");
    assert_eq!(check(&folder, &[], "controller"), answer(1, "missing"));
    let folder =
        change("sbatch", "echo 'sbatch: fatal: Could not establish a configuration source' >&2; exit 1");
    assert_eq!(check(&folder, &[], "commands"), answer(1, "missing"));
    let output = doctor(folder.path(), &["--for", "submit"]);
    assert!(text(&output.stdout).contains("they know no cluster"), "{}", text(&output.stdout));
}

#[test]
fn without_a_cluster_bundles_can_be_built_all_the_same() {
    let folder = folder(&[]);
    let output = doctor(folder.path(), &[]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("build: yes\n") && said.contains("\nsubmit: no\n"), "{said}");
    assert!(said.contains("not on PATH: sbatch, scontrol, scancel, srun"), "{said}");
    assert_eq!(doctor(folder.path(), &["--for", "submit"]).status.code(), Some(1));
    assert_eq!(doctor(folder.path(), &["--for", "build"]).status.code(), Some(0));
    fs::write(folder.path().join("wrong.kdl"), TOPOLOGY.replace("tp=2", "tp=0")).expect("writable");
    let output = doctor(folder.path(), &["wrong.kdl"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{}", text(&output.stderr));
    assert_eq!(doctor(folder.path(), &["--set", "ctx.tp=2"]).status.code(), Some(2));
    let clash = fs::read_to_string(folder.path().join("local.kdl")).expect("there");
    let clash = clash.replacen("partition=\"batch\"", "nodelist=\"node7\"", 1);
    fs::write(folder.path().join("clash.kdl"), clash).expect("writable");
    let said = text(&doctor(folder.path(), &["clash.kdl", "--for", "rehearse"]).stdout);
    assert!(said.contains("names machines of the real cluster"), "{said}");
}

/// Runs disaggc where /usr/sbin, which has Slurm's daemons, is empty.
fn without_daemons(folder: &Path, arguments: &[&str]) -> Option<Output> {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "a mount needs root");
        eprintln!("SKIPPED: a mount needs root");
        return None;
    }
    let script = "mount -t tmpfs none /usr/sbin && exec \"$@\"";
    let output = Command::new("unshare")
        .args([
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            script,
            "sh",
            env!("CARGO_BIN_EXE_disaggc"),
        ])
        .args(arguments)
        .current_dir(folder)
        .output();
    Some(output.expect("unshare starts"))
}

/// Both look with the same list.
#[test]
fn doctor_names_the_packages_that_a_rehearsal_asks_for() {
    const COMMAND: &str = "apt-get install --yes --no-install-recommends munge slurmctld slurmd\n";
    let folder = folder(&[]);
    let Some(output) = without_daemons(folder.path(), &["rehearse", "local.kdl"]) else { return };
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).ends_with(COMMAND), "{}", text(&output.stderr));
    let doctor = ["doctor", "local.kdl", "--for", "rehearse"];
    let output = without_daemons(folder.path(), &doctor).expect("root");
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("rehearse: no\n") && said.ends_with(COMMAND), "{said}");
    let output =
        without_daemons(folder.path(), &[&doctor[..], &["--format", "json"]].concat()).expect("root");
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(all["abilities"][0]["install"], json!(COMMAND.trim_end()));
}

/// Slurm's own commands say it as the scripts above do.
#[test]
fn a_real_slurm_is_understood() {
    let Some(slurm) = Slurm::start(1) else { return };
    let text = TOPOLOGY.replace("CLUSTER", "cluster/local");
    fs::write(slurm.work.join("topo.kdl"), text).expect("writable");
    let doctor = |arguments: &[&str]| {
        let mut command = slurm.command(env!("CARGO_BIN_EXE_disaggc"));
        command.arg("doctor").args(arguments).args(SUBMIT).output().expect("nsenter starts")
    };
    let needed = [("commands", "ok"), ("controller", "ok"), ("MPI", "ok")];
    let with = |job| [&needed[..], &[("job", job)]].concat();
    assert_states(&doctor(&["topo.kdl"]), 0, &with("ok"));
    assert_eq!(slurm.jobs(), "", "nothing is submitted");
    // It has one node.
    assert_states(&doctor(&["topo.kdl", "--set", "gen.replicas=9"]), 1, &with("missing"));
    assert_states(&doctor(&["topo.kdl", "--set", "slurm.partition=gone"]), 1, &with("missing"));
    let all = [&needed[..], &[("containers", "absent"), ("segments", "absent"), ("GPUs", "absent")]].concat();
    assert_states(&doctor(&[]), 1, &all);
    slurm.stop_controller();
    let states = states(&doctor(&["topo.kdl"]));
    assert!(states.contains(&("controller".to_owned(), "missing".to_owned())), "{states:?}");
}
