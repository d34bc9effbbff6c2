//! How planning grows with the number of servers, and how long a whole build of a thousand takes: `cargo bench`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use disaggc::plan::place::{Pool, Wishes, place};
use disaggc::source::Files;
use disaggc::stdlib::Stdlib;
use disaggc::topology::WorkerKind;
use disaggc::{Request, compile, emit};

const SERVERS: [u32; 4] = [10, 100, 1_000, 10_000];

struct One(String);

impl Files for One {
    fn read(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
}

/// Servers of eight GPUs on average, on nodes of four; none of the pools fills its nodes.
fn pools(servers: u32) -> [(WorkerKind, u32, u32); 4] {
    let part = |tenths: u32| servers * tenths / 10;
    [
        (WorkerKind::Gen, part(3), 18),
        (WorkerKind::Gen, part(1), 7),
        (WorkerKind::Ctx, part(4), 3),
        (WorkerKind::Ctx, part(2), 2),
    ]
}

fn placing(c: &mut Criterion) {
    let mut group = c.benchmark_group("place");
    for servers in SERVERS {
        let pool =
            |(kind, servers, gpus)| Pool { kind, servers, gpus, alone: false, most: None, one_domain: false };
        let wishes = Wishes {
            gpus: (0..4).collect(),
            domain_nodes: 18,
            pools: pools(servers).map(pool).to_vec(),
            ..Wishes::default()
        };
        group.throughput(Throughput::Elements(servers.into()));
        group.bench_function(BenchmarkId::from_parameter(servers), |b| b.iter(|| place(black_box(&wishes))));
    }
}

fn topology(servers: u32) -> One {
    let mut text = String::from("use \"cluster/gb200-nvl72\"\nuse \"engine/trtllm\"\ntopology \"big\" {\n");
    text += "model \"m\" path=\"/models/m\"\ncontainer \"nvcr.io/a/b:1\"\nserver\n";
    for (index, (kind, servers, gpus)) in pools(servers).into_iter().enumerate() {
        text += &format!("{} \"p{index}\" replicas={servers} tp={gpus}\n", kind.name());
    }
    One(text + "benchmark { isl 1024; osl 1024; concurrency 64 }\n}\n")
}

fn compiling(c: &mut Criterion) {
    let request = Request { main: "topo.kdl".to_owned(), ..Request::default() };
    let stdlib = Stdlib::embedded();
    let mut group = c.benchmark_group("compile");
    group.sample_size(20);
    for servers in SERVERS {
        let files = topology(servers);
        group.throughput(Throughput::Elements(servers.into()));
        group.bench_function(BenchmarkId::from_parameter(servers), |b| {
            b.iter(|| assert!(compile(black_box(&request), &files, &stdlib).plan.is_some()));
        });
    }
    group.finish();
    let mut group = c.benchmark_group("build in memory");
    let files = topology(1_000);
    group.bench_function("1000", |b| {
        b.iter(|| {
            let compiled = compile(black_box(&request), &files, &stdlib);
            let plan = compiled.plan.as_ref().expect("compiles");
            emit::emit(plan, &compiled.sources, &stdlib).expect("is emitted")
        });
    });
}

criterion_group!(benches, placing, compiling);
criterion_main!(benches);
