"""The coordinator's configuration file."""

from dataclasses import dataclass, field

import yaml

from ..standin.report import StandinError

ROUTERS = ("round_robin", "load_balancing", "kv_cache_aware", "conversation")
# Keys of the coordinator itself. Any other top-level key is handed down to both server sections.
OWN_KEYS = """
    hostname port max_retries perf_metrics_max_requests return_perf_metrics perf_metrics_output_dir
    context_servers generation_servers conditional_disagg_config otlp_config disagg_cluster node_id
    schedule_style allow_request_chat_template gen_strip_message_history gen_tokids_ctxbytes
    num_workers disagg_coordinator_url""".split()


@dataclass
class Pool:
    """The servers of one kind."""

    urls: list
    router: str


@dataclass
class DisaggConfig:
    """What the coordinator needs of its file."""

    hostname: str = "localhost"
    port: int = 8000
    max_retries: int = 1
    context: Pool = field(default_factory=lambda: Pool([], "round_robin"))
    generation: Pool = field(default_factory=lambda: Pool([], "round_robin"))


def read(path):
    """Reads and checks the file; raises with the first problem, as the real one does."""
    if path is None:
        raise StandinError("trtllm-serve disaggregated needs a configuration file: -c FILE")
    try:
        with open(path, encoding="utf-8") as file:
            values = yaml.safe_load(file)
    except OSError as error:
        raise StandinError(f"can't read the configuration {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise StandinError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise StandinError(f"{path} must hold a mapping, not {type(values).__name__}")
    try:
        return from_values(values)
    except StandinError as error:
        raise StandinError(f"{path}: {error}") from error


def from_values(values):
    """Checks the values."""
    if values.get("disagg_cluster"):
        raise StandinError("disagg_cluster: the stand-in has no service discovery; name the servers by urls")
    refuse_unknown(values, "conditional_disagg_config", {"max_local_prefill_length"})
    refuse_unknown(values, "otlp_config", {"otlp_traces_endpoint"})
    style = values.get("schedule_style", "context_first")
    if style not in ("context_first", "generation_first"):
        raise StandinError(f"schedule_style must be context_first or generation_first, not {style!r}")

    sections = {name: dict(values.get(name) or {}) for name in ("context_servers", "generation_servers")}
    for name, value in values.items():
        if name in OWN_KEYS:
            continue
        for section, content in sections.items():
            if content.setdefault(name, value) != value:
                raise StandinError(f"{name} has one value at the top and another one in {section}")

    port = values.get("port", 8000)
    if not isinstance(port, int) or not 0 < port < 65536:
        raise StandinError(f"port must be from 1 to 65535, not {port!r}")
    return DisaggConfig(
        hostname=str(values.get("hostname", "localhost")),
        port=port,
        max_retries=int(values.get("max_retries", 1)),
        context=pool("context_servers", sections["context_servers"]),
        generation=pool("generation_servers", sections["generation_servers"]),
    )


def refuse_unknown(values, section, known):
    """Some sections take no other key than their own."""
    for name in values.get(section) or {}:
        if name not in known:
            raise StandinError(f"{section} has no key {name}")


def pool(section, content):
    """One section of servers."""
    count = content.get("num_instances", 1)
    urls = content.get("urls") or []
    if not isinstance(urls, list):
        raise StandinError(f"{section}.urls must be a list of HOST:PORT")
    for url in urls:
        host, colon, port = str(url).partition(":")
        if not host or not colon or not port.isdigit():
            raise StandinError(f"{section}.urls: {url} is not HOST:PORT")
    if len(urls) != count:
        raise StandinError(f"{section}: num_instances is {count}, but there are {len(urls)} urls")
    twice = {url for url in urls if urls.count(url) > 1}
    if twice:
        raise StandinError(f"{section}.urls names {', '.join(sorted(twice))} more than once")
    router = (content.get("router") or {}).get("type", "round_robin")
    if str(router).lower() not in ROUTERS:
        raise StandinError(f"{section}.router.type must be one of {', '.join(ROUTERS)}, not {router!r}")
    return Pool([str(url) for url in urls], str(router).lower())
