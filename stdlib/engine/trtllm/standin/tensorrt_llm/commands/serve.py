"""trtllm-serve: its commands and their options, by the real names and no others."""

import argparse
import sys

from ..llmapi import disagg_config, llm_args
from ..serve import coordinator, worker
from ..standin.alone import refuse_company
from ..standin.report import StandinError, fail
from ..version import __version__, at_least

LOG_LEVELS = ("internal_error", "error", "warning", "info", "verbose", "debug", "trace")
# Commands that the real program has and a rehearsal has no use for.
ABSENT = ("grpc", "disaggregated_mpi_worker", "mm_embedding_serve")

# Options that set an engine argument: the argument's name is the first option's.
ENGINE_OPTIONS = (
    (("--tokenizer",), str, None),
    (("--custom_tokenizer",), str, None),
    (("--max_beam_width",), int, 1),
    (("--max_batch_size",), int, 2048),
    (("--max_num_tokens",), int, 8192),
    (("--max_seq_len",), int, None),
    (("--tensor_parallel_size", "--tp_size"), int, 1),
    (("--pipeline_parallel_size", "--pp_size"), int, 1),
    (("--context_parallel_size", "--cp_size"), int, 1),
    (("--moe_expert_parallel_size", "--ep_size"), int, None),
    (("--moe_cluster_parallel_size", "--cluster_size"), int, None),
    (("--gpus_per_node",), int, None),
    (("--num_postprocess_workers",), int, 0),
    (("--revision",), str, None),
    (("--reasoning_parser",), str, None),
    (("--otlp_traces_endpoint",), str, None),
)
ENGINE_FLAGS = ("--trust_remote_code", "--fail_fast_on_attention_window_too_large", "--enable_chunked_prefill")
# Options without an effect here.
IDLE_OPTIONS = ("--tool_parser", "--server_role", "--media_io_kwargs", "--chat_template")


def serve_parser():
    """`trtllm-serve MODEL …`"""
    parser = argparse.ArgumentParser(prog="trtllm-serve", allow_abbrev=False)
    parser.add_argument("model")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--backend", choices=("pytorch", "tensorrt", "trt", "_autodeploy"), default="pytorch")
    parser.add_argument("--log_level", choices=LOG_LEVELS, default="info")
    parser.add_argument("--custom_module_dirs", action="append", default=[])
    parser.add_argument("--free_gpu_memory_fraction", "--kv_cache_free_gpu_memory_fraction", type=float, default=0.9)
    config = ("--config", "--extra_llm_api_options") if at_least("1.2") else ("--extra_llm_api_options",)
    parser.add_argument(*config, dest="config")
    parser.add_argument("--metadata_server_config_file")
    parser.add_argument("--disagg_cluster_uri")
    for names, kind, default in ENGINE_OPTIONS:
        parser.add_argument(*names, type=kind, default=default)
    for name in ENGINE_FLAGS:
        parser.add_argument(name, action="store_true")
    for name in IDLE_OPTIONS:
        parser.add_argument(name)
    return parser


def disaggregated_parser():
    """`trtllm-serve disaggregated …`"""
    parser = argparse.ArgumentParser(prog="trtllm-serve disaggregated", allow_abbrev=False)
    parser.add_argument("-c", "--config_file")
    parser.add_argument("-m", "--metadata_server_config_file")
    parser.add_argument("-t", "--server_start_timeout", type=int, default=180)
    parser.add_argument("-r", "--request_timeout", type=int, default=180)
    parser.add_argument("-l", "--log_level", choices=LOG_LEVELS, default="info")
    parser.add_argument("--metrics-log-interval", type=int, default=0)
    return parser


def refuse_discovery(arguments, *names):
    """Servers that find each other through a service are beyond the stand-in."""
    for name in names:
        if getattr(arguments, name):
            raise StandinError(f"--{name}: the stand-in has no service discovery")


def engine_values(arguments):
    """The engine's arguments: the command line's, and the file's over them."""
    values = {names[0][2:]: getattr(arguments, names[0][2:]) for names, _, _ in ENGINE_OPTIONS}
    values.update({name[2:]: getattr(arguments, name[2:]) for name in ENGINE_FLAGS})
    values["model"] = arguments.model
    values["backend"] = "tensorrt" if arguments.backend == "trt" else arguments.backend
    values["kv_cache_config"] = {"free_gpu_memory_fraction": arguments.free_gpu_memory_fraction}
    if arguments.config is not None:
        return llm_args.merge_file(values, arguments.config)
    problems = llm_args.problems_of(values)
    if problems:
        raise StandinError("\n".join(problems))
    return values


def serve(words):
    """A context, generation or aggregated server."""
    arguments = serve_parser().parse_args(words)
    refuse_discovery(arguments, "metadata_server_config_file", "disagg_cluster_uri")
    worker.run(engine_values(arguments), arguments.host, arguments.port)


def disaggregated(words):
    """The coordinator."""
    refuse_company("trtllm-serve disaggregated")
    arguments = disaggregated_parser().parse_args(words)
    refuse_discovery(arguments, "metadata_server_config_file")
    config = disagg_config.read(arguments.config_file)
    coordinator.run(config, arguments.server_start_timeout, arguments.request_timeout)


def main():
    """The first word may name a command; else it is the model to serve."""
    words = sys.argv[1:]
    print(f"TensorRT-LLM {__version__}: a stand-in without a model, for rehearsals", file=sys.stderr, flush=True)
    try:
        if words and words[0] == "disaggregated":
            disaggregated(words[1:])
        elif words and words[0] in ABSENT:
            raise StandinError(f"trtllm-serve {words[0]} is not part of the stand-in")
        else:
            serve(words[1:] if words and words[0] == "serve" else words)
    except StandinError as error:
        fail(error)
