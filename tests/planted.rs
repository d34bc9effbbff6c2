//! Mistakes planted into a real topology (examples/deepseek-r1): each is found with its code, at the mistake.

mod support;

use std::fs;

use support::{compile, findings, top};

/// What is replaced in the topology (its first place), by what, which code finds it, and the text under its label.
type Planted = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const PLANTED: &[Planted] = &[
    // The text.
    ("attention-dp=#true", "attention-dp=true", "syntax/bare-keyword", "true"),
    ("nodes 6\n", "nodes = 6\n", "syntax/assignment", "="),
    ("\"deepseek-r1\"", "'deepseek-r1'", "syntax/single-quote", "'deepseek-r1'"),
    ("port=8333", "port=", "syntax/missing-value", "port="),
    ("isl 1024\n", "isl: 1024\n", "syntax/colon", ":"),
    // Names of the language.
    ("gen replicas", "gan replicas", "language/unknown-node", "gan"),
    ("replicas=2", "replica=2", "language/unknown-property", "replica"),
    ("gpus 16", "gpu 16", "language/unknown-node", "gpu"),
    ("attention-dp=#true", "attention_dp=#true", "language/unknown-property", "attention_dp"),
    ("concurrency 2048", "concurency 2048", "language/unknown-node", "concurency"),
    ("env \"ctx\" \"gen\"", "env \"ctx\" \"decode\"", "language/unknown-role", "\"decode\""),
    ("engine/trtllm", "engine/trtlm", "file/unknown-module", "\"engine/trtlm\""),
    ("cluster/gb200-nvl72", "cluster/gb200", "file/unknown-module", "\"cluster/gb200\""),
    // Types, ranges, duplicates.
    ("tp=4", "tp=\"4\"", "language/type", "\"4\""),
    ("tp=4", "tp=4.0", "language/type", "4.0"),
    ("tp=4", "tp=0", "language/range", "0"),
    ("replicas=2", "replicas=-2", "language/range", "-2"),
    ("port=8333", "port=83333", "language/range", "83333"),
    ("rounds 5", "rounds 5; rounds 6", "language/duplicate", "6"),
    ("max_batch_size 16\n", "max_batch_size 16; max_batch_size 32\n", "language/duplicate", "max_batch_size"),
    ("TRTLLM_SERVER_DISABLE_GC 1", "TLLM_LOG_LEVEL \"DEBUG\"", "language/duplicate", "TLLM_LOG_LEVEL"),
    ("concurrency 2048", "concurrency \"2048\"", "language/type", "\"2048\""),
    // Counts and shapes.
    ("nodes 6", "nodes 5", "assert/nodes", "5"),
    ("gpus 16", "gpus 8", "assert/gpus", "8"),
    ("tp=16 ep=16", "tp=8 ep=8", "assert/gpus", "16"),
    ("ep=4", "ep=3", "sizes/ep", "3"),
    ("ep=16", "ep=32", "sizes/ep", "32"),
    ("tp=16 ep=16", "tp=144 ep=144", "sizes/domain", "144"),
    ("tp=4 ep=4", "tp=1", "sizes/attention-dp", "#true"),
    ("replicas=2", "replicas=60000", "sizes/too-many", "ctx replicas=60000 tp=4 ep=4 attention-dp=#true"),
    ("    server port=8333\n", "", "roles/missing", "topology \"dsr1-1k1k-con2048\""),
    ("        isl 1024\n", "", "roles/benchmark-incomplete", "benchmark"),
    ("    ctx replicas", "    gen replicas", "names/pool", "gen replicas=1 tp=16 ep=16 attention-dp=#true"),
    ("    ctx replicas", "    agg replicas", "roles/mixed", "agg replicas=2 tp=4 ep=4 attention-dp=#true"),
    // Launcher and MPI.
    ("tp=16 ep=16", "tp=16 launcher=#false ep=16", "launcher/worker", "#false"),
    ("tp=16 ep=16", "tp=16 mpi=\"pmi2\" ep=16", "launcher/mpi", "\"pmi2\""),
    ("port=8333", "port=8333 mpi=\"pmix\"", "launcher/bystander", "\"pmix\""),
    ("benchmark {", "benchmark launcher=#true {", "launcher/bystander", "#true"),
    // Keys that follow from the plan.
    ("max_batch_size 768\n", "max_batch_size 768; tensor_parallel_size 8\n", "owned/contradiction", "tensor_parallel_size"),
    ("max_batch_size 768\n", "max_batch_size 768; enable_attention_dp #false\n", "owned/contradiction", "enable_attention_dp"),
    ("max_batch_size 768\n", "max_batch_size 768; moe_expert_parallel_size 4\n", "owned/contradiction", "moe_expert_parallel_size"),
    ("port=8333", "port=8333 { config { hostname \"node1\" } }", "owned/key", "hostname"),
    ("port=8333", "port=8333 { config { context_servers { urls \"node1:8001\" } } }", "owned/key", "urls"),
    // Settings of one server.
    ("128 requests a rank come, whatever the batch could hold", "", "allow/reason", "\"\""),
    ("max_num_tokens 1536", "max_num_tokens 3", "limits/one-token", "3"),
    ("enable_padding #true; max_batch_size 768", "enable_padding #true; max_batch_size 1024", "limits/graph-batch", "1024"),
    ("enable_padding #true; max_batch_size 768", "batch_sizes 1 256 1024", "limits/graph-sizes", "1024"),
    ("free_gpu_memory_fraction 0.8", "free_gpu_memory_fraction 0.99", "limits/memory", "0.99"),
    ("disable_overlap_scheduler #true", "disable_overlap_scheduler #false", "engine/requires", "#false"),
    // Both sides of the transfer.
    ("dtype \"fp8\" }\n            moe_config { backend \"CUTEDSL\" }\n            cache_transceiver_config { max_tokens_in_buffer 16384; backend \"NIXL\" }\n            disable_overlap_scheduler #true\n            speculative_config { decoding_type \"MTP\"; num_nextn_predict_layers 3 }\n            num_postprocess", "dtype \"bfloat16\" }\n            moe_config { backend \"CUTEDSL\" }\n            cache_transceiver_config { max_tokens_in_buffer 16384; backend \"NIXL\" }\n            disable_overlap_scheduler #true\n            speculative_config { decoding_type \"MTP\"; num_nextn_predict_layers 3 }\n            num_postprocess", "transfer/kv-dtype", "\"bfloat16\""),
    ("dtype \"fp8\" }", "dtype \"auto\" }", "transfer/left-open", "\"fp8\""),
    ("dtype \"fp8\" }", "dtype \"fp8\"; tokens_per_block 64 }", "transfer/block-size", "64"),
    ("backend \"NIXL\"", "backend \"UCX\"", "transfer/backend", "\"NIXL\""),
    ("backend \"NIXL\"", "backend \"DEFAULT\"", "transfer/left-open", "\"NIXL\""),
    ("cache_transceiver_config { max_tokens_in_buffer 16384; backend \"NIXL\" }", "cache_transceiver_config #null", "transfer/none", "#null"),
    ("max_tokens_in_buffer 16384", "max_tokens_in_buffer 16000", "transfer/buffers", "16384"),
    ("max_tokens_in_buffer 16384", "max_tokens_in_buffer 16390", "transfer/blocks", "16390"),
    ("max_tokens_in_buffer 16384", "max_tokens_in_buffer 512", "transfer/buffer", "512"),
    ("            speculative_config { decoding_type \"MTP\"; num_nextn_predict_layers 3 }\n", "", "transfer/speculation", "\"MTP\""),
    ("num_nextn_predict_layers 3", "num_nextn_predict_layers 1", "transfer/speculation", "3"),
    ("tp=4 ep=4", "tp=4 cp=2 ep=4", "transfer/context-cp", "2"),
    ("print_iter_log #true\n            max_batch_size 16", "print_iter_log #true\n        }\n        env { UCX_NET_DEVICES \"mlx5_0:1\" }\n        config {\n            max_batch_size 16", "language/duplicate", "config"),
    ("    ctx replicas", "    env \"ctx\" { UCX_NET_DEVICES \"mlx5_0:1\" }\n    ctx replicas", "transfer/environment", "UCX_NET_DEVICES \"mlx5_0:1\""),
    // The workload.
    ("max_num_tokens 16384", "max_num_tokens 512", "workload/step", "512"),
    ("max_num_tokens 16384", "max_num_tokens 16384; max_seq_len 1000", "workload/prompt", "1000"),
    ("max_num_tokens 1536", "max_num_tokens 1536; max_seq_len 1536", "workload/answer", "1536"),
    ("concurrency 2048", "concurrency 8", "workload/idle-ranks", "8"),
    ("concurrency 2048", "concurrency 99999", "workload/overload", "99999"),
    ("        isl 1024\n", "        isl 1024\n        dataset \"/models/d.json\"\n", "workload/dataset", "1024"),
    ("isl 1024\n", "isl 99999\n", "workload/step", "16384"),
    ("rounds 5", "requests 100", "benchmark/requests", "100"),
    ("rounds 5", "rounds 5; requests 9000", "benchmark/rounds", "5"),
    ("benchmark {", "benchmark client=\"vegeta\" {", "names/unknown", "\"vegeta\""),
    // Modes.
    ("benchmark {", "benchmark mode=\"gen-only\" {", "mode/unknown", "\"gen-only\""),
    ("concurrency 2048", "mode \"gen_only\"; concurrency 2048 1024", "mode/concurrency", "1024"),
    ("concurrency 2048", "mode \"gen_only\"; concurrency 99999", "mode/capacity", "99999"),
    ("TRTLLM_WORKER_DISABLE_GC 1", "TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP 1", "mode/foreign-variable", "TRTLLM_DISABLE_KV_CACHE_TRANSFER_OVERLAP 1"),
    // Environment variables.
    ("TRTLLM_ENABLE_PDL", "TRTLLM_ENABEL_PDL", "env/near-miss", "TRTLLM_ENABEL_PDL"),
    ("TLLM_LOG_LEVEL", "TLLM_LOG_LEVLE", "env/near-miss", "TLLM_LOG_LEVLE"),
    ("ENROOT_ALLOW_DEV \"yes\"", "NCCL_IB_HAC \"mlx5\"", "env/near-miss", "NCCL_IB_HAC"),
    ("ENROOT_ALLOW_DEV", "\"ENROOT-ALLOW-DEV\"", "env/name", "\"ENROOT-ALLOW-DEV\""),
    ("ENROOT_ALLOW_DEV", "CUDA_VISIBLE_DEVICES", "env/planned", "CUDA_VISIBLE_DEVICES"),
    ("ENROOT_ALLOW_DEV", "UID", "env/bash", "UID"),
    ("\"yes\"", "\"'yes'\"", "env/quoted", "ENROOT_ALLOW_DEV \"'yes'\""),
    ("\"yes\"", "\"$HOME/x\"", "env/expansion", "ENROOT_ALLOW_DEV \"$HOME/x\""),
    ("ENROOT_ALLOW_DEV \"yes\"", "HF_TOKEN \"hf_abcdefghijklmnop\"", "env/secret", "HF_TOKEN"),
    ("port=8333", "port=8333 { env { OMPI_MCA_pml \"ucx\" } }", "env/stripped", "OMPI_MCA_pml"),
    ("env \"ctx\" \"gen\"", "env \"agg\" \"gen\"", "env/no-role", "\"agg\""),
    // Slurm and the cluster.
    ("02:00:00", "2h", "slurm/time-form", "\"2h\""),
    ("time=\"02:00:00\"", "time=\"00:10:00\"\n    ready-timeout 1800", "slurm/deadline", "1800"),
    ("partition=\"batch\"", "partition=\"gb 200\"", "slurm/value", "\"gb 200\""),
    ("time=\"02:00:00\"", "{ option \"--gpus-per-node=4\" }", "slurm/planned", "\"--gpus-per-node=4\""),
    ("time=\"02:00:00\"", "{ option \"--reservaton=x\" }", "slurm/unknown-option", "\"--reservaton=x\""),
    ("time=\"02:00:00\"", "{ option \"--segment=36\" }", "slurm/segment", "\"--segment=36\""),
    ("time=\"02:00:00\"", "{ option \"--partition=debug\" }", "slurm/twice", "\"--partition=debug\""),
    ("time=\"02:00:00\"", "{ option \"-C gb200\" }", "slurm/option-form", "\"-C gb200\""),
    ("port=8333", "port=80", "ports/reserved", "80"),
    ("port=8333", "port=8333 on=\"gem\"", "names/unknown", "\"gem\""),
    // Containers and paths.
    ("path=\"/models", "path=\"models", "paths/relative", "\"models/DeepSeek-R1-0528-FP4-v2\""),
    ("path=\"/models", "path=\"~/models", "paths/relative", "\"~/models/DeepSeek-R1-0528-FP4-v2\""),
    ("to=\"/models\"", "to=\"/data\"", "container/unmounted", "\"/models/DeepSeek-R1-0528-FP4-v2\""),
    ("mount \"/lustre/models\"", "mount \"./models\"", "paths/relative", "\"./models\""),
    ("release:1.2.0", "release:latest", "container/latest", "\"nvcr.io/nvidia/tensorrt-llm/release:latest\""),
    ("release:1.2.0", "release 1.2.0", "container/image", "\"nvcr.io/nvidia/tensorrt-llm/release 1.2.0\""),
    ("mount \"/lustre/models\" to=\"/models\"", "mount \"/lustre/models\" to=\"/models\"; mount \"/x\" to=\"/models\"", "container/target", "\"/models\""),
    ("topology \"dsr1-1k1k-con2048\"", "topology \"dsr1 1k/1k\"", "names/topology", "\"dsr1 1k/1k\""),
    // What is allowed.
    ("allow \"limits/batch-tokens\"", "allow \"limits/batch-token\"", "allow/unknown", "\"limits/batch-token\""),
    ("allow \"limits/batch-tokens\"", "allow \"sizes/ep\"", "allow/error", "\"sizes/ep\""),
];

#[test]
fn planted_mistakes_are_found_where_they_are() {
    let real = fs::read_to_string(top().join("examples/deepseek-r1/topo.kdl")).expect("UTF-8");
    assert_eq!(findings(&compile(&real)), [], "the topology itself is fine");
    let mut wrong = Vec::new();
    for (old, new, code, place) in PLANTED {
        assert!(real.contains(old), "{old:?} stands nowhere");
        let found = findings(&compile(&real.replacen(old, new, 1)));
        if !found.contains(&((*code).to_owned(), (*place).to_owned())) {
            wrong.push(format!("{old:?} → {new:?}\n   found {found:?}\nexpected {code} at {place:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(PLANTED.len() >= 100, "{}", PLANTED.len());
}
