//! A plan as the planner makes it: two context servers that share a node, a generation server of six
//! ranks on one node and a half, the coordinator, and a client at two concurrencies.

use indexmap::{IndexMap, indexmap};

use crate::plan::word::{Runtime, Word};
use crate::plan::{
    Cluster, Component, Config, Data, Edge, Engine, Launcher, Load, Part, Placed, Plan, Processes, Ready,
    Reducer, Role, SCHEMA, Share, SlurmOption, State, Step, Variable,
};

pub fn plan() -> Plan {
    let configs = vec![
        config("ctx", worker_config(2)),
        config("gen", worker_config(6)),
        config("server", server_config()),
    ];
    Plan {
        schema: SCHEMA,
        topology: "fixture".to_owned(),
        engine: Engine { name: "trtllm".to_owned(), version: "1.2".to_owned(), backend: None },
        cluster: Cluster { name: "local".to_owned() },
        mode: "e2e".to_owned(),
        nodes: 3,
        placement: Placed::default(),
        components: vec![component(
            3,
            vec![
                option("job-name", Some("fixture")),
                option("nodes", Some("3")),
                option("exclusive", None),
                option("mem", Some("0")),
                option("no-requeue", None),
                option("no-kill", None),
                option("gres", Some("gpu:4")),
                option("time", Some("00:20:00")),
                option("comment", Some("it's \"ours\" # all of it")),
            ],
        )],
        run_folder: None,
        configs,
        roles: vec![worker("ctx", vec![]), worker("gen", profiler()), coordinator(), client_role()],
        steps: steps(),
        exports: Vec::new(),
        jenkins: None,
        origins: IndexMap::new(),
    }
}

fn component(nodes: u32, sbatch: Vec<SlurmOption>) -> Component {
    Component { kind: None, from: 0, nodes, gpus_per_node: 4, gres: Some("gpu".to_owned()), sbatch }
}

/// One node with one GPU: no launcher, no coordinator; with a container, and a folder for the runs.
pub fn single() -> Plan {
    let mounts = |word: Word| word.then(":").then_runtime(Runtime::RunFolder).then(",/models:/models");
    let mut server = step("agg_0", "agg", "AGG_0", vec![share(0, 1, &[0])], Some(8000), false);
    server.srun.push(mounts(Word::text("--container-mounts=").then_runtime(Runtime::RunFolder)));
    let client = Step {
        after: vec![edge("agg_0", State::Ready)],
        load: Some(Load { target_port: 8000, ..load(2) }),
        ..step("benchmark_2", "benchmark", "BENCHMARK", vec![share(0, 1, &[])], None, false)
    };
    Plan {
        topology: "single".to_owned(),
        nodes: 1,
        components: vec![component(1, vec![option("nodes", Some("1")), option("exclusive", None)])],
        run_folder: Some("/lustre/all runs".to_owned()),
        configs: vec![config("agg", worker_config(1))],
        roles: vec![
            Role { launcher: None, clear: clear(), wrapper: profiler(), ..worker("agg", vec![]) },
            client_role(),
        ],
        steps: vec![server, client],
        ..plan()
    }
}

fn steps() -> Vec<Step> {
    let servers = ["gen_0", "ctx_0", "ctx_1"];
    vec![
        step(
            "gen_0",
            "gen",
            "GEN_0",
            vec![share(0, 4, &[0, 1, 2, 3]), share(1, 2, &[0, 1])],
            Some(8000),
            true,
        ),
        step("ctx_0", "ctx", "CTX_0", vec![share(2, 2, &[0, 1])], Some(8000), true),
        Step {
            after: vec![edge("ctx_0", State::Leading)],
            ..step("ctx_1", "ctx", "CTX_1", vec![share(2, 2, &[2, 3])], Some(8001), true)
        },
        Step {
            after: servers.map(|server| edge(server, State::Ready)).to_vec(),
            ..step("server", "server", "DISAGG_SERVER", vec![share(0, 1, &[])], Some(8333), false)
        },
        Step {
            after: vec![edge("server", State::Ready)],
            load: Some(load(2)),
            ..step("benchmark_2", "benchmark", "BENCHMARK", vec![share(0, 1, &[])], None, false)
        },
        Step {
            after: vec![edge("benchmark_2", State::Done)],
            load: Some(load(4)),
            ..step("benchmark_4", "benchmark", "BENCHMARK", vec![share(0, 1, &[])], None, false)
        },
    ]
}

fn step(name: &str, role: &str, serving_type: &str, nodes: Vec<Share>, port: Option<u16>, mpi: bool) -> Step {
    let ranks: u32 = nodes.iter().map(|share| share.ranks).sum();
    let mut srun = vec![
        Word::text(format!("--job-name={name}")),
        Word::text("--overlap"),
        Word::text("--distribution=arbitrary"),
        Word::text(format!("--nodes={}", nodes.len())),
        Word::text(format!("--ntasks={ranks}")),
        Word::text("--export=ALL"),
        Word::text("--cpu-bind=none"),
        Word::text("--kill-on-bad-exit=1"),
        Word::text("--output=").then_runtime(Runtime::RunFolder).then(format!("/log/{name}.log")),
    ];
    if mpi {
        srun.push(Word::text("--mpi=pmix"));
    }
    Step {
        name: name.to_owned(),
        role: role.to_owned(),
        serving_type: serving_type.to_owned(),
        srun,
        nodes,
        port,
        ports: vec![],
        after: vec![],
        load: None,
    }
}

fn worker(name: &str, wrapper: Vec<Word>) -> Role {
    Role {
        parallel: None,
        processes: Some(Processes::Gpu),
        follower: vec![],
        name: name.to_owned(),
        part: Part::Worker,
        env: vec![
            unset("UCX_TLS"),
            set("UCX_TLS", "tcp"),
            set("GREETING", "it's $HOME `here`,\n\"two lines\""),
            Variable { name: "WHERE".to_owned(), value: Some(Word::runtime(Runtime::Host).then(":x y")) },
        ],
        clear: vec![],
        wrapper,
        launcher: Some(Launcher {
            command: "trtllm-llmapi-launch".to_owned(),
            address_variable: Some("TLLM_SPAWN_PROXY_PROCESS_IPC_ADDR".to_owned()),
        }),
        binding: vec!["numactl".to_owned(), "-m".to_owned(), "0,1".to_owned()],
        command: vec![
            Word::text("trtllm-serve"),
            Word::text("/models/a model"),
            Word::text("--host"),
            Word::runtime(Runtime::Host),
            Word::text("--port"),
            Word::runtime(Runtime::Port),
            Word::text("--config"),
            Word::runtime(Runtime::Bundle).then(format!("/config/{name}.yaml")),
        ],
        ready: Some(Ready {
            path: "/health".to_owned(),
            timeout_seconds: 120,
            lost_after_seconds: 60,
            port: None,
        }),
        request: None,
        timeout_seconds: None,
        folder: None,
        ends_itself: false,
        decides: false,
        reducer: None,
        preparation: None,
    }
}

fn profiler() -> Vec<Word> {
    let output = Word::runtime(Runtime::RunFolder)
        .then("/nsys_")
        .then_runtime(Runtime::Step)
        .then("_")
        .then_runtime(Runtime::Rank);
    vec![Word::text("nsys"), Word::text("profile"), Word::text("-o"), output]
}

fn coordinator() -> Role {
    Role {
        parallel: None,
        processes: None,
        follower: vec![],
        name: "server".to_owned(),
        part: Part::Coordinator,
        env: vec![set("TLLM_LOG_LEVEL", "INFO")],
        clear: clear(),
        wrapper: vec![],
        launcher: None,
        binding: vec![],
        command: vec![
            Word::text("trtllm-serve"),
            Word::text("disaggregated"),
            Word::text("-c"),
            Word::runtime(Runtime::RunFolder).then("/config/server.yaml"),
        ],
        ready: Some(Ready {
            path: "/health".to_owned(),
            timeout_seconds: 60,
            lost_after_seconds: 60,
            port: None,
        }),
        request: None,
        timeout_seconds: None,
        folder: None,
        ends_itself: false,
        decides: false,
        reducer: None,
        preparation: None,
    }
}

fn client_role() -> Role {
    let text = |words: &[&str]| words.iter().map(|word| Word::text(*word)).collect::<Vec<_>>();
    let mut command = text(&["python3", "-m", "tensorrt_llm.serve.scripts.benchmark_serving"]);
    command.extend(text(&["--model", "/models/a model", "--backend", "openai"]));
    command.extend(text(&["--dataset-name", "random", "--random-ids", "--random-input-len", "16"]));
    command.extend(text(&["--random-output-len", "8", "--ignore-eos", "--no-test-input", "--save-result"]));
    let values = [
        ("--host", Runtime::TargetHost),
        ("--port", Runtime::TargetPort),
        ("--num-prompts", Runtime::Requests),
        ("--max-concurrency", Runtime::Concurrency),
        ("--result-dir", Runtime::Results),
    ];
    command.extend(values.into_iter().flat_map(|(name, value)| [Word::text(name), Word::runtime(value)]));
    command.extend(text(&["--result-filename", "result.json"]));
    Role {
        parallel: None,
        processes: None,
        follower: vec![],
        name: "benchmark".to_owned(),
        part: Part::Client,
        env: vec![],
        clear: clear(),
        wrapper: vec![],
        launcher: None,
        binding: vec![],
        command,
        ready: None,
        request: None,
        timeout_seconds: None,
        folder: None,
        ends_itself: false,
        decides: true,
        preparation: None,
        reducer: Some(Reducer {
            file: "steps/results.py".to_owned(),
            source: "engine/trtllm/results.py".to_owned(),
            command: vec![
                Word::text("python3"),
                Word::runtime(Runtime::Bundle).then("/steps/results.py"),
                Word::runtime(Runtime::Results).then("/result.json"),
            ],
        }),
    }
}

fn worker_config(tp: i128) -> Data {
    Data::Map(indexmap! {
        "max_batch_size".to_owned() => Data::Integer(16),
        "cuda_graph_config".to_owned() => Data::Null,
        "kv_cache_config".to_owned() => Data::Map(indexmap! {
            "enable_block_reuse".to_owned() => Data::Bool(false),
            "free_gpu_memory_fraction".to_owned() => Data::Float(0.6),
        }),
        "cache_transceiver_config".to_owned() => Data::Map(indexmap! {
            "backend".to_owned() => Data::String(Word::text("DEFAULT")),
        }),
        "tensor_parallel_size".to_owned() => Data::Integer(tp),
    })
}

fn server_config() -> Data {
    let url = |node, port| Data::String(Word::runtime(Runtime::Node(node)).then(format!(":{port}")));
    let servers = |urls: Vec<Data>| {
        Data::Map(indexmap! {
            "num_instances".to_owned() => Data::Integer(urls.len() as i128),
            "urls".to_owned() => Data::List(urls),
        })
    };
    Data::Map(indexmap! {
        "hostname".to_owned() => Data::String(Word::runtime(Runtime::Node(0))),
        "port".to_owned() => Data::Integer(8333),
        "backend".to_owned() => Data::String(Word::text("pytorch")),
        "context_servers".to_owned() => servers(vec![url(2, 8000), url(2, 8001)]),
        "generation_servers".to_owned() => servers(vec![url(0, 8000)]),
    })
}

fn config(name: &str, data: Data) -> Config {
    Config { name: name.to_owned(), data }
}

fn option(name: &str, value: Option<&str>) -> SlurmOption {
    SlurmOption { name: name.to_owned(), value: value.map(str::to_owned) }
}

fn clear() -> Vec<String> {
    ["SLURM_", "PMI", "PMIX", "OMPI_"].map(str::to_owned).to_vec()
}

fn set(name: &str, value: &str) -> Variable {
    Variable { name: name.to_owned(), value: Some(Word::text(value)) }
}

fn unset(name: &str) -> Variable {
    Variable { name: name.to_owned(), value: None }
}

fn share(node: u32, ranks: u32, gpus: &[u32]) -> Share {
    Share { node, ranks, gpus: gpus.to_vec() }
}

fn edge(step: &str, state: State) -> Edge {
    Edge { step: step.to_owned(), state }
}

fn load(concurrency: u32) -> Load {
    Load {
        target_node: 0,
        target_port: 8333,
        concurrency: Some(concurrency),
        requests: Some(2 * u64::from(concurrency)),
        may_fail: 0,
    }
}
