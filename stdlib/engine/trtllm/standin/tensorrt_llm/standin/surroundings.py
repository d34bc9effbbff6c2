"""What the real engine finds around it and would not start with: its variables, its model, its GPUs' memory."""

import os
import re

# Each is read with int() (TensorRT-LLM: model_config.py, worker.py, py_executor.py).
NUMBERS = ("TLLM_OVERRIDE_LAYER_NUM", "TRTLLM_WORKER_PRINT_STACKS_PERIOD", "TLLM_BENCHMARK_REQ_QUEUES_SIZE")
# The names of AlltoallMethodType (fused_moe/interface.py), of all versions together.
ALLTOALL = ("NotEnabled", "MNNVL", "NVLinkOneSided", "NVLinkTwoSided", "DeepEP", "DeepEPLowLatency")
# What PyTorch's allocator takes, else "Unrecognized CachingAllocator option" (c10/cuda/CUDAAllocatorConfig.cpp).
ALLOCATOR = (
    "backend",
    "expandable_segments",
    "garbage_collection_threshold",
    "graph_capture_record_stream_reuse",
    "max_non_split_rounding_mb",
    "max_split_size_mb",
    "per_process_memory_fraction",
    "pinned_num_register_threads",
    "pinned_reserve_segment_size_mb",
    "pinned_use_background_threads",
    "pinned_use_cuda_host_register",
    "release_lock_on_cudamalloc",
    "roundup_power2_divisions",
)


def problems_of_environment(environment):
    """A line for each variable that the real engine would not start with."""
    problems = []
    for name in NUMBERS:
        value = environment.get(name)
        if value is not None and not re.fullmatch(r"\s*[+-]?\d+\s*", value):
            problems.append(f"invalid literal for int() with base 10: {value!r} ({name})")
    method = environment.get("TRTLLM_FORCE_ALLTOALL_METHOD")
    if method is not None and method not in ALLTOALL:
        problems.append(f"KeyError: {method!r} (TRTLLM_FORCE_ALLTOALL_METHOD takes one of {', '.join(ALLTOALL)})")
    options = environment.get("PYTORCH_CUDA_ALLOC_CONF", "")
    # A list in brackets has commas of its own.
    for option in re.sub(r"\[[^]]*\]", "[]", options).split(","):
        name = option.split(":")[0].strip()
        if name and name not in ALLOCATOR:
            problems.append(f"Unrecognized CachingAllocator option: {name} (PYTORCH_CUDA_ALLOC_CONF)")
    return problems


# Stands in the folders that a rehearsal mounts because the machine lacks the real ones.
PRETENDED = ".pretended"


def problems_of_model(path, environment):
    """In a container an absolute path that leads nowhere is a mount that is missing, or another folder in it.

    What the real folder has of a pretended one nobody knows.
    """
    container = environment.get("REHEARSAL_CONTAINER")
    if container is None or not os.path.isabs(path) or os.path.exists(path):
        return []
    above = path
    while above != "/":
        above = os.path.dirname(above)
        if os.path.exists(os.path.join(above, PRETENDED)):
            return []
    return [f"the model {path} does not exist in the container ({container}): no mount has it"]


def memory(values, sizes, environment):
    """How a GPU's memory is divided, in words, and what is wrong with it; nothing where nobody said how much there is.

    A simple model: the weights are spread evenly over the ranks that share them, and of what is free then the KV
    cache takes its fraction. Activations, CUDA graphs and what attention data parallelism repeats are left out.
    """
    total = float(environment.get("TRTLLM_STANDIN_GPU_MEMORY") or 0)
    weights = float(environment.get("TRTLLM_STANDIN_WEIGHTS") or 0)
    if not total or not weights:
        return None, []
    ranks = sizes["tp"] * sizes["pp"]
    each = weights / ranks
    if each >= total:
        return None, [
            f"CUDA out of memory: {weights:.0f} GiB of weights over {ranks} GPUs are {each:.1f} GiB on each, "
            f"which has {total:.0f} GiB"
        ]
    fraction = (values.get("kv_cache_config") or {}).get("free_gpu_memory_fraction")
    cache = (total - each) * (0.9 if fraction is None else float(fraction))
    return f"of {total:.0f} GiB on each GPU {each:.1f} hold weights, {cache:.1f} the KV cache", []
