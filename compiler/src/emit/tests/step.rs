//! A step's scripts without Slurm: its environment is made here, and programs that tell what they got.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{fixture, write};
use crate::emit::emit;
use crate::source::SourceMap;
use crate::stdlib::Stdlib;

/// The fixture's bundle and a run folder.
struct Bundle {
    folder: TempDir,
}

impl Bundle {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files =
            emit(&fixture::plan(), &SourceMap::default(), &Stdlib::embedded()).expect("it can be emitted");
        write(&files, folder.path());
        for name in ["run/state", "programs"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder can be made");
        }
        fs::write(folder.path().join("run/nodes"), "n1\nn2\n").expect("writable");
        Bundle { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a bash script on PATH.
    fn program(&self, name: &str, script: &str) {
        let path = self.path("programs").join(name);
        fs::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a file can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("modes can be set");
    }

    /// What Slurm would run for a rank.
    fn rank(&self, script: &str, arguments: &[&str], rank: u32, node: &str) -> Command {
        let path =
            format!("{}:{}", self.path("programs").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command
            .arg(self.path(script))
            .args(arguments)
            .env("PATH", path)
            .env("DISAGGC_BUNDLE", self.folder.path())
            .env("DISAGGC_RUN", self.path("run"))
            .env("SLURM_PROCID", rank.to_string())
            .env("SLURM_STEP_ID", "3")
            .env("SLURMD_NODENAME", node)
            .env("SLURM_MPI_TYPE", "pmix")
            .env_remove("CUDA_VISIBLE_DEVICES");
        command
    }

    /// A rank of the generation server: its nodes are `n1` with four ranks and `n2` with two.
    fn worker(&self, rank: u32, node: &str) -> Command {
        self.program("nsys", r#"printf '%s\n' "$CUDA_VISIBLE_DEVICES" "$DISAGG_SERVING_TYPE" "${*: -2}""#);
        self.rank("steps/gen.sh", &["gen_0", "GEN_0", "8000", "n1=0,1,2,3", "n2=2,3"], rank, node)
    }

    fn record(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path("run/state").join(name)).ok()
    }
}

fn output(command: &mut Command) -> Output {
    command.output().expect("bash is installed")
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(output(command).stdout).expect("UTF-8")
}

#[test]
fn a_worker_sees_its_gpus_and_the_launcher_one_word() {
    let bundle = Bundle::new();
    let rest = "GEN_0\ntrtllm-llmapi-launch steps/gen.command.sh\n";
    assert_eq!(stdout(&mut bundle.worker(0, "n1")), format!("0,1,2,3\n{rest}"));
    assert_eq!(bundle.record("gen_0.id").as_deref(), Some("3\n"));
    assert_eq!(stdout(bundle.worker(5, "n2").env("CUDA_VISIBLE_DEVICES", "4,5,6,7")), format!("6,7\n{rest}"));
    assert_eq!(
        stdout(bundle.worker(4, "n2").env("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b,GPU-c,GPU-d")),
        format!("GPU-c,GPU-d\n{rest}")
    );
}

/// What a refused rank says; it must have left its record.
fn refusal(bundle: &Bundle, command: &mut Command, step: &str) -> String {
    let _ = fs::remove_file(bundle.path("run/state").join(format!("{step}.exit")));
    let output = output(command);
    assert_eq!(output.status.code(), Some(1));
    assert!(bundle.record(&format!("{step}.exit")).is_some_and(|record| record.starts_with("1 n")));
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn a_rank_in_the_wrong_place_is_refused() {
    let bundle = Bundle::new();
    insta::assert_snapshot!(refusal(&bundle, &mut bundle.worker(1, "n2"), "gen_0"));
    insta::assert_snapshot!(refusal(&bundle, &mut bundle.worker(1, "n3"), "gen_0"));
    let few = &mut bundle.worker(4, "n2");
    insta::assert_snapshot!(refusal(&bundle, few.env("CUDA_VISIBLE_DEVICES", "0,1,2"), "gen_0"));
}

#[test]
fn mpi_is_for_the_workers() {
    let bundle = Bundle::new();
    insta::assert_snapshot!(refusal(&bundle, bundle.worker(0, "n1").env("SLURM_MPI_TYPE", "none"), "gen_0"));
    let server = &mut bundle.rank("steps/server.sh", &["server", "DISAGG_SERVER", "8333"], 0, "n1");
    insta::assert_snapshot!(refusal(&bundle, server, "server"));
}

#[test]
fn a_coordinator_has_nothing_of_slurm_and_mpi() {
    let bundle = Bundle::new();
    bundle.program("trtllm-serve", "compgen -e");
    let server = &mut bundle.rank("steps/server.sh", &["server", "DISAGG_SERVER", "8333"], 0, "n1");
    server.env("SLURM_MPI_TYPE", "none").env("PMI_RANK", "0").env("PMIX_RANK", "0").env("OMPI_X", "1");
    let seen = stdout(server);
    assert!(seen.lines().any(|name| name == "TLLM_LOG_LEVEL"));
    assert!(
        !seen.lines().any(|name| name.starts_with("SLURM_") || name.starts_with("PMI") || name == "OMPI_X")
    );
}

/// The launcher's command ends well whatever happens; the record has the code.
#[test]
fn the_launchers_command_records_the_code() {
    let bundle = Bundle::new();
    bundle.program("numactl", "exit 9");
    let command = &mut bundle.rank("steps/gen.command.sh", &[], 0, "n1");
    command
        .env("DISAGGC_STEP", "gen_0")
        .env("DISAGGC_NODE", "n1")
        .env("DISAGGC_PORT", "8000")
        .env("DISAGGC_HOST", "n1");
    assert_eq!(output(command).status.code(), Some(0));
    assert_eq!(bundle.record("gen_0.exit").as_deref(), Some("9 n1 by-itself\n"));
}

/// A launcher that is killed leaves a subshell and its command behind.
#[test]
fn a_command_ends_with_its_launcher() {
    let bundle = Bundle::new();
    bundle.program("nsys", r#"exec "${@: -2}""#);
    bundle.program("trtllm-llmapi-launch", "( $1; echo went on >went-on ) &\nwait");
    bundle.program("numactl", "trap 'kill $!; exit 7' TERM\nsleep 60 &\necho up\nwait");
    std::os::unix::fs::symlink(bundle.path("steps"), bundle.path("run/steps")).expect("a link can be made");
    let worker = &mut bundle.rank("steps/gen.sh", &["gen_0", "GEN_0", "8000", "n1=0"], 0, "n1");
    let mut launcher = worker.process_group(0).stdout(Stdio::piped()).spawn().expect("bash is installed");
    let mut said = BufReader::new(launcher.stdout.take().expect("a pipe"));
    said.read_line(&mut String::new()).expect("the program says something");
    launcher.kill().expect("it runs");
    launcher.wait().expect("it ends");
    // Ends when the last process that holds the output has ended.
    said.read_to_string(&mut String::new()).expect("UTF-8");
    let record = bundle.record("gen_0.exit").unwrap_or_default();
    assert!(record.ends_with(" n1 terminated\n"), "{record}");
    assert!(!bundle.path("run/went-on").exists());
}

#[test]
fn a_signal_reaches_the_program() {
    let bundle = Bundle::new();
    bundle.program("trtllm-serve", "trap 'kill $!; exit 7' TERM\nsleep 60 &\necho up\nwait");
    let server = &mut bundle.rank("steps/server.sh", &["server", "DISAGG_SERVER", "8333"], 0, "n1");
    let mut child =
        server.env("SLURM_MPI_TYPE", "none").stdout(Stdio::piped()).spawn().expect("bash is installed");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("the program says something");
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.expect("kill is installed").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(7));
    assert_eq!(bundle.record("server.exit").as_deref(), Some("7 n1 terminated\n"));
}

#[test]
fn a_bound_port_is_seen_without_asking_it() {
    let bundle = Bundle::new();
    let is_bound = |address: &str| {
        let listener = TcpListener::bind(address).expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let script = ". \"$1\"; is_bound \"$2\"";
        let ask = || {
            let path = bundle.path("runtime/ports.sh");
            let mut command = Command::new("bash");
            command.args(["-c", script, "bash"]).arg(path).arg(port.to_string());
            command.status().expect("bash is installed").success()
        };
        let bound = ask();
        drop(listener);
        (bound, ask())
    };
    assert_eq!(is_bound("127.0.0.1:0"), (true, false));
    assert_eq!(is_bound("[::1]:0"), (true, false));
}
