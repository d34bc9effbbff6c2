//! How long a cold `disaggc build` takes as a whole process, beside a process that does nothing, how many files
//! `disaggc check` takes a second, and where the time goes: `cargo bench`.

use std::fs;
use std::hint::black_box;
use std::process::{Command, Stdio};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use disaggc::source::Files;
use disaggc::stdlib::Stdlib;
use disaggc::{Request, compile, emit};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/deepseek-r1/topo.kdl");

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

struct One(String);

impl Files for One {
    fn read(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
}

fn processes(c: &mut Criterion) {
    let mut group = c.benchmark_group("process");
    let disaggc = |arguments: &[&str]| {
        let status = Command::new(env!("CARGO_BIN_EXE_disaggc"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("it runs");
        assert!(status.success());
    };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let bundle = scratch.path().join("bundle");
    let output = bundle.to_str().expect("UTF-8").to_owned();
    let remove = || drop(fs::remove_dir_all(&bundle));
    group.bench_function("true", |b| b.iter(|| Command::new("true").status().expect("it runs")));
    group.bench_function("version", |b| b.iter(|| disaggc(&["--version"])));
    group.bench_function("check", |b| b.iter(|| disaggc(&["check", EXAMPLE])));
    let build = || disaggc(&["build", EXAMPLE, "-o", &output]);
    group.bench_function("build", |b| b.iter_batched(remove, |()| build(), BatchSize::PerIteration));
    group.bench_function("build again", |b| b.iter(build));
}

/// Every example, 60 times.
fn folder(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut files = 0u64;
    for entry in fs::read_dir(EXAMPLES).expect("readable") {
        // A file, or a folder of several topologies.
        let Ok(text) = fs::read_to_string(entry.expect("readable").path().join("topo.kdl")) else { continue };
        for copy in 0..60u64 {
            fs::write(folder.path().join(format!("{}.kdl", files + copy)), &text).expect("writable");
        }
        files += 60;
    }
    let mut group = c.benchmark_group("folder");
    group.throughput(Throughput::Elements(files));
    group.bench_function("check", |b| {
        b.iter(|| {
            let check = Command::new(env!("CARGO_BIN_EXE_disaggc"))
                .arg("check")
                .arg(folder.path())
                .stderr(Stdio::null())
                .status()
                .expect("it runs");
            assert!(check.success());
        });
    });
}

fn phases(c: &mut Criterion) {
    let mut group = c.benchmark_group("library");
    let files = One(fs::read_to_string(EXAMPLE).expect("there"));
    let request = Request { main: "topo.kdl".to_owned(), ..Request::default() };
    let stdlib = Stdlib::embedded();
    let compiled = compile(&request, &files, &stdlib);
    let plan = compiled.plan.as_ref().expect("compiles");
    group.bench_function("stdlib", |b| b.iter(Stdlib::embedded));
    group.bench_function("compile", |b| b.iter(|| compile(black_box(&request), &files, &stdlib)));
    group.bench_function("emit", |b| b.iter(|| emit::emit(black_box(plan), &compiled.sources, &stdlib)));
}

criterion_group!(benches, processes, folder, phases);
criterion_main!(benches);
