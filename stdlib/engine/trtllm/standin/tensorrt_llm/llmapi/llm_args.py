"""The engine's configuration: which keys exist, what they may hold, and what follows from them."""

import os

import yaml

from ..standin.report import StandinError
from ..version import at_least

# Kinds of values. Null is a value too, except where NEVER_NULL and the flags say no.
COUNT, NUMBER, SHARE, FLAG, TEXT, TABLE, LIST, ANY = (
    "a positive integer", "a non-negative number", "a number from 0 to 1", "true or false",
    "a string", "a mapping", "a list", "anything",
)

FIELDS = {
    COUNT: """
        tensor_parallel_size pipeline_parallel_size context_parallel_size gpus_per_node
        max_batch_size max_input_len max_seq_len max_beam_width max_num_tokens stream_interval
        max_stats_len""",
    NUMBER: """
        iter_stats_max_iterations request_stats_max_iterations num_postprocess_workers
        perf_metrics_max_requests garbage_collection_gen0_threshold
        batch_wait_timeout_ms batch_wait_timeout_iters""",
    SHARE: "batch_wait_max_tokens_ratio",
    FLAG: """
        skip_tokenizer_init trust_remote_code enable_attention_dp enable_lm_head_tp_in_adp enable_lora
        enable_chunked_prefill gather_generation_logits return_perf_metrics disable_overlap_scheduler
        sampler_force_async_worker enable_iter_perf_stats enable_iter_req_stats print_iter_log
        enable_autotuner enable_layerwise_nvtx_marker enable_min_latency force_dynamic_quantization
        mm_encoder_only enable_sleep use_cute_dsl_blockscaling_mm use_cute_dsl_blockscaling_bmm
        disable_flashinfer_sampling fail_fast_on_attention_window_too_large
        normalize_log_probs enable_mixed_sampler enable_trtllm_sampler""",
    TEXT: """
        model tokenizer custom_tokenizer tokenizer_mode dtype revision tokenizer_revision
        guided_decoding_backend postprocess_tokenizer_dir reasoning_parser otlp_traces_endpoint backend
        orchestrator_type attn_backend sampler_type load_format allreduce_strategy checkpoint_format
        ray_worker_extension_cls batching_type kv_cache_dtype""",
    TABLE: """
        model_kwargs cp_config lora_config kv_cache_config peft_cache_config scheduler_config
        cache_transceiver_config sparse_attention_config speculative_config decoding_config
        env_overrides build_config quant_config cuda_graph_config attention_dp_config moe_config
        nvfp4_gemm_config torch_compile_config kv_connector_config ray_placement_config
        layer_wise_benchmarks_config disagg_cluster""",
    LIST: "pp_partition",
    ANY: """
        moe_cluster_parallel_size moe_tensor_parallel_size moe_expert_parallel_size
        checkpoint_loader batched_logits_processor""",
}
KIND_OF = {name: kind for kind, names in FIELDS.items() for name in names.split()}

NEVER_NULL = """
    tensor_parallel_size pipeline_parallel_size context_parallel_size stream_interval
    num_postprocess_workers kv_cache_config moe_config nvfp4_gemm_config attention_dp_config
    lora_config quant_config build_config decoding_config""".split()
ALLREDUCE = ("AUTO", "NCCL", "UB", "MINLATENCY", "ONESHOT", "TWOSHOT", "LOWPRECISION", "MNNVL", "NCCL_SYMMETRIC")
TRANSCEIVERS = ("DEFAULT", "UCX", "NIXL", "MPI", "MOONCAKE") if at_least("1.1") else ("default", "ucx", "nixl", "mpi")


def is_integer(value):
    """Whether YAML gave a whole number (and not a truth value, which Python counts as one)."""
    return isinstance(value, int) and not isinstance(value, bool)


def fits(kind, value):
    """Whether a value is of a kind."""
    if value is None or kind == ANY:
        return True
    if kind == COUNT:
        return is_integer(value) and value > 0
    if kind in (NUMBER, SHARE):
        number = is_integer(value) or isinstance(value, float)
        return number and value >= 0 and (kind == NUMBER or value <= 1)
    return isinstance(value, {FLAG: bool, TEXT: str, TABLE: dict, LIST: list}[kind])


def problems_of(values):
    """What stands against these arguments, one line each."""
    problems = [f"Extra inputs are not permitted: {name}" for name in values if name not in KIND_OF]
    for name, value in values.items():
        kind = KIND_OF.get(name, ANY)
        if not fits(kind, value):
            problems.append(f"{name} must be {kind}, not {value!r}")
    if problems:
        return problems
    for name, value in values.items():
        if value is None and (KIND_OF[name] == FLAG or name in NEVER_NULL):
            problems.append(f"{name} must be {KIND_OF[name]}, not null")
    strategy = values.get("allreduce_strategy")
    if strategy is not None and strategy not in ALLREDUCE:
        problems.append(f"allreduce_strategy must be one of {', '.join(ALLREDUCE)}, not {strategy!r}")
    return problems + cache_problems(values) + expert_problems(values)


def cache_problems(values):
    """The KV cache and its way to another server."""
    problems = []
    cache = values.get("kv_cache_config") or {}
    share = cache.get("free_gpu_memory_fraction")
    if not fits(SHARE, share):
        problems.append(f"kv_cache_config.free_gpu_memory_fraction must be {SHARE}, not {share!r}")
    reuse = cache.get("enable_block_reuse")
    if not fits(FLAG, reuse):
        problems.append(f"kv_cache_config.enable_block_reuse must be {FLAG}, not {reuse!r}")
    transceiver = values.get("cache_transceiver_config") or {}
    backend = transceiver.get("backend")
    if backend is not None and backend not in TRANSCEIVERS:
        problems.append(f"cache_transceiver_config.backend must be one of {', '.join(TRANSCEIVERS)}, not {backend!r}")
    if not fits(COUNT, transceiver.get("max_tokens_in_buffer")):
        problems.append(
            f"cache_transceiver_config.max_tokens_in_buffer must be {COUNT}, "
            f"not {transceiver['max_tokens_in_buffer']!r}"
        )
    return problems


def expert_problems(values):
    """Expert parallelism splits the tensor-parallel ranks; it adds none."""
    ranks = (values.get("tensor_parallel_size") or 1) * (values.get("context_parallel_size") or 1)
    expert = values.get("moe_expert_parallel_size")
    if is_integer(expert) and expert > 0 and ranks % expert:
        return [f"moe_expert_parallel_size {expert} does not divide the {ranks} ranks that it splits"]
    return []


def merge_file(values, path):
    """Lays a configuration file over the command line's values: the file wins, as in the real program."""
    try:
        with open(path, encoding="utf-8") as file:
            extra = yaml.safe_load(file)
    except OSError as error:
        raise StandinError(f"can't read the configuration {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise StandinError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(extra, dict):
        raise StandinError(f"{path} must hold a mapping of engine options, not {type(extra).__name__}")
    merged = dict(values)
    for name, value in extra.items():
        # A file that sets one key of the KV cache keeps the command line's other keys.
        if name == "kv_cache_config" and isinstance(value, dict):
            value = {**(values.get(name) or {}), **value}
        merged[str(name)] = value
    problems = problems_of(merged)
    if problems:
        raise StandinError("\n".join(f"{path}: {problem}" for problem in problems))
    return merged


def transceiver_of(values):
    """By what the KV cache travels to another server, or None where it can't."""
    backend = ((values.get("cache_transceiver_config") or {}).get("backend") or "").upper()
    if backend != "DEFAULT":
        return backend or None
    for name in ("NIXL", "UCX", "MOONCAKE", "MPI"):
        if os.environ.get(f"TRTLLM_USE_{name}_KVCACHE") == "1":
            return name
    return "NIXL" if at_least("1.2") else "UCX"


def sizes_of(values):
    """The three parallel sizes, whose product is the number of ranks."""
    return {
        "tp": values.get("tensor_parallel_size") or 1,
        "pp": values.get("pipeline_parallel_size") or 1,
        "cp": values.get("context_parallel_size") or 1,
    }
