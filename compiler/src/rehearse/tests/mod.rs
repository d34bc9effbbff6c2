//! Rehearsals of small jobs, for real. Where the machine can't do that they say so and return;
//! with `DISAGGC_NO_SKIPS` set they fail instead.

mod container;
mod death;
mod python;

use std::fs;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use disaggc::plan::{Component, SlurmOption};
use disaggc::stdlib::Stdlib;
use indexmap::IndexMap;
use tempfile::TempDir;

use super::fault::{Fault, What, When};
use super::{Error, Outcome, Rehearsal};
use crate::follow::{Cause, Verdict};

/// The only component of a job.
fn nodes_with(nodes: u32, gpus_per_node: u32, gres: Option<&str>, sbatch: &[SlurmOption]) -> Component {
    let gres = gres.map(str::to_owned);
    Component { kind: None, from: 0, nodes, gpus_per_node, gres, sbatch: sbatch.to_vec() }
}

/// A bundle with this job script.
struct Bundle {
    folder: TempDir,
}

impl Bundle {
    fn new(job: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("job.sbatch"), job).expect("a file");
        fs::write(folder.path().join("ranks.py"), include_str!("ranks.py")).expect("a file");
        Bundle { folder }
    }

    /// A job of one node that runs this.
    fn script(body: &str) -> Self {
        Bundle::new(&format!("#!/bin/bash\n#SBATCH --nodes=1 --exclusive --mem=0\n{body}\n"))
    }

    fn path(&self) -> &Utf8Path {
        self.folder.path().try_into().expect("UTF-8")
    }

    fn all_reduce() -> Self {
        Bundle::new(include_str!("job.sbatch"))
    }

    /// For nodes with 4 GPUs, pyxis and `--segment`.
    fn rehearsal(&self, nodes: u32) -> Rehearsal<'_> {
        Rehearsal {
            bundle: self.path(),
            components: vec![nodes_with(nodes, 4, Some("gpu"), &[])],
            pyxis: true,
            segment: true,
            model: None,
            reads_model: false,
            stand_in: &[("stand_in.py", "CODE = 0\n")],
            environment: &[],
            shared: &[],
            path: None,
            packages: &[],
            python: &[],
            cache: None,
            run_folder: None,
            keep: None,
            keep_briefly: false,
            faults: &[],
            patience: Duration::from_secs(600),
            look: None,
        }
    }
}

/// Runs it, and returns what was printed too.
fn run(rehearsal: &Rehearsal) -> (Result<Outcome, Error>, String) {
    let mut out = Vec::new();
    let outcome = super::run(rehearsal, &Stdlib::embedded(), &mut out);
    let out = String::from_utf8(out).expect("UTF-8");
    (outcome, out)
}

fn cause(rehearsal: &Rehearsal) -> Cause {
    let (outcome, out) = run(rehearsal);
    outcome.expect("a rehearsal").cause.unwrap_or_else(|| panic!("it passed:\n{out}"))
}

/// Whether this machine can rehearse; says why not, past the test runner's capture.
fn able() -> bool {
    let bundle = Bundle::all_reduce();
    let packages = ["python3-mpi4py".to_owned(), "openmpi-bin".to_owned()];
    let rehearsal = Rehearsal { packages: &packages, ..bundle.rehearsal(2) };
    let Err(why) = super::requirements::check(&rehearsal) else { return true };
    let test = thread::current().name().unwrap_or_default().to_owned();
    assert!(std::env::var_os("DISAGGC_NO_SKIPS").is_none(), "{why}");
    writeln!(io::stderr(), "SKIPPED {test}: {why}").expect("standard error");
    false
}

fn options(list: &[(&str, &str)]) -> Vec<SlurmOption> {
    let option =
        |&(name, value): &(&str, &str)| SlurmOption { name: name.to_owned(), value: Some(value.to_owned()) };
    list.iter().map(option).collect()
}

#[test]
fn an_mpi_job_passes_and_leaves_its_run_folder_where_wanted() {
    if !able() {
        return;
    }
    let bundle = Bundle::all_reduce();
    let keep = bundle.path().join("kept");
    let (outcome, out) = run(&Rehearsal { keep: Some(&keep), ..bundle.rehearsal(2) });
    assert_eq!(
        outcome.expect("a rehearsal"),
        Outcome {
            cause: None,
            verdict: Some(Verdict::Passed),
            problems: Vec::new(),
            run_folder: Some(keep.clone()),
            last_words: IndexMap::new()
        },
        "{out}"
    );
    assert!(out.starts_with("starting a private Slurm of 2 nodes with 4 GPUs each\n"), "{out}");
    for rank in 0..6 {
        let line = format!("rank {rank} on node{}: sum 15 of 6, GPUs 0,1,2,3\n", 1 + rank / 4);
        assert!(out.contains(&line), "{line}{out}");
    }
    assert!(out.contains("its numbers measure nothing\n"), "{out}");
    assert!(out.contains("\npassed\n"), "{out}");
    assert!(keep.join("gen_0.log").is_file());
    assert!(keep.join("result.json").is_file());
}

#[test]
fn a_failed_verdict_is_told_with_its_cause() {
    if !able() {
        return;
    }
    let bundle = Bundle::all_reduce();
    let keep = bundle.path().join("kept");
    let stand_in = [("stand_in.py", "CODE = 3\n")];
    let rehearsal = Rehearsal { stand_in: &stand_in, keep: Some(&keep), ..bundle.rehearsal(2) };
    let (outcome, out) = run(&rehearsal);
    let outcome = outcome.expect("a rehearsal");
    assert_eq!(outcome.exit_code(), 1);
    let cause = outcome.cause.expect("it failed");
    assert_eq!((cause.step.as_deref(), cause.node.as_deref()), (Some("gen_0"), Some("node2")));
    assert!(cause.message.ends_with(&format!("see {keep}/gen_0.log")), "{}", cause.message);
    assert!(out.contains("\nfailed: gen_0 on node2: code "), "{out}");
}

#[test]
fn a_job_without_a_verdict_is_told_in_slurms_words() {
    if !able() {
        return;
    }
    let bundle = Bundle::script("echo nothing done; exit 3");
    let cause = cause(&bundle.rehearsal(1));
    assert!(cause.message.contains("FAILED, reason NonZeroExitCode, exit status: 3;"), "{}", cause.message);
    assert!(cause.message.contains("WEXITSTATUS 3"), "the controller's log is missing: {}", cause.message);
}

#[test]
fn a_job_that_passes_by_its_own_word_only_has_failed() {
    if !able() {
        return;
    }
    let bundle = Bundle::script(r#"echo '{"verdict": "passed"}' >result.json; exit 1"#);
    let cause = cause(&bundle.rehearsal(1));
    assert!(cause.message.contains("says that it passed, but Slurm says: FAILED"), "{}", cause.message);
}

#[test]
fn a_job_that_sbatch_refuses_or_that_never_starts_has_failed() {
    if !able() {
        return;
    }
    let refused = Bundle::script("#SBATCH --gres=gpu:8");
    let message = cause(&refused.rehearsal(1)).message;
    assert!(message.contains("Requested node configuration is not available"), "{message}");
    let stuck = Bundle::script("#SBATCH --begin=now+1hour");
    let message = cause(&stuck.rehearsal(1)).message;
    assert!(message.ends_with("Slurm's reason: BeginTime"), "{message}");
}

#[test]
fn the_cluster_has_what_the_job_asks_for() {
    if !able() {
        return;
    }
    let asked = [
        ("partition", "gb200,spare"),
        ("account", "research"),
        ("qos", "high"),
        ("time", "02:00:00"),
        ("constraint", "[rack1|rack2]&ib"),
        ("licenses", "matlab:2,ansys"),
        ("reservation", "maintenance"),
        ("cpus-per-task", "72"),
        ("gres", "gpu:gb200:8"),
    ];
    let header: String = asked.iter().map(|(name, value)| format!("#SBATCH --{name}={value}\n")).collect();
    let body = r#"[ "$CUDA_VISIBLE_DEVICES" = 0,1,2,3,4,5,6,7 ] && [ -c /dev/nvidia7 ] && [ ! -e /dev/nvidia8 ] || exit 5
        mkdir "$RUNS/run"; echo '{"verdict": "passed"}' >"$RUNS/run/result.json""#;
    let runs = tempfile::Builder::new().prefix("runs-").tempdir_in("/var/tmp").expect("a folder");
    let runs: &Utf8Path = runs.path().try_into().expect("UTF-8");
    let bundle = Bundle::script(&format!("{header}{}", body.replace("$RUNS", runs.as_str())));
    let options = options(&asked);
    let rehearsal = Rehearsal {
        components: vec![nodes_with(1, 8, Some("gpu:gb200"), &options)],
        pyxis: false,
        run_folder: Some(runs),
        ..bundle.rehearsal(1)
    };
    let (outcome, out) = run(&rehearsal);
    assert_eq!(outcome.expect("a rehearsal").cause, None, "{out}");
    assert_eq!(fs::read_dir(runs).expect("a folder").count(), 0, "the real folder for runs was touched");
}

#[test]
fn a_job_that_no_fault_ends_is_cancelled() {
    if !able() {
        return;
    }
    let bundle = Bundle::script("sleep 100000");
    let faults = [Fault { text: "full disk".to_owned(), what: What::FullDisk, when: When::BeforeTheJob }];
    let rehearsal = Rehearsal { faults: &faults, patience: Duration::from_secs(2), ..bundle.rehearsal(1) };
    let (outcome, out) = run(&rehearsal);
    let outcome = outcome.expect("a rehearsal");
    let said = ["the job did not end by itself: 2 s after the last fault it was cancelled".to_owned()];
    assert_eq!(outcome.problems, said, "{out}");
    assert!(outcome.cause.expect("no verdict").message.contains("CANCELLED"), "{out}");
}

/// Prints `+` or `-` before each option of srun that was accepted or refused.
fn try_options(options: &[&str]) -> Bundle {
    let tries: String = options
        .iter()
        .map(|option| {
            format!(
                "if srun -n1 --overlap '{option}' true; then echo '+{option}'; else echo '-{option}'; fi\n"
            )
        })
        .collect();
    Bundle::script(&tries)
}

#[test]
fn container_options_are_accepted_and_nonsense_is_refused() {
    if !able() {
        return;
    }
    let good = [
        "--container-image=/images/trtllm.sqsh",
        "--container-mounts=/a:/b:ro+rprivate,/c",
        "--container-workdir=/work",
        "--container-env=UCX_TLS,NCCL_DEBUG",
        "--no-container-remap-root",
        "--container-writable",
    ];
    let bad = [
        "--container-image=",
        "--container-mounts=a:/b",
        "--container-mounts=/a:b",
        "--container-mounts=/a:/b,,/c",
        "--container-mounts=/a:/b,",
        "--container-workdir=work",
        "--container-name=a/b",
        "--container-name=a:sometimes",
        "--container-save=/images/",
        "--container-env=UCX_TLS=tcp",
        "--container-writable=yes",
        "--container-nonsense",
        "--segment=0",
    ];
    let bundle = try_options(&[&good[..], &bad[..]].concat());
    let (_, out) = run(&bundle.rehearsal(1));
    for (mark, list) in [("+", &good[..]), ("-", &bad[..])] {
        for option in list {
            assert!(out.contains(&format!("{mark}{option}\n")), "{mark}{option}\n{out}");
        }
    }
}

#[test]
fn a_cluster_without_pyxis_refuses_its_options() {
    if !able() {
        return;
    }
    let bundle = try_options(&["--container-image=a", "--mpi=pmix"]);
    let (_, out) = run(&Rehearsal { pyxis: false, segment: false, ..bundle.rehearsal(1) });
    assert!(out.contains("---container-image=a\n"), "{out}");
    assert!(out.contains("+--mpi=pmix\n"), "{out}");
}

#[test]
fn a_cluster_without_gpu_resources_hides_none() {
    if !able() {
        return;
    }
    let body = r#"[ -z "${CUDA_VISIBLE_DEVICES+set}" ] && [ -c /dev/nvidia3 ] && [ ! -e /dev/nvidia4 ] || exit 5
        echo '{"verdict": "passed"}' >result.json"#;
    let bundle = Bundle::script(body);
    let (outcome, out) =
        run(&Rehearsal { components: vec![nodes_with(1, 4, None, &[])], ..bundle.rehearsal(1) });
    assert_eq!(outcome.expect("a rehearsal").cause, None, "{out}");
    let bundle = Bundle::script("#SBATCH --gres=gpu:1");
    let message =
        cause(&Rehearsal { components: vec![nodes_with(1, 4, None, &[])], ..bundle.rehearsal(1) }).message;
    assert!(message.contains("Invalid generic resource"), "{message}");
}

#[test]
fn two_rehearsals_run_at_once() {
    if !able() {
        return;
    }
    let bundle = Bundle::all_reduce();
    thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| run(&bundle.rehearsal(2))));
        for thread in both {
            let (outcome, out) = thread.join().expect("no panic");
            assert_eq!(outcome.expect("a rehearsal").cause, None, "{out}");
        }
    });
}

#[test]
fn a_cluster_that_does_not_start_says_which_step_failed() {
    if !able() {
        return;
    }
    let bundle = Bundle::all_reduce();
    for (file, from, to, message) in [
        ("cluster", "munged --force", "munged --no-such-option", "The private Slurm failed to start munged."),
        ("node", "hostname \"$name\"", "hostname \"\"", "failed to set its host name."),
        ("node", "slurmd -D", "slurmd --no-such-option", "failed to run slurmd."),
    ] {
        let embedded = Stdlib::embedded();
        let files = embedded.folder("rehearsal").into_iter().map(|(path, content)| {
            let content = if path == file { content.replace(from, to) } else { content.to_owned() };
            (format!("rehearsal/{path}"), content)
        });
        let stdlib = Stdlib::from_files(files);
        let error = super::run(&bundle.rehearsal(2), &stdlib, &mut Vec::new()).expect_err("it can't start");
        assert!(error.to_string().contains(message), "{error}");
    }
}

fn refusal(rehearsal: &Rehearsal) -> String {
    run(rehearsal).0.expect_err("this can't be rehearsed").to_string()
}

#[test]
fn what_cannot_be_rehearsed_is_refused_with_a_reason() {
    let bundle = Bundle::all_reduce();
    let nodelist = options(&[("nodelist", "gb-[01-04]")]);
    let message = refusal(&Rehearsal {
        components: vec![nodes_with(2, 4, Some("gpu"), &nodelist)],
        ..bundle.rehearsal(2)
    });
    assert!(message.contains("`--nodelist=gb-[01-04]` names machines of the real cluster"), "{message}");

    let message = refusal(&Rehearsal { keep: Some(bundle.path()), ..bundle.rehearsal(2) });
    assert!(message.contains("exists and is not empty"), "{message}");

    let absent = Utf8PathBuf::from("/no/such/folder");
    let message = refusal(&Rehearsal { run_folder: Some(&absent), ..bundle.rehearsal(2) });
    assert!(message.contains("`mkdir -p /no/such/folder`"), "{message}");

    let packages = ["no-such-package".to_owned(), "no-other-package".to_owned()];
    let message = refusal(&Rehearsal { packages: &packages, ..bundle.rehearsal(2) });
    assert!(message.contains("no-such-package, for what the job runs"), "{message}");
    let command = message.lines().find(|line| line.contains("apt-get install")).expect("a command");
    assert!(command.contains(" no-other-package no-such-package"), "{message}");
}
