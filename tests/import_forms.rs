//! A topology, written in every form that can express it, and imported from there, is the same job.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use disaggc::Request;
use disaggc::import::verify::verify;
use disaggc::import::{Input, Options, import};
use disaggc::plan::Plan;
use disaggc::stdlib::Stdlib;
use proptest::collection::vec;
use proptest::prelude::*;
use support::Texts;

/// What all forms can say.
#[derive(Debug, Clone)]
struct Job {
    gpus_per_node: u32,
    ctx: Worker,
    generation: Worker,
    isl: u32,
    osl: u32,
    concurrency: Vec<u32>,
    rounds: u32,
}

#[derive(Debug, Clone)]
struct Worker {
    replicas: u32,
    tp: u32,
    pp: u32,
    ep: Option<u32>,
    attention_dp: Option<bool>,
    env: BTreeMap<String, String>,
    config: Vec<(&'static str, Data)>,
}

#[derive(Debug, Clone)]
enum Data {
    Null,
    Bool(bool),
    Integer(u32),
    Float(f64),
    Text(String),
    List(Vec<u32>),
    Map(Vec<(&'static str, Data)>),
}

impl Data {
    fn yaml(&self) -> String {
        match self {
            Data::Null => "null".to_owned(),
            Data::Bool(truth) => truth.to_string(),
            Data::Integer(number) => number.to_string(),
            // Python needs the point, and the sign of an exponent.
            Data::Float(number) => format!("{number:?}"),
            Data::Text(text) => quoted(text),
            Data::List(items) => format!("{items:?}"),
            Data::Map(map) => yaml_map(map),
        }
    }

    fn kdl(&self, key: &str) -> String {
        match self {
            Data::Null => format!("{key} #null"),
            Data::Bool(truth) => format!("{key} #{truth}"),
            Data::Integer(number) => format!("{key} {number}"),
            Data::Float(number) => format!("{key} {number:?}"),
            Data::Text(text) => format!("{key} {}", quoted(text)),
            Data::List(items) => {
                let items: Vec<String> = items.iter().map(u32::to_string).collect();
                format!("(list){key} {}", items.join(" "))
            }
            Data::Map(map) => format!("{key} {{ {} }}", kdl_map(map)),
        }
    }
}

/// JSON's strings are YAML's and KDL's, as long as they hold nothing that needs an escape of either.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn yaml_map(map: &[(&'static str, Data)]) -> String {
    let entries: Vec<String> = map.iter().map(|(key, data)| format!("{key}: {}", data.yaml())).collect();
    format!("{{{}}}", entries.join(", "))
}

fn kdl_map(map: &[(&'static str, Data)]) -> String {
    map.iter().map(|(key, data)| data.kdl(key)).collect::<Vec<_>>().join("; ")
}

/// Texts that YAML may take for something else.
fn text() -> impl Strategy<Value = String> {
    let traps = vec![
        "yes",
        "off",
        "010",
        "0x1F",
        "1_000",
        "1e3",
        "12:30:45",
        "2024-01-01",
        "null",
        "~",
        "1.0",
        ".5",
        "<<",
        "a: b",
        "# no",
        "- x",
        "{a}",
        "'",
        "é ü",
        " lead",
        "trail ",
        "\\t",
        "%s",
        "*x",
        "&y",
        "!z",
        "plain",
        "0",
    ];
    prop::sample::select(traps).prop_map(str::to_owned)
}

fn worker() -> impl Strategy<Value = Worker> {
    let size = || prop::sample::select(vec![1u32, 2, 3, 4, 6, 8, 16]);
    let config = (1..2000u32, 0.05..0.95f64, any::<bool>(), text(), vec(1..64u32, 1..4), any::<bool>())
        .prop_map(|(batch, fraction, reuse, text, sizes, graphs)| {
            let kv = vec![
                ("enable_block_reuse", Data::Bool(reuse)),
                ("free_gpu_memory_fraction", Data::Float((fraction * 100.0).round() / 100.0)),
            ];
            let graphs =
                if graphs { Data::Map(vec![("batch_sizes", Data::List(sizes))]) } else { Data::Null };
            vec![
                ("max_batch_size", Data::Integer(batch)),
                ("max_num_tokens", Data::Integer(8192)),
                ("kv_cache_config", Data::Map(kv)),
                ("cuda_graph_config", graphs),
                ("cache_transceiver_config", Data::Map(vec![("backend", Data::Text("UCX".to_owned()))])),
                ("custom_tokenizer", Data::Text(text)),
                ("disable_overlap_scheduler", Data::Bool(true)),
            ]
        });
    let env = prop::collection::btree_map("[A-C]_[A-Z]{2,4}", text(), 0..3);
    let pp = prop::sample::select(vec![1u32, 1, 2]);
    let parts = (1..4u32, size(), pp, any::<Option<bool>>(), any::<bool>(), env, config);
    parts.prop_map(|(replicas, tp, pp, attention_dp, ep, env, config)| Worker {
        replicas,
        tp,
        pp,
        ep: ep.then_some(tp),
        attention_dp,
        env,
        config,
    })
}

fn job() -> impl Strategy<Value = Job> {
    let concurrency = prop::collection::btree_set(1..512u32, 1..4);
    (prop::sample::select(vec![4u32, 8]), worker(), worker(), 1..4096u32, 1..512u32, concurrency, 1..20u32)
        .prop_map(|(gpus_per_node, ctx, generation, isl, osl, concurrency, rounds)| Job {
            gpus_per_node,
            ctx,
            generation,
            isl,
            osl,
            concurrency: concurrency.into_iter().collect(),
            rounds,
        })
}

impl Worker {
    fn kdl(&self, kind: &str) -> String {
        let mut head = format!("{kind} replicas={} tp={} pp={}", self.replicas, self.tp, self.pp);
        if let Some(ep) = self.ep {
            let _ = write!(head, " ep={ep}");
        }
        if let Some(truth) = self.attention_dp {
            let _ = write!(head, " attention-dp=#{truth}");
        }
        let env: Vec<String> =
            self.env.iter().map(|(name, value)| format!("{name} {}", quoted(value))).collect();
        format!("{head} {{ env {{ {} }}; config {{ {} }} }}\n", env.join("; "), kdl_map(&self.config))
    }

    /// The engine's file, the sizes among its settings.
    fn yaml(&self) -> String {
        let mut map = vec![
            ("tensor_parallel_size", Data::Integer(self.tp)),
            ("pipeline_parallel_size", Data::Integer(self.pp)),
        ];
        map.extend(self.ep.map(|ep| ("moe_expert_parallel_size", Data::Integer(ep))));
        map.extend(self.attention_dp.map(|truth| ("enable_attention_dp", Data::Bool(truth))));
        map.extend(self.config.clone());
        yaml_map(&map)
    }

    fn env_map(&self) -> String {
        let env: Vec<String> =
            self.env.iter().map(|(name, value)| format!("{name}: {}", quoted(value))).collect();
        format!("{{{}}}", env.join(", "))
    }

    fn nodes(&self, per_node: u32) -> u32 {
        let gpus = self.tp * self.pp;
        if gpus >= per_node {
            self.replicas * gpus.div_ceil(per_node)
        } else {
            self.replicas.div_ceil(per_node / gpus)
        }
    }
}

impl Job {
    fn kdl(&self, engine: &str, head: &str, more: &str) -> String {
        let concurrency: Vec<String> = self.concurrency.iter().map(u32::to_string).collect();
        format!(
            "use \"cluster/local\"\nuse \"engine/{engine}\"\ncluster \"c\" extends=\"local\" {{ gpus-per-node {} }}\n\
             topology \"t\" {{\n{head}\nmodel \"m\"\n{}{}server\nbenchmark {{ isl {}; osl {}; concurrency {}; rounds {}; {more} }}\n}}\n",
            self.gpus_per_node,
            self.ctx.kdl("ctx"),
            self.generation.kdl("gen"),
            self.isl,
            self.osl,
            concurrency.join(" "),
            self.rounds,
        )
    }

    fn benchmark_yaml(&self) -> String {
        let words = |worker: &Worker| {
            let words: Vec<String> = worker
                .env
                .iter()
                .map(|(name, value)| format!("{name}={}", shlex::try_quote(value).expect("no NUL")))
                .collect();
            quoted(&words.join(" "))
        };
        format!(
            "metadata: {{model_name: m}}\nslurm: {{}}\nbenchmark: {{mode: e2e, use_nv_sa_benchmark: false, multi_round: {}, \
             concurrency_list: {:?}, input_length: {}, output_length: {}, streaming: true}}\n\
             hardware: {{gpus_per_node: {}, num_ctx_servers: {}, num_gen_servers: {}}}\n\
             environment: {{ctx_worker_env_var: {}, gen_worker_env_var: {}}}\nworker_config:\n  ctx: {}\n  gen: {}\n",
            self.rounds,
            self.concurrency,
            self.isl,
            self.osl,
            self.gpus_per_node,
            self.ctx.replicas,
            self.generation.replicas,
            words(&self.ctx),
            words(&self.generation),
            self.ctx.yaml(),
            self.generation.yaml(),
        )
    }

    fn recipe_rest(&self, frontend: &str) -> String {
        let concurrencies: Vec<String> = self.concurrency.iter().map(u32::to_string).collect();
        format!(
            "name: t\nmodel: {{path: 'hf:m'}}\nfrontend: {{type: {frontend}, enable_multiple_frontends: false}}\n\
             benchmark: {{type: sa-bench, isl: {}, osl: {}, concurrencies: {}, num_prompts_mult: {}}}\n",
            self.isl,
            self.osl,
            concurrencies.join("x"),
            self.rounds,
        )
    }

    fn recipe_1(&self, frontend: &str) -> String {
        format!(
            "{}resources: {{gpu_type: x, gpus_per_node: {g}, prefill_nodes: {}, prefill_workers: {}, decode_nodes: {}, decode_workers: {}}}\n\
             backend:\n  type: trtllm\n  prefill_environment: {}\n  decode_environment: {}\n  trtllm_config:\n    prefill: {}\n    decode: {}\n",
            self.recipe_rest(frontend),
            self.ctx.nodes(self.gpus_per_node),
            self.ctx.replicas,
            self.generation.nodes(self.gpus_per_node),
            self.generation.replicas,
            self.ctx.env_map(),
            self.generation.env_map(),
            self.ctx.yaml(),
            self.generation.yaml(),
            g = self.gpus_per_node,
        )
    }

    fn recipe_2(&self, frontend: &str) -> String {
        let role = |worker: &Worker| {
            format!(
                "{{workers: {}, gpus: {}, nodes: {}, env: {}, args: {}}}",
                worker.replicas,
                worker.tp * worker.pp,
                worker.nodes(self.gpus_per_node),
                worker.env_map(),
                worker.yaml()
            )
        };
        format!(
            "schema: 2\n{}resources: {{gpu_type: x, gpus_per_node: {}}}\nengine: {{type: trtllm}}\nroles:\n  prefill: {}\n  decode: {}\n",
            self.recipe_rest(frontend),
            self.gpus_per_node,
            role(&self.ctx),
            role(&self.generation),
        )
    }
}

fn compiled(files: BTreeMap<String, String>, main: &str) -> Result<Plan, String> {
    let request = Request { main: main.to_owned(), ..Request::default() };
    let compilation = disaggc::compile(&request, &Texts(files), &Stdlib::embedded());
    compilation.plan.ok_or_else(|| format!("{:#?}", compilation.diagnostics))
}

/// What the job does, whatever it and its cluster are called.
fn job_of(plan: &Plan) -> String {
    let sbatch: Vec<_> = plan.sbatch().filter(|option| option.name != "job-name").collect();
    format!(
        "{} {:?} {:#?} {:#?} {:#?} {:#?}",
        plan.nodes, plan.engine, plan.configs, plan.roles, plan.steps, sbatch
    )
}

/// `Err` where the topology itself is refused.
fn compare(job: &Job, engine: &str, head: &str, more: &str, yaml: &str) -> Result<(), String> {
    // TensorRT-LLM's scripts multiply: the file's numbers count for each generation server.
    let each = if yaml.contains("concurrency_list") { job.generation.replicas } else { 1 };
    let total = job.concurrency.iter().map(|number| number * each).collect();
    let written = Job { concurrency: total, ..job.clone() }.kdl(engine, head, more);
    let direct = compiled(BTreeMap::from([("t.kdl".to_owned(), written)]), "t.kdl")?;
    let input = Input { name: "t.yaml".into(), path: "t".into(), text: yaml.to_owned() };
    let mut imported = import(&[input], &Options::default(), &Stdlib::embedded());
    let verified = verify(&mut imported, &Stdlib::embedded());
    assert!(imported.diagnostics.is_empty(), "{yaml}\n{:#?}", imported.diagnostics);
    assert_eq!(verified.len(), 1);
    let files = imported.files.iter().map(|file| (file.path.clone(), file.text.clone()));
    let through = compiled(files.collect(), "t.kdl").unwrap_or_else(|why| panic!("{yaml}\n{why}"));
    assert_eq!(job_of(&direct), job_of(&through), "{yaml}\n{}", imported.files.last().expect("written").text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_form_gives_the_same_job(job in job()) {
        let dynamo = "backend \"trtllm\"; infra { etcd }";
        let forms = [
            ("trtllm", "", "", job.benchmark_yaml()),
            ("trtllm", "", "", job.recipe_1("trtllm_serve")),
            ("trtllm", "", "", job.recipe_2("trtllm_serve")),
            ("dynamo", dynamo, "", job.recipe_1("dynamo")),
            ("dynamo", dynamo, "", job.recipe_2("dynamo")),
        ];
        for (engine, head, more, yaml) in forms {
            let refused = compare(&job, engine, head, more, &yaml);
            prop_assume!(refused.is_ok());
        }
    }
}

/// The property says nothing if most jobs are refused.
#[test]
fn most_random_jobs_compile() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let jobs = (0..40).map(|_| job().new_tree(&mut runner).expect("a job").current());
    let plans =
        jobs.map(|job| compiled(BTreeMap::from([("t.kdl".to_owned(), job.kdl("trtllm", "", ""))]), "t.kdl"));
    let (good, bad): (Vec<_>, Vec<_>) = plans.partition(Result::is_ok);
    assert!(good.len() > 30, "{} of 40: {:?}", good.len(), bad.first());
}
