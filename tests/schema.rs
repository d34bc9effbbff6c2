//! Engines' schemas: each key takes what it should and refuses the rest, in each version; planted mistakes are found
//! at their places, and nothing in configurations that run on real clusters.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use disaggc::diagnostic::{Diagnostics, Severity};
use disaggc::source::{FileId, SourceMap, Span, Spanned};
use disaggc::stdlib::Stdlib;
use disaggc::stdlib::schema::load::{Loader, Origin};
use disaggc::stdlib::schema::{Key, Kind, Place, Schemas, Section, Variant, known};
use disaggc::syntax::Value;
use disaggc::topology::ast::{ConfigEntry, ConfigMap, ConfigValue};
use indexmap::IndexMap;
use support::{compile, findings};

const VERSIONS: [&str; 4] = ["1.0", "1.1", "1.2", "1.3"];

/// All files of the schema.
fn schemas(root: &str) -> Schemas {
    let (stdlib, mut sources, mut faults) =
        (Stdlib::embedded(), SourceMap::default(), Diagnostics::default());
    let place = Span::file_start(FileId(0));
    let entry = ConfigEntry { key: place, any: None, value: Spanned::new(ConfigValue::Null, place) };
    // A key that is in no section makes all files be searched.
    let unknown = ConfigMap::from_iter([("no such key".to_owned(), entry)]);
    let origin = Origin { folder: "engine/trtllm", version: "1.2", own: &IndexMap::new() };
    let mut loader = Loader::new(&stdlib, origin, &mut sources, &mut faults);
    loader.settings(&Spanned::new("llm_args".to_owned(), place), &unknown);
    loader.settings(&Spanned::new(root.to_owned(), place), &ConfigMap::new());
    let schemas = loader.finish();
    assert!(faults.is_empty(), "{:#?}", faults.iter().collect::<Vec<_>>());
    schemas
}

/// A topology with settings for the generation server, and for the coordinator.
fn topology(version: &str, generation: &str, server: &str) -> String {
    format!(
        "use \"cluster/gb200-nvl72\"\nuse \"engine/trtllm\" version=\"{version}\"\ntopology \"t\" {{\n\
         model \"m\" path=\"/m\"\nctx tp=4\ngen tp=8 {{ config {{\n{generation}\n}} }}\n\
         server {{ config {{\n{server}\n}} }}\nbenchmark {{ isl 8; osl 8; concurrency 1 }}\n}}\n"
    )
}

/// What the schema's rules found: code and message.
fn found(text: &str) -> Vec<(&'static str, Severity, String)> {
    let compilation = compile(text);
    let all: Vec<_> = compilation.diagnostics.iter().collect();
    let foreign = |code: &str| ["syntax/", "language/", "file/"].iter().any(|group| code.starts_with(group));
    assert!(!all.iter().any(|d| foreign(d.code)), "{text}\n{all:#?}");
    let schema = all.into_iter().filter(|d| d.code.starts_with("schema/"));
    schema.map(|d| (d.code, d.severity, d.message.clone())).collect()
}

/// Settings as KDL, generated from a schema.
struct Generator<'a> {
    schemas: &'a Schemas,
    version: &'a str,
    /// What is written for each key, if anything.
    value: fn(&Key, &str) -> Option<String>,
    /// Names of what was written.
    written: BTreeSet<String>,
}

impl Generator<'_> {
    fn section(&mut self, section: &Section, variant: Option<(&Variant, &str)>, path: &str) -> String {
        let mut text = String::new();
        let names: BTreeSet<&str> = section.names(variant.map(|v| v.0), self.version).collect();
        for name in names {
            let key = section.key(name, variant.map(|v| v.0), self.version).expect("named");
            let path = format!("{path}{name}");
            if section.by.as_deref() == Some(name) {
                writeln!(text, "{name} \"{}\"", variant.expect("picked").1).expect("to a string");
            } else if let Some(inner) = self.schemas.section(key) {
                let inside = self.inside(inner, &path);
                writeln!(text, "{name} {{\n{inside}}}").expect("to a string");
            } else if let Some(value) = (self.value)(key, self.version) {
                writeln!(text, "{}", value.replace("KEY", name)).expect("to a string");
                self.written.insert(path);
            }
        }
        text
    }

    /// A section inside of another one: with its first variant, the others come by themselves.
    fn inside(&mut self, section: &Section, path: &str) -> String {
        let first = section.variant_names(self.version).next();
        let variant = first.map(|name| (section.variant(name, self.version).expect("named"), name));
        self.section(section, variant, &format!("{path}."))
    }
}

/// A value that a key takes, on a line with its name.
fn valid(key: &Key, version: &str) -> Option<String> {
    let plain = |kind: Kind| match kind {
        Kind::Bool => "#true".to_owned(),
        Kind::Int => number(key, &["1", "0", "-1", "100"]),
        Kind::Float => number(key, &["0.5", "1", "1.5"]),
        Kind::Enum => format!("\"{}\"", known(&key.values, version).next().expect("a value")),
        _ => "\"text\"".to_owned(),
    };
    Some(match key.kinds[0] {
        Kind::List => match key.of {
            Kind::List | Kind::Any => "KEY { - 1 2; - 3 4 }".to_owned(),
            of => format!("(list)KEY {}", plain(of)),
        },
        Kind::Map => match key.of {
            Kind::Section | Kind::List => "KEY { }".to_owned(),
            of => format!("KEY {{ \"{}\" {} }}", if key.keys == Kind::Int { "1" } else { "a" }, plain(of)),
        },
        Kind::Any => "KEY 1".to_owned(),
        kind => format!("KEY {}", plain(kind)),
    })
}

fn number(key: &Key, candidates: &[&str]) -> String {
    let fits = |text: &&&str| key.bounds.allow(text.parse().expect("a number"));
    candidates.iter().find(fits).expect("one fits").to_string()
}

/// A value that a key can't take.
fn invalid(key: &Key, _: &str) -> Option<String> {
    let text = match (key.kinds[0], key.of) {
        (Kind::Any, _) => return None,
        (first, _) if key.kinds.len() > 1 && first != Kind::List => "KEY 1 2",
        (Kind::Bool, _) => "KEY 2",
        (Kind::Int | Kind::Float, _) => "KEY \"many\"",
        (Kind::String, _) => "KEY 8",
        (Kind::Enum, _) => "KEY \"no such word\"",
        (Kind::List, Kind::Int | Kind::Float) => "(list)KEY \"many\"",
        (Kind::List, Kind::Enum) => "(list)KEY \"no such word\"",
        (Kind::List, Kind::String) => "(list)KEY 8",
        (Kind::List | Kind::Map | Kind::Section, _) => "KEY 8",
    };
    Some(text.to_owned())
}

/// A number just outside of what a key takes.
fn out_of_range(key: &Key, _: &str) -> Option<String> {
    let outside = ["-2", "0", "1", "65", "256", "65536", "100000000000"];
    let number = outside.iter().find(|text| !key.bounds.allow(text.parse().expect("a number")))?;
    match key.kinds[0] {
        Kind::Int | Kind::Float => Some(format!("KEY {number}")),
        Kind::List => Some(format!("(list)KEY {number}")),
        _ => None,
    }
}

fn null(key: &Key, _: &str) -> Option<String> {
    (!key.null && key.kinds[0] != Kind::Any).then(|| "KEY #null".to_owned())
}

/// Settings for every key and every variant, and whose they are.
fn generate(value: fn(&Key, &str) -> Option<String>, mut look: impl FnMut(&str, &str, &BTreeSet<String>)) {
    for root in ["llm_args", "disagg_config"] {
        let schemas = schemas(root);
        for version in VERSIONS {
            let mut generator = Generator { schemas: &schemas, version, value, written: BTreeSet::new() };
            let file = schemas.file(root).expect("there");
            let text = generator.section(file, None, "");
            let (generation, server) = if root == "llm_args" { (&*text, "") } else { ("", &*text) };
            look(version, &topology(version, generation, server), &generator.written);
            for (name, key) in
                file.keys.iter().flat_map(|(name, keys)| keys.iter().map(move |key| (name, key)))
            {
                let Some(Place::File(_)) = &key.section else { continue };
                let section = schemas.section(key).expect("there");
                if !key.versions.hold(version) || section.by.is_none() {
                    continue;
                }
                for picked in section.variant_names(version).collect::<Vec<_>>() {
                    generator.written.clear();
                    let variant = Some((section.variant(picked, version).expect("named"), picked));
                    let inside = generator.section(section, variant, &format!("{name}."));
                    let text = topology(version, &format!("{name} {{\n{inside}\n}}"), "");
                    look(version, &text, &generator.written);
                }
            }
        }
    }
}

#[test]
fn every_key_takes_what_it_should() {
    let mut keys = 0;
    generate(valid, |version, text, written| {
        let errors: Vec<_> = found(text).into_iter().filter(|(_, s, _)| *s == Severity::Error).collect();
        assert!(errors.is_empty(), "{version}\n{text}\n{errors:#?}");
        keys += written.len();
    });
    assert!(keys > 800, "{keys}");
}

/// Each of them is named by a finding of one of the rules.
fn refuses(value: fn(&Key, &str) -> Option<String>, codes: &[&str]) {
    generate(value, |version, text, written| {
        let found = found(text);
        let messages = found.iter().filter(|(code, ..)| codes.contains(code)).map(|(_, _, message)| message);
        let named: BTreeSet<&str> = messages.filter_map(|message| message.split('`').nth(1)).collect();
        let missed: Vec<_> = written.iter().filter(|path| !named.contains(path.as_str())).collect();
        assert!(missed.is_empty(), "{version}: {missed:?}\n{text}\n{found:#?}");
    });
}

#[test]
fn every_key_refuses_another_kind() {
    refuses(invalid, &["schema/type", "schema/value", "schema/unlisted"]);
}

#[test]
fn every_bound_holds() {
    refuses(out_of_range, &["schema/range"]);
}

#[test]
fn null_is_refused_where_the_engine_does() {
    refuses(null, &["schema/type"]);
}

/// Every section is refused where something else is written.
#[test]
fn sections_are_sections() {
    let schemas = schemas("llm_args");
    for version in VERSIONS {
        let file = schemas.file("llm_args").expect("there");
        for name in file.names(None, version).collect::<Vec<_>>() {
            let key = file.key(name, None, version).expect("named");
            if key.kinds == [Kind::Section] {
                let found = found(&topology(version, &format!("{name} 8"), ""));
                assert!(found.iter().any(|(code, ..)| *code == "schema/type"), "{version} {name} {found:?}");
            }
        }
    }
}

/// A default is a value that the key takes.
#[test]
fn defaults_are_valid() {
    fn check(section: &Section, keys: &mut usize) {
        let variants = section.variants.iter().flat_map(|variant| &variant.keys);
        for (name, key) in
            section.keys.iter().chain(variants).flat_map(|(n, keys)| keys.iter().map(move |k| (n, k)))
        {
            let place = Span::file_start(FileId(0));
            let value = match &key.default {
                Some(Value::Bool(truth)) => ConfigValue::Bool(*truth),
                Some(Value::Integer(number)) => ConfigValue::Integer(*number),
                Some(Value::Float(number)) => ConfigValue::Float(*number),
                Some(Value::String(text)) => ConfigValue::String(text.clone()),
                Some(Value::Null) | None => ConfigValue::Null,
            };
            if let Some(Place::Here(inner)) = &key.section {
                check(inner, keys);
            }
            if value != ConfigValue::Null {
                let value = Spanned::new(value, place);
                let parts = key.parts(&value).expect("not null");
                assert_eq!(parts[0].fit, disaggc::stdlib::schema::Fit::Yes, "{name}");
                assert!(parts[0].number().is_none_or(|number| key.bounds.allow(number)), "{name}");
                *keys += 1;
            }
        }
    }
    let (schemas, mut keys) = (schemas("disagg_config"), 0);
    for file in
        ["llm_args", "kv_cache_config", "speculative_config", "sparse_attention_config", "disagg_config"]
    {
        check(schemas.file(file).expect("there"), &mut keys);
    }
    assert!(keys > 100, "{keys}");
}

/// Mistakes in the generation server's settings: what is written, the code, and what is underlined.
#[test]
fn planted_mistakes() {
    let mistakes = [
        ("1.2", "max_num_token 8", "schema/unknown-key", "max_num_token"),
        ("1.2", "tokens_per_block 32", "schema/unknown-key", "tokens_per_block"),
        ("1.2", "kv_cache_config { max_batch_size 8 }", "schema/unknown-key", "max_batch_size"),
        (
            "1.2",
            "kv_cache_config { fre_gpu_memory_fraction 0.5 }",
            "schema/unknown-key",
            "fre_gpu_memory_fraction",
        ),
        ("1.2", "cuda_graph_config { padding_enabled #true }", "schema/unknown-key", "padding_enabled"),
        ("1.2", "batching_type \"INFLIGHT\"", "schema/unknown-key", "batching_type"),
        ("1.2", "moe_config { load_balancer { num_slot 8 } }", "schema/unknown-key", "num_slot"),
        (
            "1.2",
            "speculative_config { decoding_type \"MTP\"; draft_lem 3 }",
            "schema/unknown-key",
            "draft_lem",
        ),
        ("1.0", "enable_lm_head_tp_in_adp #true", "schema/version", "enable_lm_head_tp_in_adp"),
        (
            "1.1",
            "cache_transceiver_config { kv_transfer_timeout_ms 1 }",
            "schema/version",
            "kv_transfer_timeout_ms",
        ),
        (
            "1.2",
            "cache_transceiver_config { transceiver_runtime \"CPP\" }",
            "schema/version",
            "transceiver_runtime",
        ),
        ("1.2", "moe_backend \"TRTLLM\"", "schema/version", "moe_backend"),
        ("1.1", "enable_trtllm_sampler #true", "schema/version", "enable_trtllm_sampler"),
        ("1.3", "kv_cache_config { onboard_blocks #true }", "schema/version", "onboard_blocks"),
        ("1.3", "enable_sleep #true", "schema/version", "enable_sleep"),
        (
            "1.2",
            "speculative_config { decoding_type \"MTP\"; eagle3_one_model #true }",
            "schema/variant",
            "eagle3_one_model",
        ),
        ("1.2", "speculative_config { decoding_type \"Lookahead\" }", "schema/value", "\"Lookahead\""),
        ("1.2", "speculative_config { decoding_type \"mtp\" }", "schema/value", "\"mtp\""),
        ("1.2", "speculative_config { max_draft_len 3 }", "schema/missing", "speculative_config"),
        (
            "1.2",
            "kv_connector_config { connector_module \"a\"; connector_worker_class \"b\" }",
            "schema/missing",
            "kv_connector_config",
        ),
        ("1.2", "max_batch_size \"many\"", "schema/type", "\"many\""),
        ("1.2", "max_seq_len 8.5", "schema/type", "8.5"),
        ("1.2", "enable_chunked_prefill 2", "schema/type", "2"),
        ("1.2", "cuda_graph_config { batch_sizes 8 }", "schema/type", "8"),
        ("1.2", "cuda_graph_config { batch_sizes 1 2 \"x\" }", "schema/type", "\"x\""),
        ("1.2", "moe_config #null", "schema/type", "#null"),
        ("1.2", "attention_dp_config #null", "schema/type", "#null"),
        ("1.2", "disable_overlap_scheduler #null", "schema/type", "#null"),
        ("1.2", "kv_cache_config { dtype 8 }", "schema/type", "8"),
        (
            "1.2",
            "speculative_config { decoding_type \"NGram\"; draft_len_schedule { a 4 } }",
            "schema/type",
            "a",
        ),
        ("1.2", "max_batch_size \"64\"", "schema/converted", "\"64\""),
        ("1.2", "print_iter_log \"on\"", "schema/converted", "\"on\""),
        ("1.2", "max_batch_size #true", "schema/converted", "#true"),
        ("1.2", "kv_cache_config { free_gpu_memory_fraction 90 }", "schema/range", "90"),
        ("1.2", "kv_cache_config { free_gpu_memory_fraction 1.5 }", "schema/range", "1.5"),
        ("1.2", "stream_interval -1", "schema/range", "-1"),
        ("1.2", "kv_cache_config { (list)max_attention_window }", "schema/range", "max_attention_window"),
        ("1.2", "torch_compile_config { capture_num_tokens 8 0 }", "schema/range", "0"),
        ("1.1", "cache_transceiver_config { backend \"nixl\" }", "schema/value", "\"nixl\""),
        ("1.0", "cache_transceiver_config { backend \"NIXL\" }", "schema/value", "\"NIXL\""),
        ("1.0", "allreduce_strategy \"NCCL_SYMMETRIC\"", "schema/value", "\"NCCL_SYMMETRIC\""),
        ("1.3", "moe_config { backend \"WIDEEP\" }", "schema/value", "\"WIDEEP\""),
        (
            "1.2",
            "nvfp4_gemm_config { allowed_backends \"cutlass\" \"cublas\" }",
            "schema/value",
            "\"cublas\"",
        ),
        ("1.2", "kv_cache_config { dtype \"fp9\" }", "schema/unlisted", "\"fp9\""),
        ("1.2", "sampler_type \"torch\"", "schema/unlisted", "\"torch\""),
        ("1.2", "build_config { max_batch_size 8 }", "schema/ignored", "build_config"),
        (
            "1.2",
            "speculative_config { decoding_type \"MTP\"; max_draft_len 3 }",
            "schema/ignored",
            "max_draft_len",
        ),
        ("1.3", "sampler_type \"TorchSampler\"", "schema/deprecated", "sampler_type"),
        ("1.2", "decoding_config { }", "schema/deprecated", "decoding_config"),
        ("1.2", "kv_cache_config { (any)dtype \"fp9\" }", "schema/needless-any", "any"),
    ];
    assert!(mistakes.len() >= 50);
    let mut wrong = Vec::new();
    for (version, config, code, text) in mistakes {
        let found = findings(&compile(&topology(version, config, "")));
        let found: Vec<_> = found.iter().filter(|(code, _)| code.starts_with("schema/")).collect();
        let expected = (code.to_owned(), text.to_owned());
        if found != [&expected] {
            wrong.push(format!("{version} {config}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What works is not refused.
#[test]
fn what_the_engine_takes_is_taken() {
    let settings = [
        "max_batch_size 8.0; max_seq_len #null; cuda_graph_config #null; speculative_config #null",
        "load_format \"Dummy\"; allreduce_strategy #null; kv_cache_config { max_tokens #null; free_gpu_memory_fraction 1 }",
        "moe_config { load_balancer \"/path/eplb.yaml\" }",
        "moe_config { load_balancer { num_slots 288; layer_updates_per_iter 1; initial_global_assignments { \"3\" { - 1; - 2 } } } }",
        "(any)brand_new { what ever }; kv_cache_config { (any)newer 1 }",
        "quant_config { quant_algo \"FP8\" }; checkpoint_loader 1",
        "speculative_config { decoding_type \"Eagle\"; max_draft_len 3; speculative_model_dir \"/m\"; eagle_choices \"[[0]]\" }",
        "env_overrides { A 1; B \"x\" }",
    ];
    for config in settings {
        assert_eq!(found(&topology("1.2", config, "")), [], "{config}");
    }
    let server = "max_retries 3; conditional_disagg_config { max_local_prefill_length 8 }; context_servers { router { type \"KV_CACHE_AWARE\" } }";
    assert_eq!(found(&topology("1.2", "", server)), []);
}

/// A description that is no folder of the stdlib says it itself, of all versions.
#[test]
fn an_engine_of_ones_own_has_its_schema_inside() {
    let text = "use \"cluster/local\"\nengine \"echo\" {\nversions \"2.0\" \"1.0\"\n\
        role \"agg\" { schema \"options\"; command { arg \"echo\" \"{config}\" }; ready \"/\" }\n\
        schema \"options\" { key \"depth\" int min=1; key \"old\" bool before=\"2.0\" renamed=\"depth\" }\n}\n\
        topology \"t\" { model \"m\"; agg { config { SETTING } }\nbenchmark { isl 8; osl 8; concurrency 1 } }\n";
    let codes = |setting: &str| -> Vec<&str> {
        found(&text.replace("SETTING", setting)).into_iter().map(|(code, ..)| code).collect()
    };
    assert_eq!(codes("depth 1"), [""; 0]);
    assert_eq!(codes("depth 0"), ["schema/range"]);
    assert_eq!(codes("old #true"), ["schema/version"]);
    assert_eq!(codes("dept 1"), ["schema/unknown-key"]);
    let lacks = text.replace("schema \"options\" {", "schema \"option\" {").replace("SETTING", "depth 1");
    assert!(findings(&compile(&lacks)).contains(&("engine/no-schema".to_owned(), "\"options\"".to_owned())));
}
