"""The benchmark client: real requests over HTTP, the real options and the real result file.

Its times measure the stand-in, so they mean nothing; that all requests came through means much.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import time
from collections import Counter
from datetime import datetime

import aiohttp

from ...standin.alone import refuse_company
from ...standin.report import StandinError, fail
from ...standin.web import raise_file_limit
from . import dataset, metrics
from .requests import send

DATASETS = ("sharegpt", "burstgpt", "sonnet", "random", "random_image", "hf", "trtllm_custom")
# Options by the kind of their value, with their defaults; the names are the real client's.
TEXTS = {
    "--base-url": None, "--host": "127.0.0.1", "--endpoint": "/v1/completions", "--dataset-path": None,
    "--download-path": None, "--tokenizer": None, "--custom-tokenizer": None, "--result-dir": None,
    "--result-filename": None, "--percentile-metrics": "ttft,tpot,itl", "--metric-percentiles": "99",
    "--hf-subset": None, "--hf-split": None, "--served-model-name": None,
}
INTEGERS = {
    "--port": 8000, "--download-timeout": 180, "--max-concurrency": None, "--num-prompts": 1000, "--logprobs": None,
    "--seed": 0, "--sonnet-input-len": 550, "--sonnet-output-len": 150, "--sonnet-prefix-len": 200,
    "--sharegpt-output-len": None, "--random-input-len": 1024, "--random-output-len": 128, "--random-prefix-len": 0,
    "--random-image-width": 512, "--random-image-height": 512, "--random-image-size": 512, "--random-num-images": 1,
    "--hf-output-len": None, "--top-k": None,
}
NUMBERS = {
    "--request-rate": float("inf"), "--burstiness": 1.0, "--random-range-ratio": 0.0,
    "--top-p": None, "--min-p": None, "--temperature": None,
}
FLAGS = (
    "--use-beam-search", "--non-streaming", "--trust-remote-code", "--disable-tqdm", "--profile", "--save-result",
    "--save-detailed", "--ignore-eos", "--random-ids", "--tokenize-on-client", "--no-test-input",
)


def parse(words):
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmark_serving", allow_abbrev=False)
    parser.add_argument("--model", required=True)
    parser.add_argument("--backend", choices=("openai", "openai-chat"), default="openai")
    parser.add_argument("--dataset-name", choices=DATASETS, default="sharegpt")
    parser.add_argument("--tokenizer-mode", choices=("auto", "slow", "mistral", "custom"), default="auto")
    parser.add_argument("--metadata", metavar="KEY=VALUE", nargs="*")
    parser.add_argument("--goodput", nargs="+")
    parser.add_argument("--lora-modules", nargs="+")
    for kind, options in ((str, TEXTS), (int, INTEGERS), (float, NUMBERS)):
        for name, default in options.items():
            parser.add_argument(name, type=kind, default=default)
    for name in FLAGS:
        parser.add_argument(name, action="store_true")
    arguments = parser.parse_args(words)
    if not 0 <= arguments.random_range_ratio < 1:
        parser.error("--random-range-ratio must be at least 0 and less than 1")
    if arguments.num_prompts < 1 or (arguments.max_concurrency is not None and arguments.max_concurrency < 1):
        parser.error("--num-prompts and --max-concurrency must be positive")
    return arguments


def goals_of(arguments):
    """--goodput's NAME:MILLISECONDS pairs."""
    goals = {}
    for pair in arguments.goodput or ():
        name, _, value = pair.partition(":")
        try:
            goals[name] = float(value)
        except ValueError:
            raise StandinError(f"--goodput takes NAME:MILLISECONDS, not {pair}") from None
        if name not in ("ttft", "tpot", "e2el") or goals[name] < 0:
            raise StandinError(f"--goodput takes ttft, tpot or e2el and a time, not {pair}")
    return goals


def metadata_of(arguments):
    """--metadata's KEY=VALUE pairs."""
    pairs = {}
    for item in arguments.metadata or ():
        key, equals, value = item.partition("=")
        if not equals:
            raise StandinError(f"--metadata takes KEY=VALUE, not {item}")
        pairs[key.strip()] = value.strip()
    return pairs


class Tally:
    """Says now and then how many requests are done."""

    def __init__(self, total):
        self.total, self.done = total, 0

    async def count(self, request):
        outcome = await request
        self.done += 1
        return outcome

    async def tell(self):
        while True:
            await asyncio.sleep(1)
            print(f"{self.done} of {self.total} requests done", flush=True)


async def measure(arguments, samples, url):
    """Sends all requests, never more than --max-concurrency at once; returns the outcomes and the time."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    timeout = aiohttp.ClientTimeout(total=6 * 3600)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True) as session:
        if arguments.no_test_input:
            print("Skipping the test request.")
        else:
            trial = await send(session, url, samples[0], arguments)
            if not trial.success:
                raise StandinError(f"the test request failed: {trial.error}")
            print("The test request came through.")
        sys.stdout.flush()
        tally = Tally(len(samples))
        telling = asyncio.ensure_future(tally.tell())
        start = time.perf_counter()
        if arguments.request_rate == float("inf"):
            outcomes = await at_once(session, url, samples, arguments, tally)
        else:
            outcomes = await at_rate(session, url, samples, arguments, tally)
        telling.cancel()
        return outcomes, time.perf_counter() - start


async def at_once(session, url, samples, arguments, tally):
    """A fixed number of senders, each of which takes the next sample when its last one is done."""
    outcomes = [None] * len(samples)
    numbers = iter(range(len(samples)))

    async def sender():
        for number in numbers:
            outcomes[number] = await tally.count(send(session, url, samples[number], arguments))

    count = min(arguments.max_concurrency or len(samples), len(samples))
    await asyncio.gather(*(sender() for _ in range(count)))
    return outcomes


async def at_rate(session, url, samples, arguments, tally):
    """Requests start at random times around the rate; --max-concurrency may hold them back."""
    gate = asyncio.Semaphore(arguments.max_concurrency or len(samples))
    scale = 1 / (arguments.request_rate * arguments.burstiness)

    async def later(sample):
        async with gate:
            return await tally.count(send(session, url, sample, arguments))

    tasks = []
    for sample in samples:
        tasks.append(asyncio.create_task(later(sample)))
        await asyncio.sleep(random.gammavariate(arguments.burstiness, scale))
    return await asyncio.gather(*tasks)


def report_failures(outcomes):
    """Says why requests failed, the commonest reason first."""
    reasons = Counter(outcome.error for outcome in outcomes if not outcome.success)
    for reason, count in reasons.most_common(5):
        print(f"Failed {count} times: {reason}")
    if reasons:
        print(f"Total failed requests: {sum(reasons.values())}")
    sys.stdout.flush()


def save(arguments, result, metadata):
    """Writes the result file, with the real keys."""
    now = datetime.now().strftime("%Y%m%d-%H%M%S")
    content = {
        "date": now,
        "backend": arguments.backend,
        "model_id": arguments.model,
        "tokenizer_id": arguments.tokenizer or arguments.model,
        "num_prompts": arguments.num_prompts,
        "stand_in": True,
        **metadata,
        **result,
    }
    if not arguments.save_detailed:
        for name in metrics.DETAILS:
            del content[name]
    content["request_rate"] = "inf" if arguments.request_rate == float("inf") else arguments.request_rate
    content["burstiness"] = arguments.burstiness
    content["max_concurrency"] = arguments.max_concurrency
    concurrency = "" if arguments.max_concurrency is None else f"-concurrency{arguments.max_concurrency}"
    name = arguments.result_filename or (
        f"{arguments.backend}-{arguments.request_rate}qps{concurrency}-{arguments.model.split('/')[-1]}-{now}.json"
    )
    path = os.path.join(arguments.result_dir or "", name)
    try:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
    except OSError as error:
        raise StandinError(f"can't write the result {path}: {error.strerror}") from error


def run(words):
    """The whole run. Like the real client it ends well even where requests failed: the file tells."""
    arguments = parse(words)
    refuse_company("benchmark_serving")
    goals, metadata = goals_of(arguments), metadata_of(arguments)
    selected = arguments.percentile_metrics.split(",")
    shares = [float(share) for share in arguments.metric_percentiles.split(",")]
    random.seed(arguments.seed)
    raise_file_limit()
    endpoint = "/v1/chat/completions" if arguments.backend == "openai-chat" else arguments.endpoint
    url = (arguments.base_url or f"http://{arguments.host}:{arguments.port}") + endpoint
    samples = dataset.samples(arguments)
    limit = arguments.max_concurrency or "all"
    print(f"benchmark_serving (stand-in): {len(samples)} requests to {url}, {limit} at once")
    sys.stdout.flush()
    gc.disable()
    outcomes, duration = asyncio.run(measure(arguments, samples, url))
    report_failures(outcomes)
    result = metrics.summarize(outcomes, duration, selected, shares, goals)
    metrics.print_summary(result, len(samples), shares)
    if arguments.save_result:
        save(arguments, result, metadata)


if __name__ == "__main__":
    try:
        run(sys.argv[1:])
    except StandinError as error:
        fail(error)
