"""What each process of a test does.

The processes of one test know each other by files in OUTPUT/NAME, a folder that all nodes see:

    extra-llm-api-config.{ctx,gen}.….yml   the engine's configuration, from the first server of a kind
    hostnames-0/GEN_0.txt, CTX_0.txt, …    HOST:PORT of each server
    server_config.0.yaml                   the coordinator's configuration
    benchmark_status.0.txt                 the client is done, well or not: everybody stops
"""

import contextlib
import json
import os
import socket
import subprocess
from pathlib import Path

import yaml
from processes import alone, free_port, healthy, publish, serving, tail, wait

# Seconds for everything, unless the configuration or the environment says otherwise.
TIMEOUT = 10800
# Keys of an aggregated server that are not the engine's.
SERVER_KEYS = ("name", "model_name", "client_configs", "server_env_var", "gpus", "gpus_per_node", "disagg_run_type")


class Run:
    """One process of a test."""

    def __init__(self, case, output_dir, role):
        self.case, self.config, self.role = case, case.config, role
        self.folder = Path(output_dir, case.name)
        self.hostnames = self.folder / "hostnames-0"
        self.hostnames.mkdir(parents=True, exist_ok=True)
        self.status = self.folder / "benchmark_status.0.txt"
        self.coordinator_config = self.folder / "server_config.0.yaml"
        self.host = socket.gethostname()
        self.timeout = self.config.get("slurm", {}).get("timeout", TIMEOUT)
        benchmark = self.config.get("benchmark", {})
        hardware = self.config.get("hardware", {})
        without_context = "gen_only_no_context" in (case.mode, case.mode == "gen_only" and benchmark.get("mode"))
        self.counts = {
            "CTX": 0 if without_context else hardware.get("num_ctx_servers", 0),
            "GEN": hardware.get("num_gen_servers", 0),
        }

    def ready_timeout(self):
        """How long servers may take to start."""
        launch = "DISAGG" if self.case.disaggregated else "AGG"
        for name in (f"TRTLLM_TEST_{launch}_SERVER_READY_TIMEOUT", "TRTLLM_TEST_SERVER_READY_TIMEOUT"):
            if os.environ.get(name, "").isdigit():
                return int(os.environ[name])
        return min(self.timeout, 3600)

    def model(self, name=None):
        name = name or self.config["metadata"]["model_name"]
        return os.path.join(os.environ.get("LLM_MODELS_ROOT", ""), name)

    def engine(self, config_path, port, model=None):
        """The command of a server. The configuration's option has a longer name that all versions know."""
        command = ["trtllm-serve", model or self.model(), "--host", self.host, "--port", str(port)]
        return [*command, "--extra_llm_api_options", str(config_path)]

    def fail_if_asked(self):
        """A test of this harness's users may want to see what a failure does."""
        if os.environ.get("PERF_HARNESS_FAIL") == self.role:
            raise RuntimeError(f"{self.role} fails because PERF_HARNESS_FAIL says so")


def play(case, output_dir, role):
    """Runs one process of a test to its end."""
    run = Run(case, output_dir, role)
    if not case.disaggregated:
        aggregated(run)
    elif role == "DISAGG_SERVER":
        coordinator(run)
    elif role == "BENCHMARK":
        benchmark(run)
    elif role.partition("_")[0] in run.counts:
        worker(run)
    else:
        raise RuntimeError(f"DISAGG_SERVING_TYPE is {role!r}, not GEN_i, CTX_i, DISAGG_SERVER or BENCHMARK")


def worker(run):
    """A context or generation server: until the client is done."""
    kind, _, number = run.role.partition("_")
    if not number.isdigit() or int(number) >= run.counts[kind]:
        raise RuntimeError(f"there is no {run.role}: the configuration has {run.counts[kind]} {kind} servers")
    path = run.folder / f"extra-llm-api-config.{kind.lower()}.{run.case.mode}-{run.case.path.stem}.yml"
    if int(number) == 0:
        publish(path, yaml.safe_dump(run.config["worker_config"][kind.lower()]))
    else:
        wait(path.exists, path.name, run.ready_timeout())
    port = free_port()
    with serving(run.engine(path, port), run.folder / f"trtllm-serve.{run.role}.0.log", os.environ) as server:
        publish(run.hostnames / f"{run.role}.txt", f"{run.host}:{port}")
        run.fail_if_asked()
        wait(run.status.exists, "the client", run.timeout, server)


def coordinator(run):
    """The server in front of the others: until the client is done."""
    with coordinating(run, []) as server:
        run.fail_if_asked()
        wait(run.status.exists, "the client", run.timeout, server)


@contextlib.contextmanager
def coordinating(run, servers):
    """A coordinator of all servers, while these of them live."""
    names = [f"{kind}_{number}" for kind, count in run.counts.items() for number in range(count)]
    files = [run.hostnames / f"{name}.txt" for name in names]
    wait(lambda: all(file.exists() for file in files), f"the addresses of {' '.join(names)}", run.timeout, *servers)
    urls = {kind: [file.read_text() for file in files if file.name.startswith(kind)] for kind in run.counts}
    config = {"hostname": run.host, "port": free_port(), "backend": "pytorch"}
    for section, kind in (("context_servers", "CTX"), ("generation_servers", "GEN")):
        config[section] = {"num_instances": len(urls[kind]), "urls": urls[kind]}
    publish(run.coordinator_config, yaml.safe_dump(config))
    command = ["trtllm-serve", "disaggregated", "-c", str(run.coordinator_config)]
    command += ["-t", str(run.timeout), "-r", str(run.timeout)]
    with serving(command, run.folder / "trtllm-serve.DISAGG_SERVER.0.log", alone()) as server:
        yield server


def benchmark(run):
    """The client. Whatever happens to it, the others learn that it is done."""
    try:
        run.fail_if_asked()
        wait(run.coordinator_config.exists, "the coordinator's configuration", run.ready_timeout())
        measure(run, *clients(run))
    finally:
        publish(run.status, "Done\n")


def clients(run):
    """The coordinator's address, and the clients of a disaggregated configuration."""
    config = yaml.safe_load(run.coordinator_config.read_text())
    return config["hostname"], config["port"], disaggregated_clients(run)


def disaggregated_clients(run):
    """One for each concurrency; of generation alone, only the first is measured."""
    config = run.config["benchmark"]
    levels = config.get("concurrency_list", "1")
    if not isinstance(levels, list):
        levels = str(levels).split()
    generation_alone = run.case.mode.startswith("gen_only")
    return [
        {
            "concurrency": int(level),
            "iterations": 1 if generation_alone else config.get("multi_round", 1),
            "isl": config.get("input_length", 1024),
            "osl": 1 if run.case.mode == "ctx_only" else config.get("output_length", 1024),
            "streaming": config.get("streaming", True),
        }
        for level in (levels[:1] if generation_alone else levels)
    ]


def measure(run, host, port, wanted, *servers, model=None, index=0):
    """Runs the clients, one after the other, as soon as the server is ready."""
    wait(lambda: healthy(host, port), f"200 from {host}:{port}/health", run.ready_timeout(), *servers)
    for number, client in enumerate(wanted):
        name = f"trtllm-benchmark.{index}.{number}"
        result = run.folder / f"{name}.json"
        command = client_command(client, host, port, model or run.model(), result)
        print(f"starting {' '.join(command)}", flush=True)
        log = run.folder / f"{name}.log"
        with open(log, "wb") as file:
            done = subprocess.run(command, env=alone(), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        print(tail(log), flush=True)
        if done.returncode:
            raise RuntimeError(f"the client ended with {done.returncode}")
        values = json.loads(result.read_text())
        if not 0 < values["completed"] == values["num_prompts"]:
            raise RuntimeError(f"{values['completed']} of {values['num_prompts']} requests came through")


def client_command(client, host, port, model, result):
    """The command of one client."""
    command = ["python3", "-m", "tensorrt_llm.serve.scripts.benchmark_serving"]
    command += ["--model", model, "--backend", "openai", "--host", host, "--port", str(port)]
    command += ["--dataset-name", "random", "--random-ids", "--ignore-eos", "--no-test-input", "--trust-remote-code"]
    command += ["--random-input-len", str(client["isl"]), "--random-output-len", str(client["osl"])]
    command += ["--num-prompts", str(client["concurrency"] * client.get("iterations", 1))]
    command += ["--max-concurrency", str(client["concurrency"]), "--percentile-metrics", "ttft,tpot,itl,e2el"]
    command += ["--save-result", "--result-dir", str(result.parent), "--result-filename", result.name]
    return command + ([] if client.get("streaming", True) else ["--non-streaming"])


def aggregated(run):
    """One process that starts the server (or two) and the clients."""
    try:
        if run.case.mode is None:
            aggregated_servers(run)
        elif run.case.mode == "ctx_only":
            context_alone(run)
        else:
            generation_alone(run)
    finally:
        publish(run.status, "Done\n")


def aggregated_servers(run):
    """The servers of an aggregated configuration, in turn."""
    for index, server in enumerate(run.config["server_configs"]):
        if run.case.server in (None, server["name"]):
            engine = {key: value for key, value in server.items() if key not in SERVER_KEYS}
            model = run.model(server.get("model_name"))
            one_server(run, server["name"], engine, server["client_configs"], model, index)


def context_alone(run):
    """A context server as an aggregated one: it hands no KV cache over."""
    engine = {**run.config["worker_config"]["ctx"], "disable_overlap_scheduler": True}
    engine.pop("cache_transceiver_config", None)
    one_server(run, f"ctx_only-{run.case.path.stem}", engine, disaggregated_clients(run), run.model(), 0)


def one_server(run, name, engine, wanted, model, index):
    """A server and its clients."""
    path, port = run.folder / f"extra-llm-api-config.aggr.{name}.yml", free_port()
    publish(path, yaml.safe_dump(engine))
    with serving(run.engine(path, port, model), run.folder / f"trtllm-serve.{index}.log", os.environ) as server:
        run.fail_if_asked()
        measure(run, run.host, port, wanted, server, model=model, index=index)


def generation_alone(run):
    """One generation server that makes the KV cache up, behind a coordinator."""
    run.counts["GEN"] = 1
    path, port = run.folder / f"extra-llm-api-config.gen.{run.case.mode}-{run.case.path.stem}.yml", free_port()
    publish(path, yaml.safe_dump(run.config["worker_config"]["gen"]))
    with serving(run.engine(path, port), run.folder / "trtllm-serve.GEN_0.0.log", os.environ) as server:
        publish(run.hostnames / "GEN_0.txt", f"{run.host}:{port}")
        with coordinating(run, [server]) as front:
            run.fail_if_asked()
            measure(run, *clients(run), server, front)
